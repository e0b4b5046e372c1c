#include "tools/text_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "decompressor.h"

namespace proxy_telemetry::tools {
namespace {

constexpr std::size_t kCompressedBlockBytes = 1 << 16;

class FileSource final : public TextSource {
 public:
  // Takes `fd` over, but for standard input.
  FileSource(int fd, std::string name, std::optional<std::uint64_t> bytes_total)
      : fd_(fd), name_(std::move(name)), bytes_total_(bytes_total) {}
  ~FileSource() override {
    if (fd_ != STDIN_FILENO) close(fd_);
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  Status ReadMagic() {
    block_.resize(kCompressedBlockBytes);
    while (filled_ < Decompressor::kMagicBytesMax) {
      PT_ASSIGN_OR_RETURN(const std::size_t got, ReadFile(std::span(block_).subspan(filled_)));
      if (got == 0) break;
      filled_ += got;
    }
    decompressor_ = Decompressor::For(std::string_view(block_.data(), filled_));
    return Status::Ok();
  }

  Result<std::size_t> Read(std::span<char> out) override {
    return decompressor_ != nullptr ? ReadCompressed(out) : ReadPlain(out);
  }
  const std::string& name() const override { return name_; }
  std::uint64_t bytes_read() const override { return bytes_read_; }
  std::optional<std::uint64_t> bytes_total() const override { return bytes_total_; }

 private:
  Result<std::size_t> ReadFile(std::span<char> out) {
    while (true) {
      const ssize_t got = read(fd_, out.data(), out.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Status::FromErrno(errno, "read " + name_);
      bytes_read_ += static_cast<std::uint64_t>(got);
      return static_cast<std::size_t>(got);
    }
  }

  // First what ReadMagic() took, then straight from the file.
  Result<std::size_t> ReadPlain(std::span<char> out) {
    if (taken_ == filled_) return ReadFile(out);
    const std::size_t size = std::min(out.size(), filled_ - taken_);
    std::memcpy(out.data(), block_.data() + taken_, size);
    taken_ += size;
    return size;
  }

  Result<std::size_t> ReadCompressed(std::span<char> out) {
    while (true) {
      const std::string_view in(block_.data() + taken_, filled_ - taken_);
      const Result<Decompressor::Step> step = decompressor_->Advance(in, out);
      if (!step.ok()) return step.status().Prefixed(name_);
      taken_ += step->taken;
      if (step->made > 0) return step->made;
      if (step->taken > 0) continue;
      if (!in.empty()) return Status::Corruption(name_ + ": compressed data that cannot be read on");
      PT_ASSIGN_OR_RETURN(filled_, ReadFile(block_));
      taken_ = 0;
      if (filled_ > 0) continue;
      if (decompressor_->AtEnd()) return std::size_t{0};
      return Status::Corruption(name_ + ": the compressed data ends in the middle: the file is torn, copy it again");
    }
  }

  const int fd_;
  const std::string name_;
  const std::optional<std::uint64_t> bytes_total_;
  std::uint64_t bytes_read_ = 0;
  std::vector<char> block_;
  std::size_t taken_ = 0;  // of block_
  std::size_t filled_ = 0;
  std::unique_ptr<Decompressor> decompressor_;
};

}  // namespace

Result<std::unique_ptr<TextSource>> TextSource::Open(const std::string& path) {
  const bool standard_input = path == "-";
  const std::string name = standard_input ? "standard input" : path;
  const int fd = standard_input ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const int error = errno;
    const Status status = Status::FromErrno(error, "open " + path);
    return error == ENOENT ? Status::NotFound(status.message()) : status;
  }
  struct stat about{};
  const bool known = fstat(fd, &about) == 0;
  std::optional<std::uint64_t> total;
  if (known && S_ISREG(about.st_mode)) total = static_cast<std::uint64_t>(about.st_size);
  auto source = std::make_unique<FileSource>(fd, name, total);
  if (known && S_ISDIR(about.st_mode)) return Status::InvalidArgument(name + " is a directory; name a file in it");
  PT_RETURN_IF_ERROR(source->ReadMagic());
  return std::unique_ptr<TextSource>(std::move(source));
}

}  // namespace proxy_telemetry::tools

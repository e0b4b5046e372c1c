#include "config/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace proxy_telemetry {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Result<std::string> ReadSmallFile(const std::string& path, FileKind kind, std::size_t bytes_max) {
  const int flags = O_RDONLY | O_CLOEXEC | (kind == FileKind::kRegular ? O_NONBLOCK : 0);
  const FileDescriptor file(::open(path.c_str(), flags));
  if (file.get() < 0) return Status::FromErrno(errno, "cannot be read");
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return Status::FromErrno(errno, "cannot be read");
  if (S_ISDIR(info.st_mode)) return Status::InvalidArgument("is a directory, not a file");
  if (kind == FileKind::kRegular && !S_ISREG(info.st_mode)) return Status::InvalidArgument("is not a regular file");
  std::string text;
  std::array<char, 16384> buffer{};
  while (true) {
    const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
    if (size == 0) return text;
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return Status::FromErrno(errno, "cannot be read");
    if (text.size() + static_cast<std::size_t>(size) > bytes_max) {
      return Status::ResourceExhausted("is larger than " + std::to_string(bytes_max) + " bytes");
    }
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

}  // namespace proxy_telemetry

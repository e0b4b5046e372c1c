#include "files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace proxy_telemetry::tsdb {
namespace {

constexpr mode_t kDirectoryMode = 0750;
constexpr mode_t kFileMode = 0640;

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Status WriteAndSync(const std::string& path, std::string_view content) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kFileMode));
  if (file.get() < 0) return Status::FromErrno(errno, "create " + path);
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Status::FromErrno(errno, "write " + path);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) return Status::FromErrno(errno, "fsync " + path);
  return Status::Ok();
}

}  // namespace

Status WriteFileAtomically(const std::filesystem::path& path, std::string_view content) {
  const std::string temporary = path.string() + ".tmp";
  PT_RETURN_IF_ERROR(WriteAndSync(temporary, content));
  return Rename(temporary, path);
}

Result<std::string> ReadSmallFile(const std::filesystem::path& path, std::size_t bytes_max) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    const bool missing = errno == ENOENT;
    const Status status = Status::FromErrno(errno, "open " + path.string());
    return missing ? Status::NotFound(status.message()) : status;
  }
  std::string content(bytes_max + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t got = ::read(file.get(), content.data() + size, content.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Status::FromErrno(errno, "read " + path.string());
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > bytes_max) return Status::Corruption(path.string() + " is larger than it can be");
  content.resize(size);
  return content;
}

Status SyncDirectory(const std::filesystem::path& directory) {
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.get() < 0) return Status::FromErrno(errno, "open " + directory.string());
  if (::fsync(fd.get()) != 0) return Status::FromErrno(errno, "fsync " + directory.string());
  return Status::Ok();
}

Status MakeDirectory(const std::filesystem::path& directory) {
  const std::filesystem::path parent = directory.has_parent_path() ? directory.parent_path() : ".";
  std::error_code error;
  if (!std::filesystem::exists(parent, error)) PT_RETURN_IF_ERROR(MakeDirectory(parent));
  if (::mkdir(directory.c_str(), kDirectoryMode) != 0) {
    if (errno == EEXIST && std::filesystem::is_directory(directory, error)) return Status::Ok();
    return Status::FromErrno(errno, "make directory " + directory.string());
  }
  return SyncDirectory(parent);
}

Status Rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return Status::FromErrno(errno, "rename " + from.string() + " to " + to.string());
  }
  return SyncDirectory(to.parent_path());
}

std::uint64_t DirectoryBytes(const std::filesystem::path& directory) {
  std::uint64_t bytes = 0;
  std::error_code error;
  std::filesystem::recursive_directory_iterator it(directory, error);
  for (const std::filesystem::recursive_directory_iterator end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    if (!it->is_regular_file(gone)) continue;
    const std::uint64_t size = it->file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

Result<DirectoryLock> DirectoryLock::Take(const std::filesystem::path& directory) {
  const std::string path = directory / "LOCK";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
  if (fd < 0) return Status::FromErrno(errno, "open " + path);
  DirectoryLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return Status::FromErrno(errno, "lock " + path);
  return Status::Unavailable("another proxy-telemetry has " + directory.string() +
                             " open; stop it, or give this one another --storage.path");
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace proxy_telemetry::tsdb

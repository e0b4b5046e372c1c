#include "env/store_env.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <system_error>

namespace proxy_telemetry::tsdb {
namespace {

constexpr mode_t kDirectoryMode = 0750;

}  // namespace

StoreEnv& StoreEnv::System() {
  // Never destroyed, as LevelDB's own: threads may use it to the end.
  static StoreEnv* const kSystem = new StoreEnv();
  return *kSystem;
}

leveldb::Status StoreEnv::CreateDir(const std::string& directory) {
  if (::mkdir(directory.c_str(), kDirectoryMode) == 0) return leveldb::Status::OK();
  return leveldb::Status::IOError(directory, std::generic_category().message(errno));
}

Status StoreEnv::SyncDirectory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Status::FromErrno(errno, "open " + directory.string());
  const int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  return error == 0 ? Status::Ok() : Status::FromErrno(error, "fsync " + directory.string());
}

std::uint64_t StoreEnv::FreeBytes(const std::filesystem::path& path) {
  struct statvfs info{};
  if (::statvfs(path.c_str(), &info) != 0) return std::numeric_limits<std::uint64_t>::max();
  return std::uint64_t{info.f_bavail} * info.f_frsize;
}

std::uint64_t StoreEnv::SizeBytes(const std::filesystem::path& path) {
  struct statvfs info{};
  if (::statvfs(path.c_str(), &info) != 0) return 0;
  return std::uint64_t{info.f_blocks} * info.f_frsize;
}

Status FromEnv(const leveldb::Status& status, std::string_view what) {
  if (status.ok()) return Status::Ok();
  std::string message = std::string(what) + ": " + status.ToString();
  if (status.IsCorruption()) return Status::Corruption(std::move(message));
  return Status::IoError(std::move(message));
}

}  // namespace proxy_telemetry::tsdb

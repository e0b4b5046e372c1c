// Files that must survive a power cut, and the lock on a directory.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/status.h"

namespace proxy_telemetry::tsdb {

class StoreEnv;

// When it returns ok, `path` holds `content` whole, also after a power cut; else it is as it was before.
Status WriteFileAtomically(StoreEnv& env, const std::filesystem::path& path, std::string_view content);
// At most `bytes_max` bytes; more is an error.
Result<std::string> ReadSmallFile(StoreEnv& env, const std::filesystem::path& path, std::size_t bytes_max);
// With the parents it lacks; durable. Content with what is there.
Status MakeDirectory(StoreEnv& env, const std::filesystem::path& directory);
// Durable rename within one file system.
Status Rename(StoreEnv& env, const std::filesystem::path& from, const std::filesystem::path& to);
// With all that is below; what is not there is removed already. Goes on behind what cannot be removed, and says so.
Status RemoveTree(StoreEnv& env, const std::filesystem::path& path);
// Bytes of all files below; what vanishes meanwhile is not counted.
std::uint64_t DirectoryBytes(StoreEnv& env, const std::filesystem::path& directory);

// Holds an exclusive flock on `<directory>/LOCK` while it lives.
class DirectoryLock {
 public:
  static Result<DirectoryLock> Take(const std::filesystem::path& directory);
  // The same, but the file must be there, and nothing is written.
  static Result<DirectoryLock> TakeExisting(const std::filesystem::path& directory);
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&&) = delete;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int fd) : fd_(fd) {}
  static Result<DirectoryLock> Take(const std::filesystem::path& directory, int flags);
  int fd_;
};

}  // namespace proxy_telemetry::tsdb

// StoreEnv: all that the store asks of the file system. LevelDB's Env, and what that lacks. The seam for tests that
// let it fail.
#pragma once

#include <leveldb/env.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/status.h"

namespace proxy_telemetry::tsdb {

// By default the system's own. Any thread may call it.
class StoreEnv : public leveldb::EnvWrapper {
 public:
  static StoreEnv& System();

  explicit StoreEnv(leveldb::Env* target = leveldb::Env::Default()) : EnvWrapper(target) {}

  // Readable by the owner and the group only.
  leveldb::Status CreateDir(const std::string& directory) override;
  // Makes renames, new files and removals in `directory` durable.
  virtual Status SyncDirectory(const std::filesystem::path& directory);
  // What this process may still write below `path`, that exists; the largest number when nobody knows.
  virtual std::uint64_t FreeBytes(const std::filesystem::path& path);
  // Size of the file system that `path` is on; 0 when nobody knows.
  virtual std::uint64_t SizeBytes(const std::filesystem::path& path);
};

// kCorruption or kIoError. `what`: what was tried, and on which file.
Status FromEnv(const leveldb::Status& status, std::string_view what);

}  // namespace proxy_telemetry::tsdb

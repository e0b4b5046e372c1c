// QuietEnv: another Env, of which LevelDB makes no LOG files and takes no locks: the store has one lock for all.
#pragma once

#include <leveldb/env.h>

#include <cstdarg>
#include <string>

namespace proxy_telemetry::tsdb {

class NullLogger : public leveldb::Logger {
 public:
  void Logv(const char* format, std::va_list arguments) override;
};

class NullLock : public leveldb::FileLock {};

// Whether LevelDB's log of what it does has this path, now or after its next start.
bool IsInfoLog(const std::string& path);

// Thread-safe if `target` is, which must outlive it.
class QuietEnv : public leveldb::EnvWrapper {
 public:
  explicit QuietEnv(leveldb::Env* target) : EnvWrapper(target) {}

  leveldb::Status NewLogger(const std::string& path, leveldb::Logger** logger) override;
  leveldb::Status RenameFile(const std::string& from, const std::string& to) override;
  leveldb::Status LockFile(const std::string& path, leveldb::FileLock** lock) override;
  leveldb::Status UnlockFile(leveldb::FileLock* lock) override;
};

}  // namespace proxy_telemetry::tsdb

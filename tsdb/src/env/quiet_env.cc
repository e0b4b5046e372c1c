#include "env/quiet_env.h"

namespace proxy_telemetry::tsdb {

void NullLogger::Logv(const char* /*format*/, std::va_list /*arguments*/) {}

bool IsInfoLog(const std::string& path) { return path.ends_with("/LOG") || path.ends_with("/LOG.old"); }

leveldb::Status QuietEnv::NewLogger(const std::string& /*path*/, leveldb::Logger** logger) {
  *logger = new NullLogger();
  return leveldb::Status::OK();
}

// LevelDB keeps the log of the start before: there is none.
leveldb::Status QuietEnv::RenameFile(const std::string& from, const std::string& to) {
  return IsInfoLog(from) ? leveldb::Status::OK() : target()->RenameFile(from, to);
}

leveldb::Status QuietEnv::LockFile(const std::string& /*path*/, leveldb::FileLock** lock) {
  *lock = new NullLock();
  return leveldb::Status::OK();
}

leveldb::Status QuietEnv::UnlockFile(leveldb::FileLock* lock) {
  delete lock;
  return leveldb::Status::OK();
}

}  // namespace proxy_telemetry::tsdb

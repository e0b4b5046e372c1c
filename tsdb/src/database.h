// The LevelDBs that the store is made of, as it opens them.
#pragma once

#include <leveldb/db.h>
#include <leveldb/status.h>

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/status.h"

namespace proxy_telemetry::tsdb {

class StoreEnv;

enum class DatabaseMode {
  kWritable,
  kBulk,      // written once, then sealed: larger buffers
  kReadOnly,  // not a byte of its files changes, also when it was not closed cleanly
  kRepaired,  // the same, of a damaged one: what LevelDB's repair finds in its files, checksums of its log not checked
};

// Fails where there is something already.
Status CreateDatabase(StoreEnv& env, const std::filesystem::path& directory);
// kCorruption: damaged; kIoError: the operating system refused. Views may go on reading a database that is opened
// anew elsewhere in this process: LevelDB's own lock is not taken, the store's is.
Result<std::shared_ptr<leveldb::DB>> OpenDatabase(StoreEnv& env, const std::filesystem::path& directory,
                                                  DatabaseMode mode);

// A database that was not closed cleanly has a log, however empty: LevelDB does not miss it.
Status CheckHasLog(StoreEnv& env, const std::filesystem::path& directory);

Status FromLevelDb(const leveldb::Status& status, const std::filesystem::path& directory);

// To the last entry before `key`, wherever that is; invalid when there is none.
void SeekToLastBefore(leveldb::Iterator& it, std::string_view key);

inline std::string_view Bytes(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

// A database as of one moment.
class DatabaseSnapshot {
 public:
  explicit DatabaseSnapshot(std::shared_ptr<leveldb::DB> db) : db_(std::move(db)), snapshot_(db_->GetSnapshot()) {}
  ~DatabaseSnapshot() { db_->ReleaseSnapshot(snapshot_); }
  DatabaseSnapshot(const DatabaseSnapshot&) = delete;
  DatabaseSnapshot& operator=(const DatabaseSnapshot&) = delete;

  // Checksums are verified. Valid while this lives.
  std::unique_ptr<leveldb::Iterator> NewIterator() const {
    leveldb::ReadOptions options;
    options.verify_checksums = true;
    options.fill_cache = false;
    options.snapshot = snapshot_;
    return std::unique_ptr<leveldb::Iterator>(db_->NewIterator(options));
  }

 private:
  const std::shared_ptr<leveldb::DB> db_;
  const leveldb::Snapshot* const snapshot_;
};

}  // namespace proxy_telemetry::tsdb

// OverlayEnv: files that can be read, and written in memory only. A LevelDB that is opened through it finds its files
// as they are; what it creates, writes, renames or removes, as it does at every opening, happens in memory, and the
// directory does not change by a byte. So does one that was not closed cleanly, or lies on a full disk.
#pragma once

#include <leveldb/env.h>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "env/memory_file.h"
#include "env/store_env.h"

namespace proxy_telemetry::tsdb {

// One for each opened database, that it must outlive. Nobody may write or remove what it reads while it lives.
// Thread-safe.
class OverlayEnv : public StoreEnv {
 public:
  // `base` must outlive it. Beyond `bytes_max` in memory, writes fail with an IOError.
  OverlayEnv(leveldb::Env* base, std::uint64_t bytes_max);

  // From now on no file can be created: a database that was opened goes on to serve reads but can compact nothing,
  // so it takes no more memory than its recovery did.
  void Freeze() EXCLUDES(mutex_);
  // In memory, in whole pages.
  std::uint64_t MemoryBytes() const { return budget_->used(); }

  leveldb::Status NewSequentialFile(const std::string& path, leveldb::SequentialFile** file) override;
  leveldb::Status NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** file) override;
  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** file) override;
  // Of a file of the base, the content goes into memory first.
  leveldb::Status NewAppendableFile(const std::string& path, leveldb::WritableFile** file) override;
  bool FileExists(const std::string& path) override;
  leveldb::Status GetChildren(const std::string& directory, std::vector<std::string>* names) override;
  leveldb::Status RemoveFile(const std::string& path) override;
  leveldb::Status CreateDir(const std::string& directory) override;
  leveldb::Status RemoveDir(const std::string& directory) override;
  leveldb::Status GetFileSize(const std::string& path, std::uint64_t* size) override;
  // Of files only.
  leveldb::Status RenameFile(const std::string& from, const std::string& to) override;
  // Among the users of this object.
  leveldb::Status LockFile(const std::string& path, leveldb::FileLock** lock) override;
  leveldb::Status UnlockFile(leveldb::FileLock* lock) override;
  leveldb::Status NewLogger(const std::string& path, leveldb::Logger** logger) override;
  leveldb::Status GetTestDirectory(std::string* path) override;
  Status SyncDirectory(const std::filesystem::path& directory) override;
  std::uint64_t FreeBytes(const std::filesystem::path& path) override;
  std::uint64_t SizeBytes(const std::filesystem::path& path) override;

 private:
  // What a path is: a file in memory, one of the base under this or another name, or nothing.
  struct Entry {
    std::shared_ptr<MemoryFile> memory;
    std::string base;  // its path there, if `memory` is null; empty: the path was removed
    bool Exists() const { return memory != nullptr || !base.empty(); }
  };

  Entry Find(const std::string& path) REQUIRES(mutex_);
  leveldb::Status CopyUp(const std::string& path, const Entry& entry, std::shared_ptr<MemoryFile>& copy)
      REQUIRES(mutex_);

  const std::shared_ptr<MemoryBudget> budget_;
  Mutex mutex_;
  // By normal path: what differs from the base.
  std::map<std::string, Entry> entries_ GUARDED_BY(mutex_);
  std::set<std::string> made_directories_ GUARDED_BY(mutex_);
  std::set<std::string> locked_ GUARDED_BY(mutex_);
  bool frozen_ GUARDED_BY(mutex_) = false;
};

}  // namespace proxy_telemetry::tsdb

// FaultEnv: the system's files, that fail when told to, fill up, and forget at a power cut what was not synced.
#pragma once

#include <leveldb/env.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include "base/mutex.h"
#include "env/store_env.h"
#include "name_journal.h"

namespace proxy_telemetry::tsdb {

// Thread-safe, but for Lose() and destruction: nothing of it may be open then.
class FaultEnv : public StoreEnv {
 public:
  static constexpr std::uint64_t kUnlimited = std::numeric_limits<std::uint64_t>::max();
  enum class Error { kInjected, kNoSpace };

  // `aside`: see NameJournal.
  explicit FaultEnv(const std::filesystem::path& aside) : journal_(aside) {}

  // What writes is counted from 1 on: append, sync and close of files; creation, removal and renaming of files and
  // directories; sync of directories. Begins anew.
  void FailOnce(std::uint64_t operation, Error error = Error::kInjected) { SetFault(operation, operation, error); }
  void FailFrom(std::uint64_t operation, Error error = Error::kInjected) { SetFault(operation, kUnlimited, error); }
  void StopFailing() { SetFault(0, 0, Error::kInjected); }
  std::uint64_t operations() const;  // since one of these
  std::uint64_t failures() const;

  // Writes beyond fail, and so does what creates when nothing is left; a file ends where the space did. Removal and
  // overwriting give back.
  void SetFreeBytes(std::uint64_t bytes);
  std::uint64_t FreeBytes(const std::filesystem::path& path) override;

  // From that operation on, which is not done any more, nothing is written. Counted as above.
  void PowerOffAt(std::uint64_t operation);
  void PowerOff() { PowerOffAt(0); }
  // What the cut left is on disk then, and everything works again.
  void Lose(Loss loss, std::mt19937_64& random);

  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** file) override;
  leveldb::Status NewAppendableFile(const std::string& path, leveldb::WritableFile** file) override;
  leveldb::Status RemoveFile(const std::string& path) override;
  leveldb::Status CreateDir(const std::string& directory) override;
  leveldb::Status RemoveDir(const std::string& directory) override;
  leveldb::Status RenameFile(const std::string& from, const std::string& to) override;
  // None: what LevelDB logs must not be counted.
  leveldb::Status NewLogger(const std::string& path, leveldb::Logger** logger) override;
  Status SyncDirectory(const std::filesystem::path& directory) override;

 private:
  class File;

  void SetFault(std::uint64_t first, std::uint64_t last, Error error);
  // Counts an operation, and lets it fail when it is its turn.
  leveldb::Status Count(const std::string& path) REQUIRES(mutex_);
  leveldb::Status CountCreation(const std::string& path) REQUIRES(mutex_);
  // Of `bytes`, what there is space for.
  std::uint64_t TakeSpace(std::uint64_t bytes) REQUIRES(mutex_);
  void GiveSpaceOf(const std::string& path) REQUIRES(mutex_);
  leveldb::Status Opened(leveldb::Status status, const std::string& path, std::shared_ptr<NameJournal::File> file,
                         leveldb::WritableFile** opened);

  mutable Mutex mutex_;
  NameJournal journal_ GUARDED_BY(mutex_);
  std::uint64_t operations_ GUARDED_BY(mutex_) = 0;
  std::uint64_t failures_ GUARDED_BY(mutex_) = 0;
  std::uint64_t first_fault_ GUARDED_BY(mutex_) = 0;  // 0: none
  std::uint64_t last_fault_ GUARDED_BY(mutex_) = 0;
  Error error_ GUARDED_BY(mutex_) = Error::kInjected;
  std::uint64_t power_off_at_ GUARDED_BY(mutex_) = kUnlimited;
  std::uint64_t free_bytes_ GUARDED_BY(mutex_) = kUnlimited;
};

}  // namespace proxy_telemetry::tsdb

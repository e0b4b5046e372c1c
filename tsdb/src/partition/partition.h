// Partition: the closed blocks of one span of time, a LevelDB in a directory of its own.
//
// Written by the store's writer alone; read by any thread through snapshots. One that is past is sealed: its files no
// longer change, and a file beside them says what they are. FORMAT.md has keys and values.
#pragma once

#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "catalog/registry.h"
#include "database.h"
#include "partition/dictionary.h"
#include "partition/totals.h"
#include "superblock.h"

namespace proxy_telemetry::tsdb {

class StoreEnv;

class Partition {
 public:
  // Ends the name of a directory in which a partition is being made: what a crash leaves of it holds no sample.
  static constexpr std::string_view kMakingSuffix = ".new";

  // Makes it whole or not at all: in a directory of its own, which gets the name `path` when all is on disk.
  static Result<std::shared_ptr<Partition>> Create(StoreEnv& env, const std::filesystem::path& path,
                                                   const Superblock& superblock, Registry& registry);
  // The same, but the directory stays `path` and nothing is durable before Seal().
  static Result<std::shared_ptr<Partition>> CreateBulk(StoreEnv& env, const std::filesystem::path& path,
                                                       const Superblock& superblock, Registry& registry);
  // kCorruption and kNotFound: damaged; kUnsupported: of another format; kIoError: the operating system refused.
  static Result<std::shared_ptr<Partition>> Open(StoreEnv& env, const std::filesystem::path& path, Registry& registry);
  ~Partition();
  Partition(const Partition&) = delete;
  Partition& operator=(const Partition&) = delete;

  // Different for every opening of every partition.
  std::uint32_t number() const { return number_; }
  std::int64_t start_ms() const { return superblock_.start_ms; }
  std::int64_t end_ms() const { return superblock_.end_ms; }
  const Superblock& superblock() const { return superblock_; }
  const std::filesystem::path& path() const { return path_; }

  // For readers. The snapshot is of the last RefreshSnapshot(); null after DropSnapshot(), and while the operating
  // system does not let it be opened again.
  std::shared_ptr<const DatabaseSnapshot> snapshot() const EXCLUDES(mutex_);
  ColumnListPtr ColumnsOf(std::uint32_t group) const EXCLUDES(mutex_);
  std::vector<Dictionary::Entry> Entries() const EXCLUDES(mutex_);
  Totals totals() const EXCLUDES(mutex_);

  // For the writer, after a commit.
  void RefreshSnapshot() EXCLUDES(mutex_);
  void DropSnapshot() EXCLUDES(mutex_);

  // For the writer. Blocks of one batch are written together or not at all.
  void AddBlock(const std::shared_ptr<Group>& group, const ColumnListPtr& columns, const BlockContent& content)
      EXCLUDES(mutex_);
  Status Commit(bool sync) EXCLUDES(mutex_);
  // Forgets what was added since the last commit.
  void Abort();
  // Sorts all into tables: what it holds is then read without the log.
  void Sort() EXCLUDES(mutex_);

  // For the writer, while there is no snapshot and after DropSnapshot(). It must be writable for blocks to be added: it
  // is not after Open(), Close() or a failed write.
  bool is_writable() const { return writable_; }
  // Sealed as one that is over.
  bool is_complete() const { return complete_; }
  // Damage was met that keeps it from being written: it is to be repaired.
  bool is_damaged() const { return damaged_; }
  bool IsRead() const EXCLUDES(mutex_);
  Status MakeWritable() EXCLUDES(mutex_);
  // Closes it, says in a file what its files are, and opens it for reading.
  Status Seal(bool complete) EXCLUDES(mutex_);

  // The last timestamp of a group's blocks; INT64_MIN when it has none.
  static Result<std::int64_t> LastTimestampIn(leveldb::Iterator& it, std::uint32_t group);
  // The same for the writer, of all that is written.
  Result<std::int64_t> LastTimestampOf(const Group& group) const EXCLUDES(mutex_);

 private:
  Partition(StoreEnv& env, std::filesystem::path path, Superblock superblock, Registry& registry);
  static Status MakeFiles(StoreEnv& env, const std::filesystem::path& path, const Superblock& superblock);
  Status OpenFiles(DatabaseMode mode) EXCLUDES(mutex_);
  Status CheckTotals(leveldb::Iterator& it) EXCLUDES(mutex_);
  // The newest record of them; sets batches_.
  Status ReadTotals(leveldb::Iterator& it, Totals& totals);
  Status CheckBlocks(leveldb::Iterator& it, const Totals& totals) const EXCLUDES(mutex_);
  Status NoteDamage(Status status) const;
  std::uint32_t PlaceOf(const std::shared_ptr<Group>& group, const ColumnListPtr& columns) EXCLUDES(mutex_);

  StoreEnv& env_;
  const std::filesystem::path path_;
  const Superblock superblock_;
  const std::uint32_t number_;
  // The writer's own.
  leveldb::WriteBatch batch_;
  Totals batch_totals_;
  std::uint64_t batches_ = 0;
  bool complete_ = false;
  bool writable_ = false;
  mutable bool damaged_ = false;

  mutable Mutex mutex_;
  std::shared_ptr<leveldb::DB> db_ GUARDED_BY(mutex_);
  std::shared_ptr<const DatabaseSnapshot> snapshot_ GUARDED_BY(mutex_);
  Dictionary dictionary_ GUARDED_BY(mutex_);
  Totals totals_ GUARDED_BY(mutex_);
};

}  // namespace proxy_telemetry::tsdb

// Partition: the samples of one span of time, a LevelDB in a directory of its own.
//
// Shared by the store and by views; closed when the last lets go. Its group tables are changed by the writer alone,
// under the store's mutex, under which readers look at them; rows are read through an immutable snapshot.
// FORMAT.md has keys and values.
#pragma once

#include <leveldb/db.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "group.h"
#include "series.h"
#include "superblock.h"

namespace leveldb {
class Cache;
}

namespace proxy_telemetry::tsdb {

class SeriesRegistry;

// What a view reads rows through: the database as of one commit.
using RowSnapshot = std::shared_ptr<const leveldb::Snapshot>;

class Partition {
 public:
  // Ends the name of a directory in which a partition is being made: what a crash leaves of it holds no sample.
  static constexpr std::string_view kMakingSuffix = ".new";

  // Makes it whole or not at all: in a directory of its own, which gets the name `path` when all is on disk.
  static Result<std::shared_ptr<Partition>> Create(const std::filesystem::path& path, const Superblock& superblock,
                                                   SeriesRegistry& registry, leveldb::Cache* cache);
  // kCorruption and kNotFound: damaged; kUnsupported: of a newer format; kIoError: the operating system refused.
  static Result<std::shared_ptr<Partition>> Open(const std::filesystem::path& path, SeriesRegistry& registry,
                                                 leveldb::Cache* cache);
  ~Partition();
  Partition(const Partition&) = delete;
  Partition& operator=(const Partition&) = delete;

  std::int64_t start_ms() const { return superblock_.start_ms; }
  std::int64_t end_ms() const { return superblock_.end_ms; }
  // The store's when the partition was made; a changed configuration begins with the next one.
  const std::vector<std::string>& group_labels() const { return superblock_.group_labels; }
  const std::filesystem::path& path() const { return path_; }
  // Different for every opening of every partition.
  std::uint64_t epoch() const { return epoch_; }
  leveldb::DB& db() const { return *db_; }

  // Writer only. The group of `key` with room, made if there is none.
  Group& GroupWithRoom(const std::string& key);
  // Writer only, once before the first append: each group's last timestamp from disk. Damage is logged, and what it
  // hides is not known then.
  void LoadLastTimestamps();
  bool last_timestamps_loaded() const { return last_timestamps_loaded_; }

  const std::vector<std::unique_ptr<Group>>& groups() const { return groups_; }
  // Groups of a key; empty when it has none here.
  const std::vector<Group*>& GroupsOf(const std::string& key) const;
  std::vector<SeriesHandle> StoredSeries() const;

  // As of the last commit; replaced by the writer under the store's mutex.
  RowSnapshot snapshot() const { return snapshot_; }
  void RefreshSnapshot();

 private:
  Partition(std::filesystem::path path, Superblock superblock, std::unique_ptr<leveldb::DB> db);
  Status LoadSlots(SeriesRegistry& registry);
  bool AddStoredSlots(std::string_view key, std::string_view value, SeriesRegistry& registry);
  Group& AddGroup(const std::string& key);

  const std::filesystem::path path_;
  const Superblock superblock_;
  const std::uint64_t epoch_;
  std::unique_ptr<leveldb::DB> db_;
  RowSnapshot snapshot_;
  std::vector<std::unique_ptr<Group>> groups_;  // by id
  std::unordered_map<std::string, std::vector<Group*>> by_key_;
  bool last_timestamps_loaded_ = false;
};

}  // namespace proxy_telemetry::tsdb

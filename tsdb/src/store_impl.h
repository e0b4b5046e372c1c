// StoreImpl: partitions in time, one writer, many views. See tsdb/store.h for the contract.
#pragma once

#include <leveldb/cache.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "files.h"
#include "partition.h"
#include "series_index.h"
#include "tsdb/store.h"

namespace proxy_telemetry::tsdb {

// What a view has of a partition. Order matters: the snapshot must go before its database.
struct PartitionView {
  std::shared_ptr<Partition> partition;
  RowSnapshot snapshot;
};

// Series to be found, with their indexes.
using WantedSeries = std::unordered_map<const Series*, std::size_t>;

// A series found in a group of a partition.
struct Place {
  std::uint32_t slot;
  std::size_t series;  // index in WantedSeries
  std::int64_t first_ts_ms;
};
struct GroupPlaces {
  std::uint32_t group;
  std::vector<Place> places;  // at least one
};

// Begins the name of what is being removed: it holds nothing that counts any more.
inline constexpr const char* kTrashPrefix = "trash-";

struct RoundBatch;

class StoreImpl final : public Store {
 public:
  StoreImpl(StoreOptions options, DirectoryLock lock);
  ~StoreImpl() override;

  // Opens what is there; damaged partitions go to quarantine/.
  Status Load() EXCLUDES(mutex_);

  SeriesHandle Intern(const Labels& labels) override { return registry_->Intern(labels); }
  Result<AppendResult> Append(std::span<const Round> rounds) override EXCLUDES(mutex_);
  Result<std::uint64_t> Expire(std::int64_t now_ms) override EXCLUDES(mutex_);
  std::shared_ptr<const View> NewView() const override EXCLUDES(mutex_);
  StoreStats stats() const override EXCLUDES(mutex_);

  // For views, of their version.
  std::vector<SeriesHandle> Select(std::span<const Matcher> matchers, std::uint64_t version) const EXCLUDES(mutex_);
  std::vector<std::string> AllLabelValues(std::string_view name, std::uint64_t version) const EXCLUDES(mutex_);
  // Where the wanted series are, which all have `group_key` by the labels of group_labels().
  std::vector<GroupPlaces> Locate(const Partition& partition, const std::string& group_key,
                                  const WantedSeries& wanted) const EXCLUDES(mutex_);
  const std::vector<std::string>& group_labels() const { return options_.group_labels; }

 private:
  using PartitionList = std::vector<std::shared_ptr<Partition>>;  // by time

  std::filesystem::path PartitionsPath() const { return options_.path / "partitions"; }
  Status LoadPartition(const std::filesystem::path& path) EXCLUDES(mutex_);
  Status Quarantine(const std::filesystem::path& path, const Status& reason) EXCLUDES(mutex_);
  void RemoveLeftovers();
  void FindNewestTimestamp() EXCLUDES(mutex_);

  // The writer's steps, in this order.
  Result<std::size_t> AppendToOnePartition(std::span<const Round* const> rounds, AppendResult& total) EXCLUDES(mutex_);
  Status ReopenBroken() EXCLUDES(mutex_);
  Result<std::shared_ptr<Partition>> PartitionFor(const Round& round) EXCLUDES(mutex_);
  Result<std::shared_ptr<Partition>> MakePartition(std::int64_t ts_ms) EXCLUDES(mutex_);
  void Prepare(Partition& partition) EXCLUDES(mutex_);
  void AddRound(Partition& partition, const Round& round, RoundBatch& batch) EXCLUDES(mutex_);
  bool Place(Partition& partition, Series& series, std::int64_t ts_ms) EXCLUDES(mutex_);
  Status Commit(Partition& partition, RoundBatch& batch) EXCLUDES(mutex_);
  void CountRefused(std::uint64_t samples) EXCLUDES(mutex_);

  // True when a partition later than `partition`, or than `ts_ms` where that is null, has the group of `labels`.
  bool IsInNewer(const Partition* partition, std::int64_t ts_ms, const Labels& labels) const REQUIRES(mutex_);
  void Adopt(const std::shared_ptr<Partition>& partition) REQUIRES(mutex_);
  Status RemoveDoomed() EXCLUDES(mutex_);
  void RefreshDiskBytes() EXCLUDES(mutex_);

  const StoreOptions options_;
  const DirectoryLock lock_;
  const std::int64_t span_ms_;
  const std::shared_ptr<SeriesRegistry> registry_ = std::make_shared<SeriesRegistry>();
  const std::unique_ptr<leveldb::Cache> cache_;

  // The writer's own.
  std::uint64_t placed_epoch_ = 0;  // the partition that Series::place_* speak of
  std::int64_t disk_bytes_read_ms_ = 0;
  // Partition whose last write failed: LevelDB stays in its error until opened anew.
  std::optional<std::filesystem::path> broken_;
  // Expired, their directories still there: removed when no view reads them.
  PartitionList doomed_;

  mutable Mutex mutex_;
  PartitionList partitions_ GUARDED_BY(mutex_);
  SeriesIndex index_ GUARDED_BY(mutex_);
  std::uint64_t version_ GUARDED_BY(mutex_) = 0;
  StoreStats stats_ GUARDED_BY(mutex_);
  std::optional<std::int64_t> max_ts_ms_ GUARDED_BY(mutex_);
  // While a partition is being opened anew it is in no list, and a view without it would be wrong.
  bool reopening_ GUARDED_BY(mutex_) = false;
  mutable CondVar reopened_;
  // Not ok while a partition that is needed cannot be opened: what views cannot see.
  Status incomplete_ GUARDED_BY(mutex_);
};

}  // namespace proxy_telemetry::tsdb

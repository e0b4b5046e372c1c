// StoreImpl: open blocks in memory and in the log, closed ones in partitions; one writer, many views. See tsdb/store.h
// for the contract.
//
// Lock order: mutex_, SeriesIndex, Group::mutex, Partition, ColumnTable; none is held over I/O or encoding.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "catalog/registry.h"
#include "catalog/series_index.h"
#include "env/store_env.h"
#include "files.h"
#include "head/head_log.h"
#include "partition/partition.h"
#include "read_buffers.h"
#include "store_state.h"
#include "tsdb/store.h"

namespace proxy_telemetry::tsdb {

struct StoreFacts;

// Begins the name of what is being removed: it holds nothing that counts any more.
inline constexpr const char* kTrashPrefix = "trash-";

class StoreImpl final : public Store {
 public:
  // Of today's format.
  static Result<std::unique_ptr<StoreImpl>> Open(const StoreOptions& options);
  StoreImpl(StoreOptions options, DirectoryLock lock);
  ~StoreImpl() override;

  // Opens what is there; damaged partitions go to quarantine/.
  Status Load() EXCLUDES(mutex_);

  SeriesHandle Intern(const Labels& labels) override { return registry_->Intern(labels); }
  Result<AppendResult> Append(std::span<const Round> rounds) override EXCLUDES(mutex_);
  Status Flush() override EXCLUDES(mutex_);
  Result<std::uint64_t> Expire(std::int64_t now_ms) override EXCLUDES(mutex_);
  std::shared_ptr<const View> NewView() const override EXCLUDES(mutex_);
  StoreStats stats() const override EXCLUDES(mutex_);

  const SeriesIndex& index() const { return index_; }

 private:
  friend class Importer;
  friend class ImporterImpl;
  friend Status RepairStore(const StoreOptions& options, const StoreFacts& facts);

  using PartitionList = std::vector<std::shared_ptr<Partition>>;  // by time

  struct Tier {
    TierOptions options;
    std::int64_t span_ms = 0;
    std::filesystem::path path;
    PartitionList partitions;
  };

  // A group with samples in the round being made: its part of values_ and present_.
  struct Stage {
    std::shared_ptr<Group> group;
    ColumnListPtr columns;
    std::size_t first = 0;
    std::size_t slots = 0;
  };
  // A closed block that is in no partition.
  struct WaitingBlock {
    std::shared_ptr<Group> group;
    std::shared_ptr<const OpenBlock> block;
  };
  // A row that is in its open block, but not yet in the log.
  struct AppliedRow {
    std::shared_ptr<Group> group;
    std::size_t run;
  };

  // Start.
  Status LoadTier(Tier& tier) EXCLUDES(mutex_);
  Status LoadPartition(Tier& tier, const std::filesystem::path& path) EXCLUDES(mutex_);
  Status AdoptOrQuarantine(Tier& tier, std::shared_ptr<Partition> partition) EXCLUDES(mutex_);
  Status Quarantine(const std::filesystem::path& path, const Status& reason) EXCLUDES(mutex_);
  Result<std::filesystem::path> SetAside(const std::filesystem::path& path) EXCLUDES(mutex_);
  Status QuarantineImport(const Status& reason) EXCLUDES(mutex_);
  void RemoveLeftovers();
  void KeepSeriesOf(Partition& partition) EXCLUDES(mutex_);
  std::shared_ptr<Partition> NoteClosedUntil();
  Status ReplayHead() EXCLUDES(mutex_);
  void ReplayRow(const LoggedRow& logged) EXCLUDES(mutex_);
  bool ReplayInto(Group& group, const LoggedRow& logged);

  // Append, in this order.
  void StageSamples(const Round& round);
  void ApplyStages(const Round& round, AppendResult& result);
  bool ApplyStage(const Stage& stage, std::int64_t ts_ms, AppendResult& result);
  bool MakeRoom(Group& group, std::int64_t ts_ms) REQUIRES(group.mutex);
  void CloseBlock(Group& group) REQUIRES(group.mutex);
  void UndoApplied();
  void KeepApplied(const AppendResult& result) EXCLUDES(mutex_);
  void CloseFullBlocks();

  // Closed blocks to partitions.
  Status WriteClosed(std::size_t blocks_max) EXCLUDES(mutex_);
  Status AddBlock(const WaitingBlock& waiting, std::vector<std::shared_ptr<Partition>>& touched) EXCLUDES(mutex_);
  Status AddToPartitions(Tier& tier, const std::shared_ptr<Group>& group, const ColumnListPtr& columns,
                         const BlockContent& content, std::vector<std::shared_ptr<Partition>>& touched)
      EXCLUDES(mutex_);
  Result<std::shared_ptr<Partition>> PartitionFor(Tier& tier, std::int64_t ts_ms) EXCLUDES(mutex_);
  void ForgetWritten() EXCLUDES(mutex_);
  Status TrimLog() EXCLUDES(mutex_);

  // Repair.
  Superblock SuperblockForRepair(const Tier& tier, const std::filesystem::path& path);
  Status RepairPartition(Tier& tier, const std::filesystem::path& path, const Status& reason) EXCLUDES(mutex_);
  Status AdoptRepaired(Tier& tier, const std::filesystem::path& making, const std::filesystem::path& path)
      EXCLUDES(mutex_);
  Status RepairDamaged(const Status& reason) EXCLUDES(mutex_);
  Status RepairOpen(Tier& tier, std::shared_ptr<Partition> partition, const Status& reason) EXCLUDES(mutex_);

  // Runs `action` while no view reads the partition; kUnavailable when views do not go in time.
  Status WithoutReaders(const std::shared_ptr<Partition>& partition, const std::function<Status()>& action)
      EXCLUDES(mutex_);

  // Expiry.
  Status SealPast(std::int64_t now_ms) EXCLUDES(mutex_);
  std::uint64_t TakeExpired(std::int64_t now_ms) EXCLUDES(mutex_);
  std::uint64_t TakeOverSize() EXCLUDES(mutex_);
  void TakeOldest(Tier& tier) EXCLUDES(mutex_);
  void DropExpiredBlocks(std::int64_t now_ms) EXCLUDES(mutex_);
  void ForgetGone(Group& group) EXCLUDES(mutex_);
  void RecomputeBounds() REQUIRES(mutex_);
  Status RemoveDoomed() EXCLUDES(mutex_);
  void RefreshDiskBytes() EXCLUDES(mutex_);

  void Publish() REQUIRES(mutex_);
  std::uint64_t OldestCommit() REQUIRES(mutex_);
  std::uint64_t OldestCommitNow() EXCLUDES(mutex_);
  std::size_t BlockTicksFor(const Group& group, const OpenBlock& block) const REQUIRES(group.mutex);
  void NoteWriteState(const Status& status) EXCLUDES(mutex_);

  const StoreOptions options_;
  const DirectoryLock lock_;
  StoreEnv& env_;
  const std::shared_ptr<Registry> registry_;
  SeriesIndex index_;
  const std::shared_ptr<ReadBufferPool> read_buffers_ = std::make_shared<ReadBufferPool>();

  // The writer's own.
  std::vector<Tier> tiers_;  // raw first
  HeadLog log_;
  std::vector<Stage> stages_;
  std::vector<double> values_;
  std::vector<std::uint8_t> present_;
  std::vector<AppliedRow> applied_;
  std::vector<Series*> newly_kept_;  // with a sample for the first time
  std::int64_t oldest_applied_ms_ = INT64_MAX;
  std::int64_t newest_applied_ms_ = INT64_MIN;
  std::uint64_t commit_next_ = 2;
  std::uint64_t series_generation_ = 1;
  std::vector<std::shared_ptr<Group>> head_;  // groups with open or closed blocks in memory
  std::deque<WaitingBlock> to_write_;
  std::vector<std::shared_ptr<Group>> written_;  // groups with closed blocks that are in a partition too
  std::int64_t disk_bytes_read_ms_ = 0;
  std::int64_t impatient_until_us_ = INT64_MIN;  // steady time
  PartitionList doomed_;                         // expired, their directories still there

  mutable Mutex mutex_;
  std::uint64_t commit_ GUARDED_BY(mutex_) = 1;
  std::shared_ptr<const StoreState> state_ GUARDED_BY(mutex_);
  std::deque<std::weak_ptr<const StoreState>> states_ GUARDED_BY(mutex_);  // those that views may hold, by commit
  StoreStats stats_ GUARDED_BY(mutex_);
  std::optional<std::int64_t> min_ts_ms_ GUARDED_BY(mutex_);
  std::optional<std::int64_t> max_ts_ms_ GUARDED_BY(mutex_);
  // While a partition is closed and opened again, a view without it would be wrong.
  bool reopening_ GUARDED_BY(mutex_) = false;
  mutable CondVar reopened_;
};

}  // namespace proxy_telemetry::tsdb

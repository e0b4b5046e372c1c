// StoreImpl's retention: whole partitions leave.
#include <algorithm>
#include <iterator>
#include <string>
#include <unordered_set>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "store_impl.h"

namespace proxy_telemetry::tsdb {

Result<std::uint64_t> StoreImpl::Expire(std::int64_t now_ms) {
  const std::uint64_t expired = TakeExpired(now_ms) + TakeOverSize();
  PT_RETURN_IF_ERROR(RemoveDoomed());
  PT_RETURN_IF_ERROR(TrimLog());
  if (expired != 0) RefreshDiskBytes();
  const Status sealed = SealPast(now_ms);
  // A view that lives long, or a full disk: another time.
  if (!sealed.ok()) LogDebug("a past part of the history is not sealed yet", {{"reason", sealed.message()}});
  index_.Purge(OldestCommitNow());
  return expired;
}

std::uint64_t StoreImpl::TakeExpired(std::int64_t now_ms) {
  std::uint64_t expired = 0;
  for (Tier& tier : tiers_) {
    if (tier.options.retention_ms == 0) continue;
    while (!tier.partitions.empty() && tier.partitions.front()->end_ms() <= now_ms - tier.options.retention_ms) {
      TakeOldest(tier);
      ++expired;
    }
  }
  if (options_.retention_ms != 0) DropExpiredBlocks(now_ms);
  return expired;
}

// Blocks in memory that would go with their partition.
void StoreImpl::DropExpiredBlocks(std::int64_t now_ms) {
  const std::int64_t until_ms = now_ms - options_.retention_ms;
  const auto is_expired = [until_ms](const OpenBlock& block) { return block.end_ms() <= until_ms; };
  for (const std::shared_ptr<Group>& group : head_) {
    MutexLock lock(group->mutex);
    if (group->open && is_expired(*group->open)) CloseBlock(*group);
  }
  std::vector<std::shared_ptr<Group>> changed;
  std::erase_if(to_write_, [&](const WaitingBlock& waiting) {
    if (!is_expired(*waiting.block)) return false;
    MutexLock lock(waiting.group->mutex);
    for (ClosedBlock& closed : waiting.group->closed) {
      if (closed.block == waiting.block) closed.written_at = commit_next_;
    }
    written_.push_back(waiting.group);
    changed.push_back(waiting.group);
    return true;
  });
  if (changed.empty()) return;
  for (const auto& group : changed) ForgetGone(*group);
  {
    MutexLock lock(mutex_);
    commit_ = commit_next_++;
    RecomputeBounds();
    Publish();
  }
  ForgetWritten();
}

// Raw first, as it takes the most; the newest stays whatever it takes.
std::uint64_t StoreImpl::TakeOverSize() {
  if (options_.max_bytes == 0) return 0;
  RefreshDiskBytes();
  // What else lies there, in quarantine say, would not get less by it.
  std::uint64_t bytes = DirectoryBytes(env_, options_.path / "head");
  for (const Tier& tier : tiers_) bytes += DirectoryBytes(env_, tier.path);
  std::uint64_t taken = 0;
  for (Tier& tier : tiers_) {
    while (bytes > options_.max_bytes && tier.partitions.size() > 1) {
      bytes -= std::min(bytes, DirectoryBytes(env_, tier.partitions.front()->path()));
      LogInfo("the history takes more than max_size: its oldest part goes",
              {{"partition", tier.partitions.front()->path().string()}});
      TakeOldest(tier);
      ++taken;
    }
  }
  return taken;
}

void StoreImpl::TakeOldest(Tier& tier) {
  const std::shared_ptr<Partition> partition = tier.partitions.front();
  tier.partitions.erase(tier.partitions.begin());
  for (const Dictionary::Entry& entry : partition->Entries()) ForgetGone(*entry.group);
  doomed_.push_back(partition);
  MutexLock lock(mutex_);
  commit_ = commit_next_++;
  RecomputeBounds();
  Publish();
}

void StoreImpl::RecomputeBounds() {
  min_ts_ms_.reset();
  max_ts_ms_.reset();
  const auto add = [this](std::int64_t first_ms, std::int64_t last_ms) NO_THREAD_SAFETY_ANALYSIS {
    min_ts_ms_ = std::min(min_ts_ms_.value_or(INT64_MAX), first_ms);
    max_ts_ms_ = std::max(max_ts_ms_.value_or(INT64_MIN), last_ms);
  };
  for (const Tier& tier : tiers_) {
    for (const auto& partition : tier.partitions) {
      const Totals totals = partition->totals();
      if (totals.blocks != 0) add(totals.min_ts_ms, totals.max_ts_ms);
    }
  }
  for (const WaitingBlock& waiting : to_write_) add(waiting.block->first_ts_ms(), waiting.block->last_ts_ms());
  for (const std::shared_ptr<Group>& group : head_) {
    MutexLock group_lock(group->mutex);
    if (group->open && !group->open->empty()) add(group->open->first_ts_ms(), group->open->last_ts_ms());
  }
}

// Its series of which no partition and no block in memory has a sample are no longer kept.
void StoreImpl::ForgetGone(Group& group) {
  MutexLock lock(group.mutex);
  std::unordered_set<const Column*> kept;
  const auto keep_seen = [&](const OpenBlock& block) NO_THREAD_SAFETY_ANALYSIS {
    for (std::size_t slot = 0; slot < group.series.size(); ++slot) {
      if (block.HasSeen(slot)) kept.insert(group.ColumnAt(slot).get());
    }
  };
  if (group.open) keep_seen(*group.open);
  for (const ClosedBlock& closed : group.closed) {
    if (closed.written_at == UINT64_MAX) keep_seen(*closed.block);
  }
  for (const Tier& tier : tiers_) {
    for (const auto& partition : tier.partitions) {
      const std::uint32_t id = group.PlaceIn(partition->number());
      if (id == kNoPlace) continue;
      for (const ColumnPtr& column : partition->ColumnsOf(id)->columns()) kept.insert(column.get());
    }
  }
  for (Series& series : group.series) {
    if (!series.IsKept() || kept.contains(group.ColumnAt(series.slot).get())) continue;
    series.kept_until = static_cast<std::uint32_t>(commit_next_);
    ++series_generation_;
    ++group.unkept;
  }
}

// Those that a view still reads wait for the next call: their files must stay where LevelDB knows them.
Status StoreImpl::RemoveDoomed() {
  PartitionList closing;
  const auto unread = std::partition(doomed_.begin(), doomed_.end(), [](const auto& p) { return p.use_count() > 1; });
  std::move(unread, doomed_.end(), std::back_inserter(closing));
  doomed_.erase(unread, doomed_.end());
  Status first_failure;
  for (std::shared_ptr<Partition>& partition : closing) {
    const std::filesystem::path path = partition->path();
    for (const Dictionary::Entry& entry : partition->Entries()) {
      MutexLock lock(entry.group->mutex);
      std::erase_if(entry.group->places,
                    [&partition](const GroupPlace& place) { return place.partition == partition->number(); });
    }
    partition.reset();
    const std::filesystem::path trash = options_.path / (kTrashPrefix + path.filename().string());
    Status removed = Rename(env_, path, trash);
    if (removed.ok()) removed = RemoveTree(env_, trash);
    if (first_failure.ok()) first_failure = removed;
  }
  return first_failure;
}

void StoreImpl::RefreshDiskBytes() {
  disk_bytes_read_ms_ = Clock::System().SteadyMs();
  const std::uint64_t bytes = DirectoryBytes(env_, options_.path);
  MutexLock lock(mutex_);
  stats_.disk_bytes = bytes;
}

}  // namespace proxy_telemetry::tsdb

// StoreImpl's closed blocks: encoded, rolled up for the tiers, written to partitions, and then no more needed in memory
// and log.
#include <algorithm>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "bulk/content.h"
#include "rollup.h"
#include "span.h"
#include "store_impl.h"

namespace proxy_telemetry::tsdb {
namespace {

// With more segments than this the open blocks that hold the oldest are closed early.
constexpr std::size_t kSegmentsMax = 24;
// What is written at once when all is: encoded blocks wait in memory.
constexpr std::size_t kFlushBlocks = 2048;
// A partition that was over for so long gets no more rows in the usual course.
constexpr std::int64_t kSealAfterMs = std::int64_t{60} * 60 * 1000;

}  // namespace

// The first blocks that wait. What was written is written: a failure stops with the rest still waiting.
Status StoreImpl::WriteClosed(std::size_t blocks_max) {
  if (to_write_.empty()) return Status::Ok();
  const std::size_t count = std::min(blocks_max, to_write_.size());
  std::vector<std::shared_ptr<Partition>> touched;
  Status status;
  for (std::size_t i = 0; i < count && status.ok(); ++i) status = AddBlock(to_write_[i], touched);
  // Coarser tiers first: after a crash the raw block is there to make theirs again.
  std::sort(touched.begin(), touched.end(),
            [](const auto& a, const auto& b) { return a->superblock().resolution_ms > b->superblock().resolution_ms; });
  for (const auto& partition : touched) {
    if (status.ok()) status = partition->Commit(true);
    if (!status.ok()) partition->Abort();
  }
  if (status.code() == StatusCode::kCorruption) {
    touched.clear();
    PT_RETURN_IF_ERROR(RepairDamaged(status));
  }
  if (!status.ok()) return status;
  for (std::size_t i = 0; i < count; ++i) {
    const WaitingBlock& waiting = to_write_[i];
    MutexLock lock(waiting.group->mutex);
    for (ClosedBlock& closed : waiting.group->closed) {
      if (closed.block == waiting.block) closed.written_at = commit_next_;
    }
    written_.push_back(waiting.group);
  }
  to_write_.erase(to_write_.begin(), to_write_.begin() + static_cast<std::ptrdiff_t>(count));
  {
    MutexLock lock(mutex_);
    for (const auto& partition : touched) partition->RefreshSnapshot();
    commit_ = commit_next_++;
    stats_.blocks_written += count;
    Publish();
  }
  ForgetWritten();
  return TrimLog();
}

Status StoreImpl::AddBlock(const WaitingBlock& waiting, std::vector<std::shared_ptr<Partition>>& touched) {
  ColumnListPtr columns;
  {
    MutexLock lock(waiting.group->mutex);
    columns = waiting.group->Columns(registry_->columns());
  }
  BlockContent content = waiting.block->Content(columns->size());
  columns = DropAbsentColumns(columns, content, registry_->columns());
  PT_RETURN_IF_ERROR(AddToPartitions(tiers_.front(), waiting.group, columns, content, touched));
  for (std::size_t i = 1; i < tiers_.size(); ++i) {
    const RolledUp rolled = RollUp(columns, content, tiers_[i].options.resolution_ms, registry_->columns());
    PT_RETURN_IF_ERROR(AddToPartitions(tiers_[i], waiting.group, rolled.columns, rolled.content, touched));
  }
  return Status::Ok();
}

// A tier's partition may begin in the middle of a raw one, a block is no longer than one can be, and what an earlier
// try or a life before has written is not written again.
Status StoreImpl::AddToPartitions(Tier& tier, const std::shared_ptr<Group>& group, const ColumnListPtr& columns,
                                  const BlockContent& content, std::vector<std::shared_ptr<Partition>>& touched) {
  const auto begin = content.ts_ms.begin();
  for (std::size_t from = 0; from < content.ts_ms.size();) {
    PT_ASSIGN_OR_RETURN(const std::shared_ptr<Partition> partition, PartitionFor(tier, content.ts_ms[from]));
    PT_ASSIGN_OR_RETURN(const std::int64_t last_ms, partition->LastTimestampOf(*group));
    const auto rest = std::upper_bound(begin + static_cast<std::ptrdiff_t>(from), content.ts_ms.end(), last_ms);
    from = static_cast<std::size_t>(rest - begin);
    const auto end = std::lower_bound(rest, content.ts_ms.end(), partition->end_ms());
    const auto to = std::min(static_cast<std::size_t>(end - begin), from + kBlockTicksMax);
    if (from == to) continue;
    if (std::find(touched.begin(), touched.end(), partition) == touched.end()) touched.push_back(partition);
    if (from == 0 && to == content.ts_ms.size()) {
      partition->AddBlock(group, columns, content);
    } else {
      partition->AddBlock(group, columns, CutTicks(content, from, to));
    }
    from = to;
  }
  return Status::Ok();
}

// One that can be written.
Result<std::shared_ptr<Partition>> StoreImpl::PartitionFor(Tier& tier, std::int64_t ts_ms) {
  for (const std::shared_ptr<Partition>& partition : tier.partitions) {
    if (ts_ms < partition->start_ms() || ts_ms >= partition->end_ms()) continue;
    if (!partition->is_writable()) {
      PT_RETURN_IF_ERROR(WithoutReaders(partition, [&partition] { return partition->MakeWritable(); }));
    }
    return partition;
  }
  Superblock superblock;
  superblock.start_ms = SpanStartMs(ts_ms, tier.span_ms);
  superblock.end_ms = superblock.start_ms + tier.span_ms;
  superblock.created_ms = Clock::System().WallMs();
  superblock.group_labels = options_.group_labels;
  superblock.resolution_ms = tier.options.resolution_ms;
  // An earlier configuration may have left partitions of another span: none may overlap.
  for (const auto& other : tier.partitions) {
    if (other->end_ms() <= ts_ms) superblock.start_ms = std::max(superblock.start_ms, other->end_ms());
    if (other->start_ms() > ts_ms) superblock.end_ms = std::min(superblock.end_ms, other->start_ms());
  }
  const std::string name = std::to_string(superblock.start_ms) + "-" + std::to_string(superblock.end_ms);
  std::filesystem::path path = tier.path / name;
  // One that is expired may still be read there.
  for (int i = 2; std::filesystem::exists(path); ++i) path = tier.path / (name + "-" + std::to_string(i));
  PT_ASSIGN_OR_RETURN(std::shared_ptr<Partition> made, Partition::Create(env_, path, superblock, *registry_));
  const auto by_start = [](const auto& a, const auto& b) { return a->start_ms() < b->start_ms(); };
  tier.partitions.insert(std::upper_bound(tier.partitions.begin(), tier.partitions.end(), made, by_start), made);
  return made;
}

std::uint64_t StoreImpl::OldestCommitNow() {
  MutexLock lock(mutex_);
  return OldestCommit();
}

// Closed blocks of which every view reads the partition's copy.
void StoreImpl::ForgetWritten() {
  const std::uint64_t oldest = OldestCommitNow();
  std::erase_if(written_, [oldest](const std::shared_ptr<Group>& group) {
    MutexLock lock(group->mutex);
    std::erase_if(group->closed, [oldest](const ClosedBlock& closed) { return closed.written_at <= oldest; });
    return std::none_of(group->closed.begin(), group->closed.end(),
                        [](const ClosedBlock& closed) { return closed.written_at != UINT64_MAX; });
  });
}

// Segments of which every row is in a partition go.
Status StoreImpl::TrimLog() {
  std::uint64_t needed = log_.segment() + 1;
  std::erase_if(head_, [&needed](const std::shared_ptr<Group>& group) {
    MutexLock lock(group->mutex);
    const bool waits = std::any_of(group->closed.begin(), group->closed.end(),
                                   [](const ClosedBlock& closed) { return closed.written_at == UINT64_MAX; });
    if (group->open) needed = std::min(needed, group->open->first_segment());
    for (const ClosedBlock& closed : group->closed) {
      if (closed.written_at == UINT64_MAX) needed = std::min(needed, closed.block->first_segment());
    }
    if (group->open || waits) return false;
    group->is_in_head = false;
    return true;
  });
  PT_RETURN_IF_ERROR(log_.DropBefore(needed));
  if (log_.segments() <= kSegmentsMax) return Status::Ok();
  // Groups that get no more samples would keep the log from its end for ever.
  for (const std::shared_ptr<Group>& group : head_) {
    MutexLock lock(group->mutex);
    if (group->open && group->open->first_segment() == needed) CloseBlock(*group);
  }
  return Status::Ok();
}

Status StoreImpl::Flush() {
  for (const std::shared_ptr<Group>& group : head_) {
    MutexLock lock(group->mutex);
    if (group->open) CloseBlock(*group);
  }
  while (!to_write_.empty()) PT_RETURN_IF_ERROR(WriteClosed(kFlushBlocks));
  PT_RETURN_IF_ERROR(log_.Close());
  return TrimLog();
}

// Partitions whose time is over are sorted and sealed. One a call: it may take a while.
Status StoreImpl::SealPast(std::int64_t now_ms) {
  for (const std::shared_ptr<Group>& group : head_) {
    MutexLock lock(group->mutex);
    if (group->open && group->open->end_ms() + kSealAfterMs <= now_ms) CloseBlock(*group);
  }
  PT_RETURN_IF_ERROR(WriteClosed(to_write_.size()));
  for (Tier& tier : tiers_) {
    for (const std::shared_ptr<Partition>& partition : tier.partitions) {
      if (partition->is_complete() || partition->end_ms() + kSealAfterMs > now_ms) continue;
      if (!partition->is_writable()) {
        PT_RETURN_IF_ERROR(WithoutReaders(partition, [&partition] { return partition->MakeWritable(); }));
      }
      partition->Sort();
      return WithoutReaders(partition, [&partition] { return partition->Seal(true); });
    }
  }
  return Status::Ok();
}

}  // namespace proxy_telemetry::tsdb

// The writer's half of StoreImpl: from rounds to rows in the open blocks and one synced record of the log.
#include <algorithm>
#include <functional>
#include <numeric>

#include "base/clock.h"
#include "span.h"
#include "store_impl.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::int64_t kDiskBytesEveryMs = 30'000;
// Of the blocks that wait for their partition, written with one round: an n-th, and at least so many.
constexpr std::size_t kWriteShare = 16;
constexpr std::size_t kWriteBlocksMin = 64;
// Late samples make runs; above this they are sorted in as soon as no view needs them apart.
constexpr std::size_t kRunsMax = 4;

// By time, rounds of one time in their order.
std::vector<const Round*> InOrder(std::span<const Round> rounds) {
  std::vector<const Round*> ordered;
  ordered.reserve(rounds.size());
  for (const Round& round : rounds) ordered.push_back(&round);
  std::sort(ordered.begin(), ordered.end(),
            [](const Round* a, const Round* b) { return a->ts_ms != b->ts_ms ? a->ts_ms < b->ts_ms : a < b; });
  return ordered;
}

}  // namespace

Result<AppendResult> StoreImpl::Append(std::span<const Round> rounds) {
  for (const Round& round : rounds) {
    if (round.ts_ms < kTimestampMinMs || round.ts_ms > kTimestampMaxMs) {
      return Status::InvalidArgument("timestamp " + std::to_string(round.ts_ms) + " ms is out of range");
    }
  }
  AppendResult result;
  Status written = log_.Prepare();
  if (written.ok()) {
    for (const Round* round : InOrder(rounds)) {
      StageSamples(*round);
      ApplyStages(*round, result);
    }
    if (!applied_.empty()) written = log_.Commit();
  }
  if (!written.ok()) {
    UndoApplied();
    MutexLock lock(mutex_);
    ++stats_.append_errors;
    stats_.read_only = true;
    return written;
  }
  KeepApplied(result);
  CloseFullBlocks();
  // A failure here loses nothing: the blocks stay in memory and in the log, and are written later.
  const Status closed = WriteClosed(std::max(kWriteBlocksMin, to_write_.size() / kWriteShare));
  NoteWriteState(closed);
  if (Clock::System().SteadyMs() - disk_bytes_read_ms_ >= kDiskBytesEveryMs) RefreshDiskBytes();
  return result;
}

void StoreImpl::NoteWriteState(const Status& status) {
  MutexLock lock(mutex_);
  // A partition that cannot be opened because it is read is no fault.
  stats_.read_only = !status.ok() && status.code() != StatusCode::kUnavailable;
  if (stats_.read_only) ++stats_.append_errors;
  stats_.waiting_blocks = to_write_.size();
}

// Sorts the samples of a round by group.
void StoreImpl::StageSamples(const Round& round) {
  stages_.clear();
  values_.clear();
  present_.clear();
  for (const Sample& sample : round.samples) {
    Group& group = *sample.series->group;
    if (group.stage == UINT32_MAX) {
      group.stage = static_cast<std::uint32_t>(stages_.size());
      Stage& stage = stages_.emplace_back();
      stage.group = group.shared_from_this();
      stage.first = values_.size();
      {
        MutexLock lock(group.mutex);
        stage.slots = group.series.size();
        stage.columns = group.Columns(registry_->columns());
      }
      values_.resize(stage.first + stage.slots);
      present_.resize(stage.first + stage.slots);
    }
    const std::size_t at = stages_[group.stage].first + sample.series->slot;
    if (present_[at] != 0) continue;
    present_[at] = 1;
    values_[at] = sample.value;
  }
}

void StoreImpl::ApplyStages(const Round& round, AppendResult& result) {
  bool taken = false;
  for (const Stage& stage : stages_) {
    stage.group->stage = UINT32_MAX;
    taken |= ApplyStage(stage, round.ts_ms, result);
  }
  if (taken) newest_applied_ms_ = std::max(newest_applied_ms_, round.ts_ms);
  if (taken) oldest_applied_ms_ = std::min(oldest_applied_ms_, round.ts_ms);
}

// False when nothing of it is taken.
bool StoreImpl::ApplyStage(const Stage& stage, std::int64_t ts_ms, AppendResult& result) {
  Group& group = *stage.group;
  const std::span<std::uint8_t> present(present_.data() + stage.first, stage.slots);
  std::size_t count = std::accumulate(present.begin(), present.end(), std::size_t{0});
  MutexLock lock(group.mutex);
  if (ts_ms <= group.closed_until_ms || !MakeRoom(group, ts_ms)) {
    result.out_of_order += count;
    return false;
  }
  OpenBlock& open = *group.open;
  if (!open.empty() && ts_ms <= open.last_ts_ms()) {
    const std::size_t known = open.DropKnown(ts_ms, present);
    result.out_of_order += known;
    count -= known;
  }
  if (count == 0) return false;
  const RowInput row{ts_ms, commit_next_, values_.data() + stage.first, present.data(), stage.slots};
  const std::size_t run = open.RunFor(ts_ms);
  const bool is_first = open.run(run).count == 0;
  const bool needs_base = log_.NeedsBase(open.run(run));
  if (needs_base) log_.AddBase(stage.group, stage.columns, run, open.run(run).state);
  const std::size_t before = open.run(run).rows.size();
  open.Add(run, row, log_.segment(), is_first || needs_base);
  log_.AddRow(stage.group, stage.columns, run, is_first, std::string_view(open.run(run).rows).substr(before));
  applied_.push_back({stage.group, run});
  result.appended += count;
  if (group.unkept == 0) return true;
  for (std::size_t slot = 0; slot < stage.slots; ++slot) {
    if (present[slot] != 0 && !group.series[slot].IsKept()) newly_kept_.push_back(&group.series[slot]);
  }
  return true;
}

// An open block of the time of `ts_ms`; false when that time is over for the group.
bool StoreImpl::MakeRoom(Group& group, std::int64_t ts_ms) {
  const std::int64_t span_ms = tiers_.front().span_ms;
  if (group.open && ts_ms < group.open->start_ms()) return false;
  if (group.open && ts_ms >= group.open->end_ms()) CloseBlock(group);
  if (!group.open) {
    const std::int64_t start_ms = SpanStartMs(ts_ms, span_ms);
    group.open = std::make_unique<OpenBlock>(start_ms, start_ms + span_ms);
  }
  return true;
}

void StoreImpl::CloseBlock(Group& group) {
  if (!group.open->empty()) {
    group.closed_until_ms = std::max(group.closed_until_ms, group.open->last_ts_ms());
    std::shared_ptr<const OpenBlock> block(std::move(group.open));
    group.closed.push_back({block});
    to_write_.push_back({group.shared_from_this(), std::move(block)});
  }
  group.open.reset();
}

void StoreImpl::UndoApplied() {
  for (auto it = applied_.rbegin(); it != applied_.rend(); ++it) {
    MutexLock lock(it->group->mutex);
    it->group->open->Undo(it->run);
    if (it->group->open->empty()) it->group->open.reset();
  }
  applied_.clear();
  newly_kept_.clear();
  newest_applied_ms_ = INT64_MIN;
  oldest_applied_ms_ = INT64_MAX;
}

// The commit becomes what views see.
void StoreImpl::KeepApplied(const AppendResult& result) {
  const std::uint64_t oldest_commit = newly_kept_.empty() ? 0 : OldestCommitNow();
  for (Series* series : newly_kept_) {
    MutexLock lock(series->group->mutex);
    if (series->IsKept()) continue;
    // One that is back while a view of before it went is held stays known to that view.
    const bool is_still_seen = series->kept_from != UINT32_MAX && oldest_commit < series->kept_until;
    if (!is_still_seen) series->kept_from = static_cast<std::uint32_t>(commit_next_);
    series->kept_until = UINT32_MAX;
    series->group->unkept -= 1;
  }
  if (!newly_kept_.empty()) ++series_generation_;
  newly_kept_.clear();
  for (const AppliedRow& row : applied_) {
    if (row.group->is_in_head) continue;
    row.group->is_in_head = true;
    head_.push_back(row.group);
    index_.Add(row.group);
  }
  MutexLock lock(mutex_);
  stats_.samples_appended += result.appended;
  stats_.out_of_order += result.out_of_order;
  if (applied_.empty()) return;
  commit_ = commit_next_++;
  min_ts_ms_ = std::min(min_ts_ms_.value_or(INT64_MAX), oldest_applied_ms_);
  max_ts_ms_ = std::max(max_ts_ms_.value_or(INT64_MIN), newest_applied_ms_);
  newest_applied_ms_ = INT64_MIN;
  oldest_applied_ms_ = INT64_MAX;
  Publish();
}

// Blocks end at different times, so that not all of them are to be encoded at once.
std::size_t StoreImpl::BlockTicksFor(const Group& group, const OpenBlock& block) const {
  const std::size_t ticks = options_.block_ticks;
  if (group.closed_until_ms >= block.start_ms()) return ticks;
  return FirstBlockTicks(group.labels, ticks);
}

void StoreImpl::CloseFullBlocks() {
  std::uint64_t oldest_commit = 0;
  for (const AppliedRow& row : applied_) {
    Group& group = *row.group;
    MutexLock lock(group.mutex);
    if (!group.open) continue;
    if (group.open->rows() >= BlockTicksFor(group, *group.open)) {
      CloseBlock(group);
    } else if (group.open->runs() > kRunsMax) {
      if (oldest_commit == 0) oldest_commit = OldestCommitNow();
      if (oldest_commit >= commit_next_ - 1) group.open->Consolidate(commit_next_ - 1);
    }
  }
  applied_.clear();
}

}  // namespace proxy_telemetry::tsdb

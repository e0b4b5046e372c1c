#include "group_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/clock.h"
#include "span.h"

namespace proxy_telemetry::tsdb {
namespace {

// Appends the first and the last point of each interval.
void AppendEnds(std::span<const Point> more, std::int64_t interval_ms, PointBuffer& points) {
  for (std::size_t first = 0; first < more.size();) {
    const std::int64_t end_ms = SpanStartMs(more[first].ts_ms, interval_ms) + interval_ms;
    std::size_t last = first;
    while (last + 1 < more.size() && more[last + 1].ts_ms < end_ms) ++last;
    points.push_back(more[first]);
    if (last != first) points.push_back(more[last]);
    first = last + 1;
  }
}

}  // namespace

GroupReader::GroupReader(const StoreState& state, const Selection& selection, const std::atomic<bool>* stop)
    : state_(state),
      selection_(selection),
      stop_(stop),
      pool_(state.buffers),
      buffers_(pool_->Take()),
      points_(buffers_->points),
      block_(buffers_->block),
      newest_(buffers_->newest),
      status_(state.incomplete),
      start_us_(Clock::System().SteadyUs()) {
  if (selection.ends_of_ms != 0) {
    ends_from_ms_ = selection.all_until_ms == INT64_MIN
                        ? INT64_MIN
                        : SpanStartMs(selection.all_until_ms - 1, selection.ends_of_ms) + selection.ends_of_ms;
  }
  for (std::size_t i = 0; i < state.tiers.size(); ++i) {
    const std::int64_t resolution_ms = state.tiers[i].resolution_ms;
    if (resolution_ms != 0 && selection.resolution_ms != 0 && selection.resolution_ms % resolution_ms == 0) tier_ = i;
  }
}

GroupReader::~GroupReader() { pool_->Give(std::move(buffers_)); }

void GroupReader::Read(const SelectedGroup& selected) {
  const std::size_t count = selected.slots->size();
  points_.resize(count);
  newest_.resize(count);
  for (auto& points : points_) points.clear();
  for (auto& points : newest_) points.clear();
  previous_.assign(count, Point{INT64_MIN, 0});
  scratch_.has_previous.assign(count, false);
  wanted_.assign(selected.columns->size(), -1);
  for (std::size_t i = 0; i < count; ++i) wanted_[(*selected.slots)[i]] = static_cast<std::int32_t>(i);

  ReadMemory(selected);
  if (selection_.with_previous) FindPrevious(selected);
  if (selection_.start_ms <= selection_.end_ms && IsWithinLimits()) {
    ReadOlder(selected);
    ReadPreferred(selected);
  }
  if (IsWithinLimits()) {
    for (const PointBuffer& points : points_) samples_before_ += points.size();
  } else {
    for (PointBuffer& points : points_) points.clear();
  }
}

Status GroupReader::TooManySamples(std::uint64_t limit) {
  return Status::ResourceExhausted("the query reads more than the " + std::to_string(limit) +
                                   " samples that are allowed; ask for a shorter time or fewer series");
}

Status GroupReader::TookTooLong(std::int64_t limit_ms) {
  return Status::Timeout("the query took longer than the " + std::to_string(limit_ms) +
                         " ms that are allowed; ask for a shorter time or fewer series");
}

bool GroupReader::IsTooLate() const {
  const std::int64_t limit_ms = selection_.limits.time_ms;
  return limit_ms != 0 && Clock::System().SteadyUs() - start_us_ > limit_ms * 1000;
}

bool GroupReader::IsWithinLimits() {
  if (is_over_) return false;
  if (stop_ != nullptr && *stop_) {
    is_over_ = true;
    return false;
  }
  const QueryLimits& limits = selection_.limits;
  if (limits.samples != 0) {
    std::uint64_t samples = samples_before_;
    for (const PointBuffer& points : points_) samples += points.size();
    if (samples > limits.samples) {
      status_ = TooManySamples(limits.samples);
      is_over_ = true;
    }
  }
  if (IsTooLate()) {
    status_ = TookTooLong(limits.time_ms);
    is_over_ = true;
  }
  return !is_over_;
}

// What may change while it is read: the open block's points are taken, the closed blocks held.
void GroupReader::ReadMemory(const SelectedGroup& selected) {
  Group& group = *selected.group;
  closed_.clear();
  memory_start_ms_ = INT64_MAX;
  MutexLock lock(group.mutex);
  places_ = group.places;
  for (const ClosedBlock& closed : group.closed) {
    if (closed.written_at > state_.commit) closed_.push_back(closed.block);
  }
  // Usually its partition begins before; it may be lost.
  if (!closed_.empty()) {
    memory_start_ms_ = closed_.front()->first_ts_ms();
  } else if (group.open) {
    memory_start_ms_ = group.open->first_ts_ms();
  }
  // Its first mention of a series is the newest, so it is asked first.
  if (!group.open) return;
  group.open->Read(wanted_, selection_.start_ms, selection_.end_ms, state_.commit, newest_,
                   selection_.with_previous ? &previous_ : nullptr, scratch_);
}

// What only tiers coarser than the preferred one still have.
void GroupReader::ReadOlder(const SelectedGroup& selected) {
  for (std::size_t tier = state_.tiers.size() - 1; tier > tier_; --tier) {
    std::int64_t end_ms = selection_.end_ms;
    for (std::size_t finer = tier_; finer < tier; ++finer) {
      const std::int64_t cover_ms = CoverStartMs(finer);
      if (cover_ms != INT64_MAX) end_ms = std::min(end_ms, cover_ms - 1);
    }
    if (end_ms >= selection_.start_ms) ReadTier(selected, tier, {selection_.start_ms, end_ms});
  }
}

// Whole intervals from the preferred tier, what it does not have and the beginning from finer ones.
void GroupReader::ReadPreferred(const SelectedGroup& selected) {
  Range range{selection_.start_ms, selection_.end_ms};
  if (tier_ == 0) return ReadAll(selected, range);
  const std::int64_t resolution_ms = state_.tiers[tier_].resolution_ms;
  // Not where only the tier reaches back so far.
  if (CoverStartMs(0) <= range.start_ms) {
    const std::int64_t all_until_ms = std::max(range.start_ms, selection_.all_until_ms);
    const std::int64_t whole_ms = SpanStartMs(all_until_ms - 1, resolution_ms) + resolution_ms;
    ReadAll(selected, {range.start_ms, std::min(range.end_ms, whole_ms - 1)});
    range.start_ms = whole_ms;
  }
  const std::int64_t end_ms =
      range.end_ms == INT64_MAX ? range.end_ms : SpanStartMs(range.end_ms + 1, resolution_ms) - 1;
  ReadFrom(selected, tier_, {range.start_ms, end_ms});
  if (end_ms < range.end_ms) ReadAll(selected, {std::max(range.start_ms, end_ms + 1), range.end_ms});
}

// A tier may have come into the configuration later than the samples, and a partition of it may be lost: where it has
// nothing, finer ones may have something.
void GroupReader::ReadFrom(const SelectedGroup& selected, std::size_t tier, Range range) {
  if (range.start_ms > range.end_ms || is_over_) return;
  if (tier == 0) return ReadAll(selected, range);
  const std::int64_t start_ms = range.start_ms;
  bool is_adjacent = false;  // to what was read of the tier before
  for (const PartitionView& view : state_.tiers[tier].partitions) {
    if (view.partition->end_ms() <= range.start_ms || view.partition->start_ms() > range.end_ms) continue;
    const std::int64_t first_ms = FirstIn(view, range.start_ms);
    if (first_ms == INT64_MAX) continue;
    is_adjacent = is_adjacent && view.partition->start_ms() <= range.start_ms;
    if (!is_adjacent) ReadFrom(selected, tier - 1, {range.start_ms, std::min(first_ms - 1, range.end_ms)});
    ReadPartition(selected, view, range, tier);
    range.start_ms = view.partition->end_ms();
    is_adjacent = true;
  }
  // What it does not have yet.
  std::int64_t rest_ms = start_ms;
  for (const PointBuffer& points : points_) {
    if (!points.empty()) rest_ms = std::max(rest_ms, points.back().ts_ms + 1);
  }
  ReadFrom(selected, tier - 1, {rest_ms, range.end_ms});
}

// From when on the tier, or memory, has the group; the largest when it has not. When that is before what is asked
// about: any time from there to where that begins.
std::int64_t GroupReader::CoverStartMs(std::size_t tier) {
  const std::int64_t memory_ms = tier == 0 ? memory_start_ms_ : INT64_MAX;
  if (memory_ms <= selection_.start_ms) return memory_ms;
  for (const PartitionView& view : state_.tiers[tier].partitions) {
    const std::int64_t first_ms = FirstIn(view, INT64_MIN, selection_.start_ms);
    if (first_ms != INT64_MAX) return std::min(first_ms, memory_ms);
  }
  return memory_ms;
}

// All samples: of partitions, closed blocks and the open one.
void GroupReader::ReadAll(const SelectedGroup& selected, Range range) {
  if (range.start_ms > range.end_ms) return;
  ReadTier(selected, 0, range);
  for (const auto& block : closed_) ReadClosed(*block, range);
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const auto by_time = [](const Point& point, std::int64_t ts_ms) { return point.ts_ms < ts_ms; };
    const std::span<const Point> newest = newest_[i].points();
    const auto from = std::lower_bound(newest.begin(), newest.end(), range.start_ms, by_time);
    const auto to = std::find_if(from, newest.end(), [&range](const Point& p) { return p.ts_ms > range.end_ms; });
    const auto ends = std::lower_bound(from, to, ends_from_ms_, by_time);
    points_[i].Append({from, ends});
    AppendEnds({ends, to}, selection_.ends_of_ms, points_[i]);
  }
}

void GroupReader::ReadTier(const SelectedGroup& selected, std::size_t tier, Range range) {
  for (const PartitionView& view : state_.tiers[tier].partitions) {
    if (view.partition->end_ms() <= range.start_ms || view.partition->start_ms() > range.end_ms) continue;
    if (is_over_) return;
    ReadPartition(selected, view, range);
  }
}

// A block whose write was reported as failed may be in its partition after all: its points are not given again.
void GroupReader::ReadClosed(const OpenBlock& block, Range range) {
  sizes_.clear();
  for (const PointBuffer& points : points_) sizes_.push_back(points.size());
  block.Read(wanted_, range.start_ms, range.end_ms, state_.commit, points_, nullptr, scratch_);
  for (std::size_t i = 0; i < points_.size(); ++i) {
    const std::span<Point> all = points_[i].points();
    if (sizes_[i] == 0 || sizes_[i] == all.size()) continue;
    const auto added = all.subspan(sizes_[i]);
    const std::int64_t last_ms = all[sizes_[i] - 1].ts_ms;
    const auto from = std::find_if(added.begin(), added.end(), [last_ms](const Point& p) { return p.ts_ms > last_ms; });
    if (from != added.begin()) points_[i].SetEnd(std::copy(from, added.end(), added.data()));
  }
}

}  // namespace proxy_telemetry::tsdb

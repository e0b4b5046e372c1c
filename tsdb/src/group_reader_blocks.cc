// GroupReader's reading of partitions: the blocks of one group, and of them the columns asked for.
#include <algorithm>
#include <string>

#include "codec/presence.h"
#include "group_reader.h"
#include "partition/keys.h"
#include "span.h"

namespace proxy_telemetry::tsdb {

// The first row of the group from start_ms on, or any row up to enough_ms; INT64_MAX: there is none.
std::int64_t GroupReader::FirstIn(const PartitionView& view, std::int64_t start_ms, std::int64_t enough_ms) {
  const std::uint32_t place = PlaceIn(view);
  if (place == kNoPlace) return INT64_MAX;
  leveldb::Iterator& it = IteratorOf(view);
  std::uint32_t group = 0;
  std::int64_t last_ms = 0;
  it.Seek(BlockKey(place, start_ms));
  if (!it.status().ok()) NoteDamage(view, it.status().ToString());
  if (!it.Valid() || !ParseBlockKey(Bytes(it.key()), group, last_ms) || group != place) return INT64_MAX;
  if (last_ms <= enough_ms) return last_ms;
  // A damaged one is noted when it is read.
  if (!DecodeBlock(view, view.partition->ColumnsOf(place), it)) return std::max(start_ms, view.partition->start_ms());
  const auto first = std::lower_bound(ts_ms_.begin(), ts_ms_.end(), start_ms);
  return first == ts_ms_.end() ? INT64_MAX : *first;
}

std::uint32_t GroupReader::PlaceIn(const PartitionView& view) const {
  for (const GroupPlace& place : places_) {
    if (place.partition == view.partition->number()) return place.id;
  }
  return kNoPlace;
}

void GroupReader::ReadPartition(const SelectedGroup& selected, const PartitionView& view, Range range,
                                std::size_t tier) {
  const std::uint32_t place = PlaceIn(view);
  if (place == kNoPlace) return;
  const ColumnListPtr columns = view.partition->ColumnsOf(place);
  Locate(selected, columns);
  if (std::all_of(positions_.begin(), positions_.end(), [](std::int64_t position) { return position < 0; })) return;
  leveldb::Iterator& it = IteratorOf(view);
  std::uint32_t group = 0;
  std::int64_t last_ms = 0;
  std::int64_t read_to_ms = INT64_MAX;
  for (it.Seek(BlockKey(place, range.start_ms)); it.Valid(); it.Next()) {
    if (!ParseBlockKey(Bytes(it.key()), group, last_ms) || group != place) break;
    if (!DecodeBlock(view, columns, it)) continue;
    if (block_.first_ts_ms() > range.end_ms) break;
    // A tier may have been out of the configuration for a while.
    if (tier != 0 && read_to_ms < block_.first_ts_ms() - state_.tiers[tier].resolution_ms) {
      ReadFrom(selected, tier - 1, {read_to_ms + 1, block_.first_ts_ms() - 1});
      Locate(selected, columns);
      if (!DecodeBlock(view, columns, it)) continue;
    }
    TakePoints(range);
    read_to_ms = last_ms;
    if (last_ms >= range.end_ms || !IsWithinLimits()) break;
  }
  if (!it.status().ok()) NoteDamage(view, it.status().ToString());
}

bool GroupReader::DecodeBlock(const PartitionView& view, const ColumnListPtr& columns, leveldb::Iterator& it) {
  // What was looked through for points before the time asked for is often where that time begins.
  if (opened_in_ == view.partition.get() && opened_columns_ == columns && opened_key_ == Bytes(it.key())) return true;
  opened_in_ = nullptr;
  opened_columns_ = columns;
  opened_key_ = Bytes(it.key());
  opened_value_ = Bytes(it.value());
  if (block_.Open(opened_key_, opened_value_, columns->shape()) && block_.columns() <= columns->size() &&
      block_.ReadTimestamps(ts_ms_)) {
    opened_in_ = view.partition.get();
    return true;
  }
  NoteDamage(view, "a block is damaged");
  return false;
}

// Of the block that is open. Points only ever ascend: what a coarser tier gave already is not given again.
void GroupReader::TakePoints(Range range) {
  const auto from =
      static_cast<std::size_t>(std::lower_bound(ts_ms_.begin(), ts_ms_.end(), range.start_ms) - ts_ms_.begin());
  const auto to =
      static_cast<std::size_t>(std::upper_bound(ts_ms_.begin(), ts_ms_.end(), range.end_ms) - ts_ms_.begin());
  if (from >= to) return;
  const auto ends_from =
      static_cast<std::size_t>(std::lower_bound(ts_ms_.begin(), ts_ms_.end(), ends_from_ms_) - ts_ms_.begin());
  const std::size_t all_to = std::clamp(ends_from, from, to);
  FindIntervals(all_to, to);
  FindPicks(from, all_to, to);
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    if (positions_[i] < 0 || static_cast<std::size_t>(positions_[i]) >= block_.columns()) continue;
    const auto position = static_cast<std::size_t>(positions_[i]);
    PointBuffer& points = points_[i];
    std::size_t first = from;
    while (first < to && !points.empty() && ts_ms_[first] <= points.back().ts_ms) ++first;
    const bool is_picked = !picks_.empty() && first == from && block_.HasAll(position);
    if (!(is_picked ? block_.ReadPicked(position, values_) : block_.ReadColumn(position, values_, present_))) {
      if (status_.ok()) status_ = Status::Corruption("a column of a block is damaged");
      continue;
    }
    if (is_picked) {
      TakePicked(points);
      continue;
    }
    if (first < all_to) TakeAll(first, all_to, points);
    TakeEnds(std::max(first, all_to), to, points);
  }
}

void GroupReader::TakeAll(std::size_t from, std::size_t to, PointBuffer& points) const {
  const std::int64_t* const ts_ms = ts_ms_.data();
  const double* const values = values_.data();
  Point* out = points.MakeRoom(to - from);
  if (present_.empty()) {
    for (std::size_t tick = from; tick < to; ++tick) *out++ = {ts_ms[tick], values[tick]};
  } else {
    for (std::size_t tick = from; tick < to; ++tick) {
      *out = {ts_ms[tick], values[tick]};
      out += IsPresent(present_, tick) ? 1 : 0;
    }
  }
  points.SetEnd(out);
}

void GroupReader::TakePicked(PointBuffer& points) const {
  Point* out = points.MakeRoom(picks_.size());
  for (std::size_t i = 0; i < picks_.size(); ++i) *out++ = {ts_ms_[picks_[i]], values_[i]};
  points.SetEnd(out);
}

void GroupReader::TakeEnds(std::size_t from, std::size_t to, PointBuffer& points) const {
  for (const std::size_t end : interval_ends_) {
    if (end <= from) continue;
    std::size_t last = std::min(end, to);
    while (from < last && !IsPresent(present_, from)) ++from;
    while (from < last && !IsPresent(present_, last - 1)) --last;
    if (from < last) points.push_back({ts_ms_[from], values_[from]});
    if (from + 1 < last) points.push_back({ts_ms_[last - 1], values_[last - 1]});
    from = end;
  }
}

void GroupReader::FindIntervals(std::size_t from, std::size_t to) {
  interval_ends_.clear();
  for (std::size_t tick = from; tick < to;) {
    const std::int64_t end_ms = SpanStartMs(ts_ms_[tick], selection_.ends_of_ms) + selection_.ends_of_ms;
    while (tick < to && ts_ms_[tick] < end_ms) ++tick;
    interval_ends_.push_back(tick);
  }
}

void GroupReader::FindPicks(std::size_t from, std::size_t all_to, std::size_t to) {
  picks_.clear();
  if (all_to - from + 2 * interval_ends_.size() > (to - from) / 2) return;
  for (std::size_t tick = from; tick < all_to; ++tick) picks_.push_back(static_cast<std::uint32_t>(tick));
  std::size_t first = all_to;
  for (const std::size_t end : interval_ends_) {
    picks_.push_back(static_cast<std::uint32_t>(first));
    if (end - 1 != first) picks_.push_back(static_cast<std::uint32_t>(end - 1));
    first = end;
  }
  block_.Pick(picks_);
}

// Newest first: the open block was looked at, then the closed ones, all samples, and tiers where these begin later.
void GroupReader::FindPrevious(const SelectedGroup& selected) {
  const std::int64_t start_ms = selection_.start_ms;
  if (start_ms == INT64_MIN) return;
  for (auto block = closed_.rbegin(); block != closed_.rend(); ++block) {
    (*block)->Read(wanted_, start_ms, start_ms - 1, state_.commit, points_, &previous_, scratch_);
  }
  const auto is_missing = [this] {
    return std::find(scratch_.has_previous.begin(), scratch_.has_previous.end(), false) != scratch_.has_previous.end();
  };
  std::int64_t before_ms = start_ms;
  for (std::size_t tier = 0; tier < state_.tiers.size() && is_missing(); ++tier) {
    const auto& partitions = state_.tiers[tier].partitions;
    for (auto view = partitions.rbegin(); view != partitions.rend() && is_missing() && !is_over_; ++view) {
      if (view->partition->start_ms() < before_ms) FindPreviousIn(selected, *view);
    }
    before_ms = std::min(before_ms, CoverStartMs(tier));
  }
  for (std::size_t i = 0; i < points_.size(); ++i) {
    if (scratch_.has_previous[i]) points_[i].push_back(previous_[i]);
  }
}

void GroupReader::FindPreviousIn(const SelectedGroup& selected, const PartitionView& view) {
  const std::uint32_t place = PlaceIn(view);
  if (place == kNoPlace) return;
  const ColumnListPtr columns = view.partition->ColumnsOf(place);
  Locate(selected, columns);
  // A series that has no column here has nothing to be looked for.
  const auto is_missing_here = [this] {
    for (std::size_t i = 0; i < positions_.size(); ++i) {
      if (positions_[i] >= 0 && !scratch_.has_previous[i]) return true;
    }
    return false;
  };
  if (!is_missing_here()) return;
  leveldb::Iterator& it = IteratorOf(view);
  it.Seek(BlockKey(place, selection_.start_ms));
  if (!it.Valid() && it.status().ok()) it.SeekToLast();
  std::uint32_t group = 0;
  std::int64_t last_ms = 0;
  // The first one may be of a group behind this one.
  for (bool first = true; it.Valid() && is_missing_here() && IsWithinLimits(); it.Prev(), first = false) {
    const bool is_block = ParseBlockKey(Bytes(it.key()), group, last_ms);
    if (!is_block || group != place) {
      if (first) continue;
      break;
    }
    if (DecodeBlock(view, columns, it)) TakePrevious();
  }
  if (!it.status().ok()) NoteDamage(view, it.status().ToString());
}

// Of the block that is open, for the series that have none yet.
void GroupReader::TakePrevious() {
  const auto end = std::lower_bound(ts_ms_.begin(), ts_ms_.end(), selection_.start_ms);
  if (end == ts_ms_.begin()) return;
  for (std::size_t i = 0; i < positions_.size(); ++i) {
    if (scratch_.has_previous[i] || positions_[i] < 0) continue;
    const auto position = static_cast<std::size_t>(positions_[i]);
    if (position >= block_.columns()) continue;
    if (!block_.ReadColumn(position, values_, present_)) {
      if (status_.ok()) status_ = Status::Corruption("a column of a block is damaged");
      continue;
    }
    for (auto tick = static_cast<std::size_t>(end - ts_ms_.begin()); tick-- > 0;) {
      if (!IsPresent(present_, tick)) continue;
      previous_[i] = {ts_ms_[tick], values_[tick]};
      scratch_.has_previous[i] = true;
      break;
    }
  }
}

void GroupReader::Locate(const SelectedGroup& selected, const ColumnListPtr& columns) {
  if (located_in_ == columns && located_from_ == selected.columns && located_slots_ == selected.slots) return;
  located_in_ = nullptr;
  positions_.clear();
  for (const std::uint32_t slot : *selected.slots) {
    const auto position = columns->Find((*selected.columns)[slot].get());
    positions_.push_back(position ? static_cast<std::int64_t>(*position) : -1);
  }
  located_in_ = columns;
  located_from_ = selected.columns;
  located_slots_ = selected.slots;
}

leveldb::Iterator& GroupReader::IteratorOf(const PartitionView& view) {
  OpenIterator& open = iterators_[view.partition.get()];
  if (!open.it) open = {view.snapshot, view.snapshot->NewIterator()};
  return *open.it;
}

void GroupReader::NoteDamage(const PartitionView& view, const std::string& what) {
  if (status_.ok()) status_ = Status::Corruption(view.partition->path().string() + ": " + what);
}

}  // namespace proxy_telemetry::tsdb

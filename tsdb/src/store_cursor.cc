#include <leveldb/db.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "database.h"
#include "keys.h"
#include "row_codec.h"
#include "store_view.h"

namespace proxy_telemetry::tsdb {
namespace {

std::unique_ptr<leveldb::Iterator> NewIterator(const PartitionView& partition) {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  options.snapshot = partition.snapshot.get();
  return std::unique_ptr<leveldb::Iterator>(partition.partition->db().NewIterator(options));
}

}  // namespace

StoreCursor::StoreCursor(const StoreView& view, const Selection& selection, const std::vector<SeriesHandle>& series)
    : view_(view),
      start_ms_(selection.start_ms),
      end_ms_(selection.end_ms),
      with_previous_(selection.with_previous),
      status_(view.incomplete()) {
  std::unordered_map<std::string, std::vector<SeriesHandle>> by_key;
  for (const SeriesHandle& handle : series) {
    by_key[GroupKey(handle->labels(), view.store().group_labels())].push_back(handle);
  }
  for (auto& [key, members] : by_key) AddTurns(key, std::move(members));
}

void StoreCursor::AddTurns(const std::string& group_key, std::vector<SeriesHandle> series) {
  if (series.size() > kGroupSlotsMax) {
    WantedSeries wanted;
    for (std::size_t i = 0; i < series.size(); ++i) wanted.emplace(series[i].get(), i);
    const auto& partitions = view_.partitions();
    for (auto partition = partitions.rbegin(); partition != partitions.rend() && !wanted.empty(); ++partition) {
      for (const GroupPlaces& group : view_.store().Locate(*partition->partition, group_key, wanted)) {
        Turn& turn = turns_.emplace_back(Turn{group_key, {}});
        for (const Place& place : group.places) {
          wanted.erase(series[place.series].get());
          turn.series.push_back(std::move(series[place.series]));
        }
      }
    }
    std::erase(series, nullptr);
  }
  for (std::size_t begin = 0; begin < series.size(); begin += kGroupSlotsMax) {
    const auto first = series.begin() + static_cast<std::ptrdiff_t>(begin);
    turns_.push_back(
        {group_key, {first, first + static_cast<std::ptrdiff_t>(std::min(kGroupSlotsMax, series.size() - begin))}});
  }
}

bool StoreCursor::Next() {
  while (true) {
    if (turn_ != nullptr) {
      while (++position_ < points_.size()) {
        if (!points_[position_].empty()) return true;
      }
    }
    if (next_turn_ == turns_.size()) {
      position_ = 0;
      return false;
    }
    turn_ = &turns_[next_turn_++];
    ReadTurn();
    position_ = static_cast<std::size_t>(-1);
  }
}

void StoreCursor::ReadTurn() {
  points_.resize(turn_->series.size());
  for (auto& points : points_) points.clear();
  WantedSeries wanted;
  for (std::size_t i = 0; i < turn_->series.size(); ++i) wanted.emplace(turn_->series[i].get(), i);
  if (with_previous_) ReadPrevious(wanted);
  for (const PartitionView& partition : view_.partitions()) {
    if (partition.partition->end_ms() <= start_ms_ || partition.partition->start_ms() > end_ms_) continue;
    for (const GroupPlaces& group : view_.store().Locate(*partition.partition, turn_->group_key, wanted)) {
      ReadRows(partition, group);
    }
  }
}

void StoreCursor::ReadRows(const PartitionView& partition, const GroupPlaces& group) {
  SetSlots(group);
  const auto it = NewIterator(partition);
  std::int64_t ts_ms = 0;
  for (it->Seek(RowKey(group.group, start_ms_));
       it->Valid() && ParseRowKey(Bytes(it->key()), group.group, ts_ms) && ts_ms <= end_ms_; it->Next()) {
    TakeRow(partition, Bytes(it->key()), Bytes(it->value()), ts_ms, nullptr);
  }
  if (!it->status().ok()) NoteDamage(partition, it->status().ToString());
}

void StoreCursor::ReadPrevious(const WantedSeries& wanted) {
  std::vector<bool> found(wanted.size(), false);
  const auto& partitions = view_.partitions();
  for (auto partition = partitions.rbegin(); partition != partitions.rend(); ++partition) {
    if (partition->partition->start_ms() >= start_ms_) continue;
    for (GroupPlaces& group : view_.store().Locate(*partition->partition, turn_->group_key, wanted)) {
      // A series that began here only later has nothing to be looked for: no search through all of the past.
      std::erase_if(group.places, [&](const Place& p) { return found[p.series] || p.first_ts_ms >= start_ms_; });
      if (!group.places.empty()) ReadPreviousIn(*partition, group, found);
    }
    if (std::find(found.begin(), found.end(), false) == found.end()) return;
  }
}

void StoreCursor::ReadPreviousIn(const PartitionView& partition, const GroupPlaces& group, std::vector<bool>& found) {
  SetSlots(group);
  const auto it = NewIterator(partition);
  it->Seek(RowKey(group.group, start_ms_));
  if (it->Valid()) {
    it->Prev();
  } else if (it->status().ok()) {
    it->SeekToLast();
  }
  std::size_t missing = group.places.size();
  std::int64_t ts_ms = 0;
  for (; missing > 0 && it->Valid() && ParseRowKey(Bytes(it->key()), group.group, ts_ms); it->Prev()) {
    TakeRow(partition, Bytes(it->key()), Bytes(it->value()), ts_ms, &found);
    for (const Place& place : group.places) {
      if (found[place.series] || points_[place.series].empty()) continue;
      found[place.series] = true;
      --missing;
    }
  }
  if (!it->status().ok()) NoteDamage(partition, it->status().ToString());
}

void StoreCursor::SetSlots(const GroupPlaces& group) {
  series_of_slot_.assign(kGroupSlotsMax, -1);
  for (const Place& place : group.places) series_of_slot_[place.slot] = static_cast<std::int64_t>(place.series);
}

void StoreCursor::TakeRow(const PartitionView& partition, std::string_view key, std::string_view row,
                          std::int64_t ts_ms, const std::vector<bool>* skip) {
  row_.clear();
  const bool sound = DecodeRow(key, row, [this, skip](std::uint32_t slot, double value) {
    if (slot >= series_of_slot_.size() || series_of_slot_[slot] < 0) return;
    const auto series = static_cast<std::size_t>(series_of_slot_[slot]);
    if (skip == nullptr || !(*skip)[series]) row_.emplace_back(series, value);
  });
  if (!sound) {
    NoteDamage(partition, "the row of " + std::to_string(ts_ms) + " ms is damaged");
    return;
  }
  for (const auto& [series, value] : row_) points_[series].push_back({ts_ms, value});
}

void StoreCursor::NoteDamage(const PartitionView& partition, const std::string& what) {
  if (status_.ok()) status_ = Status::Corruption(partition.partition->path().string() + ": " + what);
}

}  // namespace proxy_telemetry::tsdb

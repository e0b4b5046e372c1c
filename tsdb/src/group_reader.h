// GroupReader: the points of some series of one group, from all that a view has: tiers, partitions, closed and open
// blocks.
//
// Decodes only the blocks of the time asked for and of them only the columns asked for. One thread at a time; made for
// one view and used for many groups, it keeps its buffers and iterators.
#pragma once

#include <leveldb/iterator.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "catalog/group.h"
#include "catalog/series_index.h"
#include "point_buffer.h"
#include "read_buffers.h"
#include "store_state.h"
#include "tsdb/store.h"

namespace proxy_telemetry::tsdb {

class GroupReader {
 public:
  // All must outlive it. Once `stop` is true it ends early.
  GroupReader(const StoreState& state, const Selection& selection, const std::atomic<bool>* stop = nullptr);
  ~GroupReader();
  GroupReader(const GroupReader&) = delete;
  GroupReader& operator=(const GroupReader&) = delete;

  // Fills points()[i] for the i-th of the selected slots. Nothing once a limit was hit.
  void Read(const SelectedGroup& selected);
  const std::vector<PointBuffer>& points() const { return points_; }
  // Gives them away, for others to be overwritten.
  void SwapPoints(std::vector<PointBuffer>& points) { points_.swap(points); }
  // Damage met so far, or the limit that was hit.
  const Status& status() const { return status_; }
  // A limit was hit: there is no more.
  bool is_over() const { return is_over_; }
  static Status TooManySamples(std::uint64_t limit);
  static Status TookTooLong(std::int64_t limit_ms);
  bool IsTooLate() const;

 private:
  struct Range {
    std::int64_t start_ms;
    std::int64_t end_ms;
  };

  void ReadMemory(const SelectedGroup& selected);
  void ReadOlder(const SelectedGroup& selected);
  void ReadPreferred(const SelectedGroup& selected);
  void ReadFrom(const SelectedGroup& selected, std::size_t tier, Range range);
  std::int64_t FirstIn(const PartitionView& view, std::int64_t start_ms, std::int64_t enough_ms = INT64_MIN);
  std::int64_t CoverStartMs(std::size_t tier);
  void ReadAll(const SelectedGroup& selected, Range range);
  void ReadTier(const SelectedGroup& selected, std::size_t tier, Range range);
  void ReadClosed(const OpenBlock& block, Range range);
  // With a tier: what it lacks between blocks comes from finer ones.
  void ReadPartition(const SelectedGroup& selected, const PartitionView& view, Range range, std::size_t tier = 0);
  void FindPrevious(const SelectedGroup& selected);
  void FindPreviousIn(const SelectedGroup& selected, const PartitionView& view);

  std::uint32_t PlaceIn(const PartitionView& view) const;
  bool DecodeBlock(const PartitionView& view, const ColumnListPtr& columns, leveldb::Iterator& it);
  void TakePoints(Range range);
  // Appends column values_ of the open block to `points`: all, or those at the ends of intervals.
  void TakeAll(std::size_t from, std::size_t to, PointBuffer& points) const;
  void TakeEnds(std::size_t from, std::size_t to, PointBuffer& points) const;
  void TakePicked(PointBuffer& points) const;
  void FindIntervals(std::size_t from, std::size_t to);
  // The ticks that TakeAll and TakeEnds take of a column that has them all.
  void FindPicks(std::size_t from, std::size_t all_to, std::size_t to);
  void TakePrevious();
  // Where the wanted series are in blocks of those columns, into positions_.
  void Locate(const SelectedGroup& selected, const ColumnListPtr& columns);
  leveldb::Iterator& IteratorOf(const PartitionView& view);
  void NoteDamage(const PartitionView& view, const std::string& what);
  // Counts what was decoded of the group so far. False when that is too much, or it took too long.
  bool IsWithinLimits();

  const StoreState& state_;
  const Selection& selection_;
  const std::atomic<bool>* const stop_;
  std::size_t tier_ = 0;  // the preferred one
  // Where only the ends of intervals are asked for.
  std::int64_t ends_from_ms_ = INT64_MAX;
  const std::shared_ptr<ReadBufferPool> pool_;
  std::unique_ptr<ReadBuffers> buffers_;
  std::vector<PointBuffer>& points_;
  std::vector<Point> previous_;
  ReadScratch scratch_;
  BlockReader& block_;
  struct OpenIterator {
    std::shared_ptr<const DatabaseSnapshot> snapshot;  // must outlive the iterator
    std::unique_ptr<leveldb::Iterator> it;
  };
  std::unordered_map<const Partition*, OpenIterator> iterators_;

  // Of the group being read.
  std::vector<GroupPlace> places_;
  WantedSlots wanted_;
  std::vector<std::shared_ptr<const OpenBlock>> closed_;  // in memory, by time
  std::vector<std::size_t> sizes_;                        // scratch
  std::int64_t memory_start_ms_ = INT64_MAX;              // of what it has in memory
  std::vector<PointBuffer>& newest_;                      // of the open block

  // What positions_ was made of; neighbours have mostly the same.
  ColumnListPtr located_from_;
  ColumnListPtr located_in_;
  std::shared_ptr<const std::vector<std::uint32_t>> located_slots_;
  std::vector<std::int64_t> positions_;  // by wanted series; -1: not there

  // The block that is open, and what is known of it.
  const Partition* opened_in_ = nullptr;
  ColumnListPtr opened_columns_;
  std::string opened_key_;
  std::string opened_value_;
  std::vector<std::size_t> interval_ends_;  // ticks, of those asked for
  std::vector<std::uint32_t> picks_;        // empty where nearly all ticks are asked for
  std::vector<std::int64_t> ts_ms_;
  std::vector<double> values_;
  Presence present_;
  Status status_;
  bool is_over_ = false;
  const std::int64_t start_us_;       // of the query
  std::uint64_t samples_before_ = 0;  // of other groups
};

}  // namespace proxy_telemetry::tsdb

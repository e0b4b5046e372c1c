// OpenBlock: the newest samples of a group, in memory as a log of rows, until they become a block.
//
// Rows that come in the order of time go to the first run; a row older than the newest goes to a further one, so that
// late samples are kept without moving others. All of it lies within one partition's time. Guarded by its group's
// mutex while it is the open one; immutable once it is closed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/labels.h"
#include "codec/block.h"
#include "codec/row.h"
#include "point_buffer.h"
#include "tsdb/series.h"

namespace proxy_telemetry::tsdb {

// A log of rows, ascending in time.
struct Run {
  RowState state;    // after the last row
  std::string rows;  // the first is the difference to an empty state
  std::uint32_t count = 0;
  // Where its last row was logged, and how many rows since it was logged as a whole.
  std::uint64_t segment = 0;
  std::uint32_t since_base = 0;
};

// What is asked of a group: by slot, the index of the wanted series, or -1.
using WantedSlots = std::vector<std::int32_t>;

// Buffers of a reader, kept from group to group.
struct ReadScratch {
  RowState state;
  std::vector<bool> has_previous;
};

// Rows of a group's first block in a partition: between half of `ticks` and `ticks`, different from group to group.
std::size_t FirstBlockTicks(const Labels& group_labels, std::size_t ticks);

class OpenBlock {
 public:
  OpenBlock(std::int64_t start_ms, std::int64_t end_ms) : start_ms_(start_ms), end_ms_(end_ms) {}

  // The partition's time, of which it is a part.
  std::int64_t start_ms() const { return start_ms_; }
  std::int64_t end_ms() const { return end_ms_; }

  bool empty() const { return runs_.empty(); }
  std::int64_t first_ts_ms() const { return first_ts_ms_; }
  std::int64_t last_ts_ms() const { return last_ts_ms_; }
  std::size_t rows() const { return rows_; }
  std::size_t bytes() const;
  // The first segment of the log that has a row of it.
  std::uint64_t first_segment() const { return first_segment_; }

  // Whether it has, or had before an undone commit, a sample of that slot.
  bool HasSeen(std::size_t slot) const {
    return slot / 64 < seen_.size() && ((seen_[slot / 64] >> (slot % 64)) & 1U) != 0;
  }

  // Clears present[slot] for what is there already at that time; returns how many it cleared.
  std::size_t DropKnown(std::int64_t ts_ms, std::span<std::uint8_t> present) const;
  // Index of the run that takes a row of that time, made if there is none.
  std::size_t RunFor(std::int64_t ts_ms);
  const Run& run(std::size_t index) const { return runs_[index]; }
  std::size_t runs() const { return runs_.size(); }

  // Adds a row to that run. It was, or is about to be, logged in `segment`, `based`: with all it is a difference to.
  void Add(std::size_t run, const RowInput& input, std::uint64_t segment, bool based);
  // Takes the last row of the run off again: its commit failed.
  void Undo(std::size_t run);
  // All runs into one, as if all of it had come with `commit`: only while no reader is older than that.
  void Consolidate(std::uint64_t commit);

  // All that it has, sorted by time, `slots` columns.
  BlockContent Content(std::size_t slots) const;
  // Appends the points of `wanted` from start_ms to end_ms that came with `commit` or earlier to `out`, ascending.
  // With `previous`: for each wanted series without a mark in scratch.has_previous, the last point before start_ms.
  void Read(const WantedSlots& wanted, std::int64_t start_ms, std::int64_t end_ms, std::uint64_t commit,
            std::vector<PointBuffer>& out, std::vector<Point>* previous, ReadScratch& scratch) const;

 private:
  void ReadRun(const Run& run, const WantedSlots& wanted, std::int64_t start_ms, std::int64_t end_ms,
               std::uint64_t commit, std::vector<PointBuffer>& out, std::vector<Point>* previous, ReadScratch& scratch,
               std::vector<bool>& found) const;
  void NoteBounds();

  std::int64_t start_ms_;
  std::int64_t end_ms_;
  std::int64_t first_ts_ms_ = 0;
  std::int64_t last_ts_ms_ = 0;
  std::size_t rows_ = 0;
  std::uint64_t first_segment_ = 0;
  std::vector<Run> runs_;
  Presence seen_;  // by slot
};

}  // namespace proxy_telemetry::tsdb

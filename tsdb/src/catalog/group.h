// Group: series that have equal values of the group labels (one host of one target), and so mostly their timestamps.
// What is read and written together. Series: one of its slots.
//
// A group is held by the store while a sample of it is kept, and by every handle of its series.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "base/labels.h"
#include "base/mutex.h"
#include "catalog/column.h"
#include "head/open_block.h"
#include "tsdb/series.h"

namespace proxy_telemetry::tsdb {

// A label set with more series gets further groups: a reader of one series decodes no more than this beside it.
inline constexpr std::size_t kGroupSlotsMax = 256;

class Group;

class Series {
 public:
  Series(Group* in_group, std::uint32_t at_slot) : group(in_group), slot(at_slot) {}

  Group* const group;
  const std::uint32_t slot;
  // Views of commits [kept_from, kept_until) know it. Guarded by the group's mutex.
  std::uint32_t kept_from = UINT32_MAX;
  std::uint32_t kept_until = UINT32_MAX;

  bool IsKept() const { return kept_from != UINT32_MAX && kept_until == UINT32_MAX; }
  bool IsKeptAt(std::uint64_t commit) const { return kept_from <= commit && commit < kept_until; }
};

// A block that takes no more rows. Views of commits before `written_at` read it here, later ones in its partition.
struct ClosedBlock {
  std::shared_ptr<const OpenBlock> block;
  std::uint64_t written_at = UINT64_MAX;
};

// A group's number in a partition.
struct GroupPlace {
  std::uint32_t partition = 0;
  std::uint32_t id = 0;
};

class Group : public std::enable_shared_from_this<Group> {
 public:
  Group(Labels group_labels, std::uint32_t group_ordinal) : labels(std::move(group_labels)), ordinal(group_ordinal) {}

  const Labels labels;
  // Of the groups of one label set, from 0.
  const std::uint32_t ordinal;

  // Taken for short: no I/O, no encoding.
  mutable Mutex mutex;
  std::deque<Series> series GUARDED_BY(mutex);  // by slot; addresses stay
  std::unique_ptr<OpenBlock> open GUARDED_BY(mutex);
  std::vector<ClosedBlock> closed GUARDED_BY(mutex);  // by time
  std::vector<GroupPlace> places GUARDED_BY(mutex);
  std::size_t unkept GUARDED_BY(mutex) = 0;  // series of which no sample is kept
  // Nothing older than this, or of just this time, is taken.
  std::int64_t closed_until_ms GUARDED_BY(mutex) = INT64_MIN;

  // The slot of that column; made if there is none and there is room, else null.
  Series* FindOrAdd(const ColumnPtr& column) REQUIRES(mutex);
  const ColumnPtr& ColumnAt(std::size_t slot) const REQUIRES(mutex);
  // All its columns by slot.
  const ColumnListPtr& Columns(ColumnTable& table) REQUIRES(mutex);
  std::uint32_t PlaceIn(std::uint32_t partition) const REQUIRES(mutex);

  // The store's writer alone: index into the round being made.
  std::uint32_t stage = UINT32_MAX;
  // The same: it is among those that have an open block or closed ones in memory.
  bool is_in_head = false;
  // The same: its number in that segment of the log.
  std::uint64_t log_segment = 0;
  std::uint32_t log_id = 0;

 private:
  ColumnListPtr columns_ GUARDED_BY(mutex);
  std::vector<ColumnPtr> added_ GUARDED_BY(mutex);  // since columns_ was made
};

inline constexpr std::uint32_t kNoPlace = UINT32_MAX;

}  // namespace proxy_telemetry::tsdb

// Contents of whole groups, as an import merges them. Pure functions but for the one that reads.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "catalog/column.h"
#include "codec/block.h"
#include "partition/partition.h"

namespace proxy_telemetry::tsdb {

struct GroupContent {
  ColumnListPtr columns;  // null: nothing
  BlockContent content;
  bool empty() const { return content.ts_ms.empty(); }
};

struct MergeCounts {
  std::uint64_t added = 0;
  std::uint64_t known = 0;      // there with the same bits
  std::uint64_t conflicts = 0;  // there with others
};

// What a group has in a partition from start_ms to before end_ms, sorted. kCorruption: a block is damaged.
Result<GroupContent> ReadContent(const Partition& partition, std::uint32_t group, std::int64_t start_ms,
                                 std::int64_t end_ms);

// Both together; where both have a sample, the first one's stays. `counts`: of what the second one brought.
GroupContent Merge(const GroupContent& first, GroupContent second, ColumnTable& table, MergeCounts& counts);

// Whether `all` has a sample wherever `part` has one, what a tier adds to them left out.
bool Contains(const GroupContent& all, const GroupContent& part);

// Without the columns that have no sample: they stay out of the partition, so that a series that is gone is forgotten
// one day.
ColumnListPtr DropAbsentColumns(const ColumnListPtr& columns, BlockContent& content, ColumnTable& table);

// Ticks [from, to) of `content`.
BlockContent CutTicks(const BlockContent& content, std::size_t from, std::size_t to);

}  // namespace proxy_telemetry::tsdb

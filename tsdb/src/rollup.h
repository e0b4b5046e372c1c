// Rollup: the samples of a block that a coarser tier keeps. Pure functions.
//
// Of each column: the first and the last sample of each interval in the block, and of a counter the two around each
// fall in value (a reset, which is then still seen). They are samples as they came, so that what is computed of them is
// computed by the same code: a counter's increase over whole intervals is exactly that of all its samples, and so is
// what the first sample of an interval tells, as the one before it is there too.
// For columns that are no counters by their name, further columns tell min, max, sum and count of all their samples of
// the interval in this block, at the row of the last one.
#pragma once

#include <cstdint>
#include <string_view>

#include "catalog/column.h"
#include "codec/block.h"

namespace proxy_telemetry::tsdb {

// Names the aggregate that a column of a tier is. Not UTF-8: no label of a sample can have this name.
inline constexpr std::string_view kRollupLabel = "\xffrollup";

struct RolledUp {
  ColumnListPtr columns;
  BlockContent content;
};

RolledUp RollUp(const ColumnListPtr& columns, const BlockContent& content, std::int64_t resolution_ms,
                ColumnTable& table);

// By the conventions of Prometheus: _total, _bucket, _sum, _count.
bool IsCounterName(std::string_view name);

}  // namespace proxy_telemetry::tsdb

// How long a partition is.
#pragma once

#include <cstdint>

namespace proxy_telemetry::tsdb {

// The largest of a day, 6 h, 1 h, 10 min and 1 min (at least) of which eight fit into the retention, so that expiry in
// whole partitions keeps at most an eighth too much. Retention 0 is for ever: a day.
std::int64_t PartitionSpanMs(std::int64_t retention_ms);

// What a store takes: far enough from the ends of int64 that no partition's bounds overflow.
inline constexpr std::int64_t kTimestampMaxMs = std::int64_t{1} << 60;
inline constexpr std::int64_t kTimestampMinMs = -kTimestampMaxMs;

// `ts_ms` rounded down to a multiple of `span_ms`, also below 0.
std::int64_t SpanStartMs(std::int64_t ts_ms, std::int64_t span_ms);

}  // namespace proxy_telemetry::tsdb

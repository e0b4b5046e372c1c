// From the host's timeline to one point per bucket of `step`.
#pragma once

#include <cstdint>
#include <vector>

#include "api/history.h"
#include "history_merge.h"

namespace proxy_telemetry::history {

// value / by, rounded down also below 0; by > 0.
constexpr std::int64_t FloorDiv(std::int64_t value, std::int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

// Appends one point per bucket floor(ts / step) that has a sample, in time order.
void AppendBuckets(Timeline& timeline, Aggregate aggregate, std::int64_t step_ms, std::vector<HistorySample>& out);

}  // namespace proxy_telemetry::history

// What a target's gauges say at its scrapes: live backends, and the p99 that backends report themselves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "history_series.h"

namespace proxy_telemetry::history {

// The scrapes of a target; results are for those from `first` on.
struct GaugeRows {
  std::span<const std::int64_t> ts_ms;
  std::size_t first = 0;
};

// Live backends: proxy_backends_up, or the sum of proxy_backend_up where there is none; the last known number where a
// scrape has neither, unless it is stale by then; else 0. `elapsed_ms` has a row per result.
std::vector<double> BackendsUp(const TargetSeries& target, const GaugeRows& rows,
                               std::span<const std::int64_t> elapsed_ms);

// Per scrape the sum and number of p99 values, over the backends that had served a request by then (a backend without
// a counter of requests is taken to have). Empty when no backend reports one.
struct ReportedP99 {
  std::vector<double> sum_ms;
  std::vector<double> count;
};
ReportedP99 BackendP99(const TargetSeries& target, const GaugeRows& rows);

}  // namespace proxy_telemetry::history

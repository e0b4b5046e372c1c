// HistogramQuantile: Prometheus' histogram_quantile() over one classic histogram.
#pragma once

#include <span>

namespace proxy_telemetry {

// `bounds` ascend strictly; `counts[i]` observations lie at or below bounds[i] (cumulative, none negative). Where they
// fall, the larger one before is written over them, as Prometheus repairs them. 0 where Prometheus gives NaN: no +Inf
// bucket, fewer than two buckets, no observations. `q` lies between 0 and 1. A rank in the +Inf bucket gives the
// highest finite bound.
double HistogramQuantile(double q, std::span<const double> bounds, std::span<double> counts);

}  // namespace proxy_telemetry

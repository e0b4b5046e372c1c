#include "logs/latency_histogram.h"

#include <algorithm>

namespace proxy_telemetry {

std::size_t LatencyHistogram::BinOf(double seconds) {
  const auto bounds = FineBounds();
  return static_cast<std::size_t>(std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin());
}

}  // namespace proxy_telemetry

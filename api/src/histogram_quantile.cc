#include "histogram_quantile.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace proxy_telemetry {
namespace {

// Differences this small between two cumulative counts are rounding, not observations (Prometheus' tolerance).
constexpr double kSmallDelta = 1e-12;

bool AlmostEqual(double a, double b) {
  if (a == b) return true;
  const double difference = std::fabs(a - b);
  const double sum = std::fabs(a) + std::fabs(b);
  constexpr double kMinNormal = std::numeric_limits<double>::min();
  if (a == 0 || b == 0 || sum < kMinNormal) return difference < kSmallDelta * kMinNormal;
  return difference / std::min(sum, std::numeric_limits<double>::max()) < kSmallDelta;
}

void MakeMonotonic(std::span<double> counts) {
  double previous = counts[0];
  for (double& count : counts.subspan(1)) {
    if (count < previous || AlmostEqual(previous, count)) count = previous;
    previous = count;
  }
}

}  // namespace

double HistogramQuantile(double q, std::span<const double> bounds, std::span<double> counts) {
  if (bounds.size() < 2 || !std::isinf(bounds.back())) return 0;
  MakeMonotonic(counts);
  const double observations = counts.back();
  if (!(observations > 0)) return 0;
  double rank = q * observations;
  const auto finite_counts = counts.first(counts.size() - 1);
  const auto found = std::lower_bound(finite_counts.begin(), finite_counts.end(), rank);
  const auto bucket = static_cast<std::size_t>(found - finite_counts.begin());
  if (bucket == finite_counts.size()) return bounds[bounds.size() - 2];
  if (bucket == 0 && bounds[0] <= 0) return bounds[0];
  double start = 0;
  double count = counts[bucket];
  if (bucket > 0) {
    start = bounds[bucket - 1];
    count -= counts[bucket - 1];
    rank -= counts[bucket - 1];
  }
  return start + (bounds[bucket] - start) * (rank / count);
}

}  // namespace proxy_telemetry

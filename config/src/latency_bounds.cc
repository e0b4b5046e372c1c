#include "config/latency_bounds.h"

#include <algorithm>

namespace proxy_telemetry {
namespace {

// Hundredths, so that every bound is one division of two whole numbers and thus the nearest double.
constexpr std::array<int, kFineBoundsPerDecade> kHundredths{100, 110, 120, 130, 140, 150, 160, 170, 180, 190,
                                                            200, 220, 240, 250, 275, 300, 330, 360, 390, 420,
                                                            460, 500, 550, 600, 650, 700, 750, 800, 880, 960};
// Of the decades from 0.0001 s on.
constexpr std::array<double, 6> kDivisors{1e6, 1e5, 1e4, 1e3, 1e2, 1e1};

std::array<double, kFineBoundCount> MakeBounds() {
  std::array<double, kFineBoundCount> bounds{};
  std::size_t i = 0;
  for (const double divisor : kDivisors) {
    for (const int hundredths : kHundredths) bounds[i++] = hundredths / divisor;
  }
  bounds[i] = 100;
  return bounds;
}

}  // namespace

std::span<const double, kFineBoundCount> FineBounds() {
  static const std::array<double, kFineBoundCount> kBounds = MakeBounds();
  return kBounds;
}

bool IsFineBound(double seconds) {
  const auto bounds = FineBounds();
  // Not binary_search, which takes a NaN for equal to anything.
  const auto it = std::lower_bound(bounds.begin(), bounds.end(), seconds);
  return it != bounds.end() && *it == seconds;
}

}  // namespace proxy_telemetry

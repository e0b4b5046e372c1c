// The bounds of the fine histogram in which request times of access logs are counted: from 0.1 ms to 100 s, each at
// most 10 % above the one before, among them all that people use on dashboards. Constants, any thread.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace proxy_telemetry {

inline constexpr std::size_t kFineBoundsPerDecade = 30;
inline constexpr std::size_t kFineBoundCount = 6 * kFineBoundsPerDecade + 1;

// In seconds, ascending; each the double nearest to its decimal.
std::span<const double, kFineBoundCount> FineBounds();
// Whether `seconds` is one of them.
bool IsFineBound(double seconds);

// What /metrics shows where the configuration does not say: a subset of the fine bounds.
inline constexpr std::array<double, 14> kDefaultLatencyBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                               0.25,  0.5,    1,     2.5,  5,     10,   30};

}  // namespace proxy_telemetry

// Durations as in Prometheus: "15s", "1m30s", "1d", units y w d h m s ms in that order, or "0".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace proxy_telemetry {

inline constexpr std::int64_t kSecondMs = 1000;
inline constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
inline constexpr std::int64_t kHourMs = 60 * kMinuteMs;
inline constexpr std::int64_t kDayMs = 24 * kHourMs;

// Milliseconds; fails on anything else than the form above and on more than 292 years (int64 nanoseconds,
// as Prometheus).
Result<std::int64_t> ParseDurationMs(std::string_view text);

// The shortest form that ParseDurationMs reads back as the same number.
std::string FormatDurationMs(std::int64_t duration_ms);

}  // namespace proxy_telemetry

// Points in time as people write them: Unix seconds or RFC 3339. Pure functions, any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace proxy_telemetry {

struct UnixTime {
  std::int64_t seconds = 0;  // rounded down
  std::int32_t nanos = 0;    // 0 to 999,999,999
  auto operator<=>(const UnixTime&) const = default;
};

// "1710501000", "1710501000.5", "2024-03-15T11:10:00.5Z", "2024-03-15T12:10:00+01:00"; between the years 0 and 9999.
// nullopt for anything else.
std::optional<UnixTime> ParseUnixTime(std::string_view text);

// "2024-03-15T11:10:00.500Z", without the fraction where it is 0; beyond those years "12345678901234567 ms".
std::string FormatUtc(std::int64_t ts_ms);

}  // namespace proxy_telemetry

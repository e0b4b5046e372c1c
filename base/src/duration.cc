#include "base/duration.h"

#include <array>
#include <charconv>
#include <limits>

namespace proxy_telemetry {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t ms;
};

// Largest first: the order in which units must be written. A year is 365 days, as in Prometheus.
constexpr std::array<Unit, 7> kUnits{{{"y", 365 * kDayMs},
                                      {"w", 7 * kDayMs},
                                      {"d", kDayMs},
                                      {"h", kHourMs},
                                      {"m", kMinuteMs},
                                      {"s", kSecondMs},
                                      {"ms", 1}}};
constexpr std::int64_t kMaxMs = std::numeric_limits<std::int64_t>::max() / 1'000'000;

Status BadDuration(std::string_view text) {
  return Status::InvalidArgument("\"" + std::string(text) +
                                 "\" is not a duration; write for example 15s, 1m30s, 6h or 30d");
}

}  // namespace

Result<std::int64_t> ParseDurationMs(std::string_view text) {
  if (text == "0") return std::int64_t{0};
  if (text.empty()) return BadDuration(text);
  std::int64_t total_ms = 0;
  std::size_t next_unit = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc() || rest[0] == '-') return BadDuration(text);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const std::size_t name_size = std::min(rest.find_first_of("0123456789"), rest.size());
    std::size_t unit = next_unit;
    while (unit < kUnits.size() && kUnits[unit].name != rest.substr(0, name_size)) ++unit;
    if (unit == kUnits.size()) return BadDuration(text);
    if (number > (kMaxMs - total_ms) / kUnits[unit].ms) {
      return Status::InvalidArgument("\"" + std::string(text) + "\" is too long a duration; at most 292 years");
    }
    total_ms += number * kUnits[unit].ms;
    next_unit = unit + 1;
    rest.remove_prefix(name_size);
  }
  return total_ms;
}

std::string FormatDurationMs(std::int64_t duration_ms) {
  if (duration_ms == 0) return "0s";
  std::string out;
  for (const Unit& unit : kUnits) {
    // Years and weeks only when they are all of it, as Prometheus prints: 90d, not 12w6d.
    const bool whole_only = unit.name == "y" || unit.name == "w";
    if (duration_ms < unit.ms || (whole_only && duration_ms % unit.ms != 0)) continue;
    out += std::to_string(duration_ms / unit.ms);
    out += unit.name;
    duration_ms %= unit.ms;
  }
  return out;
}

}  // namespace proxy_telemetry

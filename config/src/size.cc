#include "size.h"

#include <charconv>
#include <string>

namespace proxy_telemetry {
namespace {

constexpr std::string_view kPrefixes = "KMGTPE";
constexpr double kSizeBytesEnd = 9223372036854775808.0;  // 2^63

Status BadSize(std::string_view why) {
  return Status::InvalidArgument(std::string(why) + "; write for example 64MB, 512KiB or 0");
}

// 0 when `unit` is none.
double UnitBytes(std::string_view unit) {
  if (unit == "B") return 1;
  const std::size_t power = unit.empty() ? std::string_view::npos : kPrefixes.find(unit[0]);
  if (power == std::string_view::npos || (unit.substr(1) != "B" && unit.substr(1) != "iB")) return 0;
  return static_cast<double>(1ULL << (10 * (power + 1)));
}

}  // namespace

Result<std::uint64_t> ParseSizeBytes(std::string_view text) {
  if (text == "0") return std::uint64_t{0};
  const std::size_t number_size = text.find_first_not_of("0123456789.");
  if (number_size == 0) return BadSize("not a size");
  double number = 0;
  const std::string_view digits = text.substr(0, number_size);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed);
  const auto read = static_cast<std::size_t>(end - digits.data());
  if (error != std::errc() || read != digits.size()) return BadSize("not a size");
  if (number_size == std::string_view::npos) return BadSize("the unit is missing");
  const double unit = UnitBytes(text.substr(number_size));
  if (unit == 0) return BadSize("unknown unit");
  if (number * unit >= kSizeBytesEnd) return BadSize("too large");
  return static_cast<std::uint64_t>(number * unit);
}

}  // namespace proxy_telemetry

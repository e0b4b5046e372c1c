// What of a value's change is exact in integers: whole numbers and short decimals, there and back to the bit.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace proxy_telemetry::tsdb::row {

inline constexpr double kIntegerLimit = 9007199254740992.0;  // 2^53: below, every integer is a double
inline constexpr double kDecimalLimit = 1125899906842624.0;  // 2^50: below, m / 10^k has no other m that is nearest
inline constexpr double kRoundingBias = 6755399441055744.0;  // 1.5 * 2^52: what is added to it is rounded
inline constexpr double kThousandths = 1e3;
inline constexpr double kMillionths = 1e6;

inline std::uint64_t Bits(double value) { return std::bit_cast<std::uint64_t>(value); }

// False for what is no integer, -0, or not between -2^53 and 2^53.
inline bool ToInteger(double value, std::int64_t& integer) {
  if (!(std::fabs(value) < kIntegerLimit)) return false;
  integer = static_cast<std::int64_t>(value);
  return Bits(static_cast<double>(integer)) == Bits(value);
}

// False when it is out of range.
inline bool FromInteger(std::int64_t integer, double& value) {
  value = static_cast<double>(integer);
  return std::fabs(value) < kIntegerLimit;
}

// False unless `value` is the double nearest to units / scale.
inline bool ToDecimal(double value, double scale, std::int64_t& units) {
  const double scaled = value * scale;
  if (!(std::fabs(scaled) < kDecimalLimit)) return false;
  units = static_cast<std::int64_t>((scaled + kRoundingBias) - kRoundingBias);
  return Bits(static_cast<double>(units) / scale) == Bits(value);
}

// False when it is out of range.
inline bool FromDecimal(std::int64_t units, double scale, double& value) {
  const auto whole = static_cast<double>(units);
  value = whole / scale;
  return std::fabs(whole) < kDecimalLimit && std::fabs(value * scale) < kDecimalLimit;
}

// Sums and differences of what may have been damaged: they wrap.
inline std::int64_t Sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
inline std::int64_t Difference(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

}  // namespace proxy_telemetry::tsdb::row

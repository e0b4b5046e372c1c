// Decimal text and doubles, exact both ways whatever the locale. Pure functions, any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace proxy_telemetry {

enum class NumberError { kNone, kSyntax, kRange };

// What Prometheus takes as a float64: decimal with optional sign, point and exponent; inf, infinity (signed or not)
// and nan in any case. No hexadecimal, no underscores. Rounds to nearest; too small becomes 0 or a denormal, too large
// is kRange. `value` is set on kNone; nan is the quiet NaN 0x7ff8000000000000.
NumberError ParseNumber(std::string_view text, double& value);

// Shortest decimal that reads back as the same double; NaN, +Inf, -Inf; integers below 1e15 without exponent.
void AppendNumber(double value, std::string& out);

// The common kind of number fast: reads digits[.digits] from the front of [at, end) when one exact division gives the
// nearest double. Where it ends, which the caller must check; nullptr when it is another kind, or none.
inline const char* ReadShortDecimal(const char* at, const char* end, double& value) {
  constexpr std::uint64_t kExactIntegerMax = std::uint64_t{1} << 53;
  constexpr std::ptrdiff_t kSizeMax = 19;  // so that the digits fit 64 bits
  constexpr std::array<double, kSizeMax> kPowersOfTen = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                                         1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
  const char* const start = at;
  if (end - at > kSizeMax + 1) end = at + kSizeMax + 1;
  std::uint64_t digits = 0;
  while (at < end && *at >= '0' && *at <= '9') digits = digits * 10 + static_cast<std::uint64_t>(*at++ - '0');
  std::size_t decimals = 0;
  if (at < end && *at == '.') {
    const char* const point = at++;
    while (at < end && *at >= '0' && *at <= '9') digits = digits * 10 + static_cast<std::uint64_t>(*at++ - '0');
    decimals = static_cast<std::size_t>(at - point - 1);
    if (at - start == 1) return nullptr;
  }
  if (at == start || at - start > kSizeMax || digits > kExactIntegerMax) return nullptr;
  value = decimals == 0 ? static_cast<double>(digits) : static_cast<double>(digits) / kPowersOfTen[decimals];
  return at;
}

}  // namespace proxy_telemetry

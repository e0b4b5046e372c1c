#include "openmetrics_number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <system_error>

#include "openmetrics_text.h"

namespace proxy_telemetry {
namespace {

constexpr std::uint64_t kExactIntegerMax = std::uint64_t{1} << 53;
constexpr std::array<double, 20> kPowersOfTen = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,
                                                 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};

// digits[.digits] with so few digits that one exact division gives the nearest double. False: not of that kind.
bool ParseShort(std::string_view text, double& value) {
  if (text.empty() || text.size() > 19) return false;
  std::uint64_t digits = 0;
  std::size_t point = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (IsDigit(c)) {
      digits = digits * 10 + static_cast<std::uint64_t>(c - '0');
    } else if (c == '.' && point == text.size()) {
      point = i;
    } else {
      return false;
    }
  }
  if (digits > kExactIntegerMax || (point == 0 && text.size() == 1)) return false;
  const std::size_t decimals = point == text.size() ? 0 : text.size() - point - 1;
  value = static_cast<double>(digits) / kPowersOfTen[decimals];
  return true;
}

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
}

struct Decimal {
  bool valid = false;
  bool large = false;  // at least 1; tells which end of the range a number is beyond
};

// Checks digits[.digits][e[+-]digits] with a digit before the exponent, and finds the magnitude.
Decimal ScanDecimal(std::string_view text) {
  constexpr std::int64_t kExponentMax = 1'000'000'000;
  std::size_t i = 0;
  bool digit = false;
  bool significant = false;
  std::int64_t magnitude = 0;  // the first significant digit stands for 10^(magnitude - 1)
  for (; i < text.size() && IsDigit(text[i]); ++i) {
    digit = true;
    significant = significant || text[i] != '0';
    if (significant) ++magnitude;
  }
  if (i < text.size() && text[i] == '.') {
    for (++i; i < text.size() && IsDigit(text[i]); ++i) {
      digit = true;
      significant = significant || text[i] != '0';
      if (!significant) --magnitude;
    }
  }
  if (!digit) return {};
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    const bool negative = i < text.size() && text[i] == '-';
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (i == text.size()) return {};
    std::int64_t exponent = 0;
    for (; i < text.size() && IsDigit(text[i]); ++i) exponent = std::min(exponent * 10 + (text[i] - '0'), kExponentMax);
    magnitude += negative ? -exponent : exponent;
  }
  return {i == text.size(), magnitude > 0};
}

NumberError ParseUnsigned(std::string_view text, double& value) {
  if (ParseShort(text, value)) return NumberError::kNone;
  if (EqualsIgnoringCase(text, "inf") || EqualsIgnoringCase(text, "infinity")) {
    value = std::numeric_limits<double>::infinity();
    return NumberError::kNone;
  }
  const Decimal decimal = ScanDecimal(text);
  if (!decimal.valid) return NumberError::kSyntax;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    if (decimal.large) return NumberError::kRange;
    value = 0;
  }
  return NumberError::kNone;
}

}  // namespace

NumberError ParseNumber(std::string_view text, double& value) {
  const bool negative = !text.empty() && text[0] == '-';
  const bool is_signed = negative || (!text.empty() && text[0] == '+');
  const NumberError error = ParseUnsigned(text.substr(is_signed ? 1 : 0), value);
  if (error == NumberError::kNone && negative) value = -value;
  if (error != NumberError::kSyntax || is_signed || !EqualsIgnoringCase(text, "nan")) return error;
  value = std::numeric_limits<double>::quiet_NaN();
  return NumberError::kNone;
}

NumberError CheckTimestampMs(std::string_view text) {
  std::int64_t ms = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return NumberError::kSyntax;
  return error == std::errc() ? NumberError::kNone : NumberError::kRange;
}

}  // namespace proxy_telemetry

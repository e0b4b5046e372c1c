#include "base/number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <system_error>

namespace proxy_telemetry {
namespace {

constexpr double kPlainIntegerMax = 1e15;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

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
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  if (ReadShortDecimal(begin, end, value) == end) return NumberError::kNone;
  if (EqualsIgnoringCase(text, "inf") || EqualsIgnoringCase(text, "infinity")) {
    value = std::numeric_limits<double>::infinity();
    return NumberError::kNone;
  }
  const Decimal decimal = ScanDecimal(text);
  if (!decimal.valid) return NumberError::kSyntax;
  const std::errc error = std::from_chars(begin, end, value).ec;
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

void AppendNumber(double value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
    return;
  }
  std::array<char, 32> buffer;
  const bool integer =
      std::fabs(value) < kPlainIntegerMax && value == std::trunc(value) && !(value == 0 && std::signbit(value));
  const auto [end, error] =
      integer ? std::to_chars(buffer.data(), buffer.data() + buffer.size(), static_cast<long long>(value))
              : std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out.append(buffer.data(), end);
}

}  // namespace proxy_telemetry

#include "logs/log_value.h"

#include <array>
#include <cmath>
#include <memory>

#include "base/number.h"

namespace proxy_telemetry {
namespace {

bool IsAbsent(std::string_view text) { return text.empty() || text == "-" || text == "null"; }

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view TrimBlanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// A decimal at the front of `text`, never negative, which is removed from it.
std::optional<double> TakeDecimal(std::string_view& text) {
  double value = 0;
  const char* const start = std::to_address(text.begin());
  const char* const end = start + text.size();
  const char* at = ReadShortDecimal(start, end, value);
  // Whatever is left of a number: more digits than the short way takes, or an exponent.
  if (at == nullptr || (at < end && (IsDigit(*at) || *at == 'e' || *at == 'E'))) {
    std::size_t size = text.find_first_not_of("0123456789.eE+-");
    if (size == std::string_view::npos) size = text.size();
    const std::string_view number = text.substr(0, size);
    if (number.empty() || (!IsDigit(number.front()) && number.front() != '.')) return std::nullopt;
    if (ParseNumber(number, value) != NumberError::kNone) return std::nullopt;
    at = start + size;
  }
  text.remove_prefix(static_cast<std::size_t>(at - start));
  return value;
}

struct NamedUnit {
  std::string_view name;
  double per_second;  // as a divisor, so that 4.7 ms are the double nearest to 0.0047
  double seconds;
};
constexpr std::array kNamedUnits = {
    NamedUnit{"ns", 1e9, 1}, NamedUnit{"us", 1e6, 1}, NamedUnit{"\xc2\xb5s", 1e6, 1}, NamedUnit{"\xce\xbcs", 1e6, 1},
    NamedUnit{"ms", 1e3, 1}, NamedUnit{"s", 1, 1},    NamedUnit{"m", 1, 60},          NamedUnit{"h", 1, 3600}};

const NamedUnit* TakeUnit(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && !IsDigit(text[size]) && text[size] != '.') ++size;
  for (const NamedUnit& unit : kNamedUnits) {
    if (text.substr(0, size) != unit.name) continue;
    text.remove_prefix(size);
    return &unit;
  }
  return nullptr;
}

double PerSecond(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kSeconds:
      return 1;
    case TimeUnit::kMilliseconds:
      return 1e3;
    case TimeUnit::kMicroseconds:
      return 1e6;
    case TimeUnit::kNanoseconds:
      return 1e9;
  }
  return 1;
}

}  // namespace

bool ParseLogStatus(std::string_view text, int& status) {
  status = 0;
  if (text.size() == 3 && IsDigit(text[0]) && IsDigit(text[1]) && IsDigit(text[2])) {
    const int code = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    if (code >= 100) status = code;
    return true;
  }
  if (IsAbsent(text)) return true;
  if (text.front() == '-') text.remove_prefix(1);
  for (const char c : text) {
    if (!IsDigit(c)) return false;
  }
  return !text.empty();
}

std::optional<double> ParseLogBytes(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  const std::optional<double> bytes = TakeDecimal(text);
  if (!bytes.has_value() || !text.empty() || *bytes > kLogBytesMax || *bytes != std::floor(*bytes)) return std::nullopt;
  return bytes;
}

std::optional<double> ParseLogSeconds(std::string_view text, TimeUnit unit) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double sum = 0;
  bool is_first = true;
  do {
    const std::optional<double> number = TakeDecimal(text);
    if (!number.has_value()) return std::nullopt;
    if (text.empty()) {
      if (!is_first) return std::nullopt;
      sum = *number / PerSecond(unit);
      break;
    }
    const NamedUnit* const named = TakeUnit(text);
    if (named == nullptr) return std::nullopt;
    sum += *number / named->per_second * named->seconds;
    is_first = false;
  } while (!text.empty());
  if (!(sum <= kLogSecondsMax)) return std::nullopt;
  return sum;
}

std::optional<double> ParseLogSecondsList(std::string_view text, TimeUnit unit) {
  if (text.find_first_of(",:") == std::string_view::npos) return ParseLogSeconds(TrimBlanks(text), unit);
  std::optional<double> sum;
  while (true) {
    const std::size_t end = text.find_first_of(",:");
    const std::string_view element = TrimBlanks(text.substr(0, end));
    if (!IsAbsent(element)) {
      const std::optional<double> seconds = ParseLogSeconds(element, unit);
      // HAProxy's and others' -1 is a try without a time, too.
      if (!seconds.has_value() && element.front() != '-') return std::nullopt;
      if (seconds.has_value()) sum = sum.value_or(0) + *seconds;
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  if (sum.has_value() && *sum > kLogSecondsMax) return std::nullopt;
  return sum;
}

}  // namespace proxy_telemetry

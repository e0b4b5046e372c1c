// ReadFastSample: the common kind of "VALUE TIMESTAMP\n" in one pass over its bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/number.h"
#include "timestamp_rule.h"
#include "tsdb/series.h"

namespace proxy_telemetry::tools {

namespace fast_sample {

inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// At most 11 digits with at most three decimals, and a newline.
inline const char* ReadSeconds(const char* at, const char* end, std::int64_t& ts_ms) {
  constexpr std::ptrdiff_t kDigitsMax = 11;  // always below kUnitLimit
  constexpr std::ptrdiff_t kBytes = kDigitsMax + sizeof(".123\n");
  if (end - at > kBytes) end = at + kBytes;
  const char* const start = at;
  std::int64_t number = 0;
  while (at < end && IsDigit(*at)) number = number * 10 + (*at++ - '0');
  if (at == start || at - start > kDigitsMax) return nullptr;
  number *= 1000;
  if (at < end && *at == '.') {
    ++at;
    std::int64_t unit = 100;
    for (; at < end && IsDigit(*at) && unit > 0; unit /= 10) number += unit * (*at++ - '0');
  }
  ts_ms = number;
  return at < end && *at == '\n' ? at + 1 : nullptr;
}

// At most 15 digits, of the magnitude of milliseconds, and a newline.
inline const char* ReadMilliseconds(const char* at, const char* end, std::int64_t& ts_ms) {
  constexpr std::ptrdiff_t kDigitsMax = 15;
  if (end - at > kDigitsMax + 1) end = at + kDigitsMax + 1;
  std::int64_t number = 0;
  while (at < end && IsDigit(*at)) number = number * 10 + (*at++ - '0');
  ts_ms = number;
  return at < end && *at == '\n' && number >= kUnitLimit ? at + 1 : nullptr;
}

}  // namespace fast_sample

// Behind the newline; nullptr when it is another kind, or wrong: read the line in full. Takes only what SampleTail
// takes, and reads it as that does, in every mode of a TimestampRule.
template <bool InSeconds>
const char* ReadFastSample(const char* at, const char* end, tsdb::Point& point) {
  const bool negative = at < end && *at == '-';
  const char* const digits = at + (negative ? 1 : 0);
  const char* value_end = ReadShortDecimal(digits, end, point.value);
  if (value_end != nullptr && value_end < end && *value_end == ' ') {
    if (negative) point.value = -point.value;
  } else {
    constexpr std::size_t kNumberBytesMax = 32;
    const std::size_t size = std::min(static_cast<std::size_t>(end - at), kNumberBytesMax);
    value_end = static_cast<const char*>(std::memchr(at, ' ', size));
    if (value_end == nullptr) return nullptr;
    const std::string_view token(at, static_cast<std::size_t>(value_end - at));
    if (ParseNumber(token, point.value) != NumberError::kNone) return nullptr;
  }
  ++value_end;
  return InSeconds ? fast_sample::ReadSeconds(value_end, end, point.ts_ms)
                   : fast_sample::ReadMilliseconds(value_end, end, point.ts_ms);
}

}  // namespace proxy_telemetry::tools

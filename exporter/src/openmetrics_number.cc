#include "openmetrics_number.h"

#include <charconv>
#include <cstdint>
#include <system_error>

namespace proxy_telemetry {

NumberError CheckTimestampMs(std::string_view text) {
  std::int64_t ms = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) return NumberError::kSyntax;
  return error == std::errc() ? NumberError::kNone : NumberError::kRange;
}

}  // namespace proxy_telemetry

// Numbers of the exposition formats: what Prometheus takes as a float64, whatever the locale.
#pragma once

#include <string_view>

namespace proxy_telemetry {

enum class NumberError { kNone, kSyntax, kRange };

// Decimal with optional sign, point and exponent; inf, infinity (signed or not) and nan in any case. No hexadecimal,
// no underscores. Rounds to nearest; too small becomes 0 or a denormal, too large is kRange. `value` is set on kNone.
NumberError ParseNumber(std::string_view text, double& value);

// [-]digits that fit an int64.
NumberError CheckTimestampMs(std::string_view text);

}  // namespace proxy_telemetry

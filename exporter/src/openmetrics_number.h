// Timestamps of the text format.
#pragma once

#include <string_view>

#include "base/number.h"

namespace proxy_telemetry {

// [-]digits that fit an int64.
NumberError CheckTimestampMs(std::string_view text);

}  // namespace proxy_telemetry

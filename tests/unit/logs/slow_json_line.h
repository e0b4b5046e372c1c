// SlowJsonLine: JsonLine's slow twin. The line is rewritten to strict JSON, read by nlohmann's parser into a list of
// members, and judged field by field; numbers are read by strtod.
#pragma once

#include <string_view>

#include "log_lines.h"
#include "logs/log_fields.h"

namespace proxy_telemetry {

ReadLine ReadSlowly(std::string_view line, LogKind kind);

}  // namespace proxy_telemetry

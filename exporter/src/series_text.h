// The text of a series and its values in both exposition formats.
#pragma once

#include <string>
#include <string_view>

#include "base/labels.h"

namespace proxy_telemetry {

// name{a="x",b="y"}; OpenMetrics wants le and quantile as canonical floats ("1.0", "+Inf").
std::string SeriesText(const Labels& labels, bool open_metrics);

// Shortest decimal that reads back as the same double; NaN, +Inf, -Inf; integers below 1e15 without exponent.
void AppendValue(double value, std::string& out);

// Escaped for # HELP: \ and newline, in OpenMetrics the quote too.
void AppendHelp(std::string_view help, bool open_metrics, std::string& out);

}  // namespace proxy_telemetry

// The text of a series in both exposition formats.
#pragma once

#include <string>
#include <string_view>

#include "base/labels.h"

namespace proxy_telemetry {

// name{a="x",b="y"}; OpenMetrics wants le and quantile as canonical floats ("1.0", "+Inf").
std::string SeriesText(const Labels& labels, bool open_metrics);

// Escaped for # HELP: \ and newline, in OpenMetrics the quote too.
void AppendHelp(std::string_view help, bool open_metrics, std::string& out);

}  // namespace proxy_telemetry

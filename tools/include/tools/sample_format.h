// SampleFormat: the text formats that samples with timestamps are moved in.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"

namespace proxy_telemetry::tools {

// Either side of 1970; what the store takes.
inline constexpr std::int64_t kTimestampMsMax = std::int64_t{1} << 60;

enum class SampleFormat {
  // From the file's start: a first line with '{' in front is kTsdbDump. Of the others the first timestamp decides: with
  // a point or an exponent, or below 1e11, it is in seconds, which makes the file kOpenMetrics; else kPrometheusText.
  // Every later line must agree: at least 1e11 ms (1973) here, below 1e11 s (the year 5138) there.
  kAuto,
  // OpenMetrics: seconds, decimals below a millisecond dropped as promtool drops them; ends with # EOF.
  kOpenMetrics,
  // Prometheus text 0.0.4: whole milliseconds. Nothing tells that such a file was cut behind a line.
  kPrometheusText,
  // What `promtool tsdb dump` prints: {__name__="m", a="b"} VALUE MILLISECONDS, label values quoted as in Go.
  kTsdbDump,
};

// "auto", "openmetrics", "prometheus" or "dump"; fails with the list of them.
Result<SampleFormat> ParseSampleFormat(std::string_view name);
std::string_view SampleFormatName(SampleFormat format);

}  // namespace proxy_telemetry::tools

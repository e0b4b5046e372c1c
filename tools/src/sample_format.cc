#include "tools/sample_format.h"

#include <string>

namespace proxy_telemetry::tools {

std::string_view SampleFormatName(SampleFormat format) {
  switch (format) {
    case SampleFormat::kAuto:
      return "auto";
    case SampleFormat::kOpenMetrics:
      return "openmetrics";
    case SampleFormat::kPrometheusText:
      return "prometheus";
    case SampleFormat::kTsdbDump:
      return "dump";
  }
  return "auto";
}

Result<SampleFormat> ParseSampleFormat(std::string_view name) {
  for (const SampleFormat format :
       {SampleFormat::kAuto, SampleFormat::kOpenMetrics, SampleFormat::kPrometheusText, SampleFormat::kTsdbDump}) {
    if (name == SampleFormatName(format)) return format;
  }
  return Status::InvalidArgument("format \"" + std::string(name) +
                                 "\" is not known; use auto, openmetrics, prometheus or dump");
}

}  // namespace proxy_telemetry::tools

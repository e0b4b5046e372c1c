// OpenMetricsParser: Prometheus text 0.0.4 and OpenMetrics 1.0, read as it arrives.
//
// Push parser: Feed() pieces of any size, then Finish(). Memory is bounded by the longest line
// (kExpositionLineBytesMax), the metadata and the sink. Lines whose series the sink knows cost no allocation.
// Single thread; one parser per page.
//
// Takes and refuses what Prometheus' scraper does (its model/textparse), but for these: a label value cannot span
// lines; a blank or a brace must follow the metric name; quoted (UTF-8) names are refused; a NUL byte where a line
// starts does not end the page; blanks in front of a sample are ignored; 0.0.4 timestamps may be negative.
// Timestamps, units and exemplars are checked and dropped. Labels with an empty value are left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/status.h"
#include "exporter/page_sink.h"

namespace proxy_telemetry {

// A longer line is refused.
inline constexpr std::size_t kExpositionLineBytesMax = 1 << 20;

enum class ExpositionFormat { kText, kOpenMetrics };

// By Content-Type, as Prometheus: "application/openmetrics-text" is OpenMetrics, all else text 0.0.4.
ExpositionFormat ExpositionFormatOf(std::string_view content_type);

class OpenMetricsParser {
 public:
  // `sink` must outlive the parser.
  OpenMetricsParser(ExpositionFormat format, PageSink& sink);
  ~OpenMetricsParser();
  OpenMetricsParser(const OpenMetricsParser&) = delete;
  OpenMetricsParser& operator=(const OpenMetricsParser&) = delete;

  // Fails with "line L, column C: reason"; every later call then returns the same failure.
  Status Feed(std::string_view piece);
  // The page is over: the last line may lack its newline in text; OpenMetrics must have had its # EOF.
  Status Finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace proxy_telemetry

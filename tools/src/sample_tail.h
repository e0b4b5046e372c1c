// SampleTail: what stands behind the series of a line: value, timestamp and, in OpenMetrics, an exemplar.
//
// Lifetime: one file. Single thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "line_problem.h"
#include "series_reader.h"
#include "timestamp_rule.h"
#include "tsdb/series.h"

namespace proxy_telemetry::tools {

class SampleTail {
 public:
  explicit SampleTail(TimestampRule& rule) : rule_(rule) {}

  // Reads from `at`, the end of the series. `value_at` is where the value starts. False: `problem` says why.
  bool Read(std::string_view line, std::size_t at, std::size_t& value_at, tsdb::Point& point, LineProblem& problem);

 private:
  bool Fail(std::size_t offset, std::string reason);
  std::string_view TokenAt(std::size_t at) const;
  std::size_t SkipBlanks(std::size_t at) const;
  bool ReadValue(std::size_t at, std::string_view what, double& value);
  bool ReadExemplar(std::size_t at);

  TimestampRule& rule_;
  std::string_view line_;
  LineProblem* problem_ = nullptr;
  SeriesReader exemplar_;
};

}  // namespace proxy_telemetry::tools

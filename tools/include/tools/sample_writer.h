// SampleWriter: samples as OpenMetrics text that SampleParser reads back to the bit and promtool takes.
//
// Series after series, the names in ascending order, so that families stay together. Timestamps are seconds with three
// decimals, values the shortest decimal that reads back the same. A family is declared `counter` when its series end in
// _total, else `unknown`, as the store knows no types. What OpenMetrics has no words for:
//   * a NaN that is not the plain one (a stale marker) has a line in front that gives its bits; to others it is help:
//     # HELP NAME proxy-telemetry:value-bits 0x7ff0000000000002
//   * names beyond [a-zA-Z_:][a-zA-Z0-9_:]* are quoted as in Prometheus 3, a series without a name is {a="b"}; promtool
//     before 3.0 refuses a file with either.
// Memory: one buffer of about kWriteBytes and the names written. Lifetime: one file. Single thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/labels.h"
#include "base/status.h"
#include "tsdb/series.h"

namespace proxy_telemetry::tools {

class SampleWriter {
 public:
  using Write = std::function<Status(std::string_view)>;  // takes all of it, or fails
  static constexpr std::size_t kWriteBytes = 1 << 16;

  explicit SampleWriter(Write write) : write_(std::move(write)) {}

  // The order in which series must come: by metric name, then by all labels.
  static bool Precedes(const Labels& a, const Labels& b);

  // The series of the points that follow. kInvalidArgument when its name is below the one before.
  Status StartSeries(const Labels& labels);
  // Ascending in time, no two of one time; several calls for one series are fine.
  Status WritePoints(std::span<const tsdb::Point> points);
  // # EOF and what is still in the buffer. Without it the text is torn, and importers say so.
  Status Finish();

  std::uint64_t samples() const { return samples_; }

 private:
  void StartFamily(std::string_view name);
  Status Flush();

  const Write write_;
  std::string buffer_;
  std::string series_;  // as text, with the blank behind it
  std::string name_;
  std::string help_name_;  // the name as it stands behind # HELP
  bool started_ = false;
  std::set<std::string, std::less<>> names_;
  std::uint64_t samples_ = 0;
};

}  // namespace proxy_telemetry::tools

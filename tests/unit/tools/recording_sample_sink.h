// A sink that writes down every sample in the file's order.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "tools/sample_parser.h"

namespace proxy_telemetry::tools {

struct RecordedPoint {
  std::string labels;  // {name="value",...} in quotes, sorted
  std::int64_t ts_ms = 0;
  std::uint64_t bits = 0;
  auto operator<=>(const RecordedPoint&) const = default;
};

// Every label quoted, the name too: equal for equal labels only.
std::string LabelsKey(const Labels& labels);

class RecordingSampleSink final : public SampleSink {
 public:
  Result<SeriesId> OnSeries(const Labels& labels) override;
  Status OnSamples(SeriesId series, std::span<const tsdb::Point> points) override;

  std::vector<Labels> series;
  std::vector<RecordedPoint> points;
  std::vector<std::size_t> batches;                   // points in each
  std::optional<std::size_t> series_max, points_max;  // then refuses
};

struct ParsedText {
  Status status;
  SampleFormat format = SampleFormat::kAuto;
  std::uint64_t samples = 0;
  std::vector<RecordedPoint> points;
};
// In pieces of `piece_bytes`, each a copy of its own, so that a read beyond it is seen; 0: all at once.
ParsedText ParseText(SampleFormat format, std::string_view text, std::size_t piece_bytes = 0);

// The line in a "FILE:LINE:COLUMN: reason" message; 0 when there is none.
std::size_t BadLine(const Status& status);

}  // namespace proxy_telemetry::tools

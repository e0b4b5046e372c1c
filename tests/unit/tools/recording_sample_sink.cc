#include "recording_sample_sink.h"

#include <algorithm>
#include <bit>
#include <cstdio>

namespace proxy_telemetry::tools {

std::string LabelsKey(const Labels& labels) {
  std::string key;
  for (const Label& label : labels) {
    key += '"';
    AppendEscapedLabelValue(label.name, key);
    key += "\"=\"";
    AppendEscapedLabelValue(label.value, key);
    key += "\",";
  }
  return key;
}

Result<SampleSink::SeriesId> RecordingSampleSink::OnSeries(const Labels& labels) {
  if (series_max && series.size() == *series_max) return Status::ResourceExhausted("sink: too many series");
  series.push_back(labels);
  return SeriesId{series.size() - 1};
}

Status RecordingSampleSink::OnSamples(SeriesId id, std::span<const tsdb::Point> batch) {
  if (points_max && points.size() + batch.size() > *points_max) return Status::IoError("sink: disk full");
  batches.push_back(batch.size());
  const std::string key = LabelsKey(series.at(id));
  for (const tsdb::Point& point : batch)
    points.push_back({key, point.ts_ms, std::bit_cast<std::uint64_t>(point.value)});
  return Status::Ok();
}

ParsedText ParseText(SampleFormat format, std::string_view text, std::size_t piece_bytes) {
  RecordingSampleSink sink;
  SampleParser parser(format, "FILE", sink);
  ParsedText result;
  while (!text.empty() && result.status.ok()) {
    const std::string piece(text.substr(0, piece_bytes == 0 ? text.size() : piece_bytes));
    result.status = parser.Feed(piece);
    text.remove_prefix(piece.size());
  }
  if (result.status.ok()) result.status = parser.Finish();
  result.format = parser.format();
  result.samples = parser.samples();
  result.points = std::move(sink.points);
  return result;
}

std::size_t BadLine(const Status& status) {
  std::size_t line = 0;
  return std::sscanf(status.message().c_str(), "FILE:%zu:", &line) == 1 ? line : 0;
}

}  // namespace proxy_telemetry::tools

#include "recording_sink.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <ostream>
#include <set>

namespace proxy_telemetry {

bool operator==(const RecordedSample& a, const RecordedSample& b) {
  const bool same_value = (std::isnan(a.value) && std::isnan(b.value)) ||
                          std::bit_cast<std::uint64_t>(a.value) == std::bit_cast<std::uint64_t>(b.value);
  return a.family == b.family && a.name == b.name && a.labels == b.labels && same_value;
}

std::ostream& operator<<(std::ostream& out, const RecordedSample& sample) {
  return out << "[" << sample.family << "] " << sample.name << sample.labels.ToString() << " " << sample.value;
}

PageSink::FamilyId RecordingSink::AddFamily(const MetricFamily& family) {
  if (!IsValidMetricName(family.name)) faults.push_back("family name " + family.name);
  families[family.name] = family;
  family_names_.push_back(family.name);
  return static_cast<FamilyId>(family_names_.size() - 1);
}

bool RecordingSink::AddKnown(std::string_view raw, double value) {
  const auto at = series.find(std::string(raw));
  if (at == series.end() || !knows) return false;
  samples.push_back(at->second);
  samples.back().value = value;
  ++known;
  return true;
}

Status RecordingSink::AddSeries(std::string_view raw, FamilyId family, std::string_view name,
                                std::span<const LabelView> labels, double value) {
  if (series.size() >= series_max) return Status::ResourceExhausted("more series than sample_limit");
  if (!IsValidMetricName(name)) faults.push_back("metric name " + std::string(name));
  if (raw.empty() || raw.back() == ' ' || raw.back() == '\t') faults.push_back("raw key " + std::string(raw));
  if (!raw.starts_with(name)) faults.push_back("raw key without the name: " + std::string(raw));
  std::set<std::string_view> names;
  std::vector<Label> copies;
  for (const LabelView& label : labels) {
    if (!IsValidLabelName(label.name) || label.name == kNameLabel) faults.push_back("label " + std::string(label.name));
    if (label.value.empty()) faults.push_back("empty label " + std::string(label.name));
    if (!names.insert(label.name).second) faults.push_back("label twice: " + std::string(label.name));
    copies.push_back({std::string(label.name), std::string(label.value)});
  }
  RecordedSample sample{family_names_.at(family), std::string(name), Labels(std::move(copies)), value};
  if (!series.emplace(raw, sample).second && knows) faults.push_back("AddSeries of a known key: " + std::string(raw));
  samples.push_back(std::move(sample));
  return Status::Ok();
}

void RecordingSink::StartPage() {
  samples.clear();
  families.clear();
  known = 0;
}

Status FeedPage(ExpositionFormat format, std::string_view page, PageSink& sink, std::size_t piece_bytes) {
  OpenMetricsParser parser(format, sink);
  while (!page.empty()) {
    const std::string_view piece = page.substr(0, piece_bytes);
    PT_RETURN_IF_ERROR(parser.Feed(piece));
    page.remove_prefix(piece.size());
  }
  return parser.Finish();
}

ParsedPage Parse(ExpositionFormat format, std::string_view page, std::size_t piece_bytes) {
  RecordingSink sink;
  sink.knows = false;
  Status status = FeedPage(format, page, sink, piece_bytes);
  if (!sink.faults.empty()) status = Status::Internal("the parser broke the sink's contract: " + sink.faults.front());
  return {std::move(status), std::move(sink.samples), std::move(sink.families)};
}

}  // namespace proxy_telemetry

// RecordingSink: keeps every sample of a page, and knows series from one page to the next.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/labels.h"
#include "exporter/openmetrics_parser.h"
#include "exporter/page_sink.h"

namespace proxy_telemetry {

struct RecordedSample {
  std::string family;  // its name
  std::string name;
  Labels labels;  // without __name__
  double value = 0;
};
// Equal to the bit of the value, except that all NaN are alike.
bool operator==(const RecordedSample& a, const RecordedSample& b);
// For failure messages.
std::ostream& operator<<(std::ostream& out, const RecordedSample& sample);

using FamilyMap = std::map<std::string, MetricFamily>;

class RecordingSink : public PageSink {
 public:
  FamilyId AddFamily(const MetricFamily& family) override;
  bool AddKnown(std::string_view raw, double value) override;
  Status AddSeries(std::string_view raw, FamilyId family, std::string_view name, std::span<const LabelView> labels,
                   double value) override;

  // Forgets samples and families of the page; series stay known.
  void StartPage();

  std::vector<RecordedSample> samples;
  FamilyMap families;
  std::size_t known = 0;                                   // samples of this page that came through AddKnown
  std::size_t series_max = SIZE_MAX;                       // more fail
  bool knows = true;                                       // false: every sample comes through AddSeries
  std::vector<std::string> faults;                         // what a parser must not do
  std::unordered_map<std::string, RecordedSample> series;  // by raw

 private:
  std::vector<std::string> family_names_;
};

struct ParsedPage {
  Status status;
  std::vector<RecordedSample> samples;
  FamilyMap families;
};

// The page in pieces of `piece_bytes`, through `sink` (a fresh one without).
Status FeedPage(ExpositionFormat format, std::string_view page, PageSink& sink, std::size_t piece_bytes = SIZE_MAX);
// Every sample read in full, none through a known key.
ParsedPage Parse(ExpositionFormat format, std::string_view page, std::size_t piece_bytes = SIZE_MAX);

}  // namespace proxy_telemetry

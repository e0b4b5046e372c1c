// MappedTraffic: what a Mapping found in one page, by the proxy's own names. A plain value.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "exporter/openmetrics_parser.h"
#include "proxies/mapped_rules.h"

namespace proxy_telemetry {

// A page with more series that a mapping takes is refused: it bounds the memory that a hostile page can take.
inline constexpr std::size_t kMappedSeriesMax = 2'000'000;

struct MappedKey {
  std::string native;   // the proxy's name of the host, or of the frontend
  std::string backend;  // "" where the metric has none
  std::string code;
  auto operator<=>(const MappedKey&) const = default;
};

// Cumulative buckets, added up over the series of one native name.
struct MappedHistogram {
  struct Bucket {
    double count = 0;
    std::size_t series = 0;  // that have this bound
  };
  std::map<double, Bucket> buckets;  // by bound in seconds; infinity is the last
  std::optional<double> sum;
  bool broken = false;  // a NaN, or a bound that is no number: none of it can be trusted

  // No bucket where the histogram says nothing: broken, or a series lacks +Inf. A bound that not all series have is
  // left out, for the sum would be no cumulative count.
  std::vector<std::pair<double, double>> Cumulative() const;
};

struct MappedTraffic {
  std::map<ProxyMetric, std::map<MappedKey, double>> values;
  std::map<std::string, MappedHistogram> durations;  // by native name
};

// The name under which a label's value is known; nullopt leaves the series out. Values that give one name are added up.
using NativeName = std::function<std::optional<std::string>(const MappedRule&, std::string_view value)>;

// Samples that differ only in labels that their rule does not name are added up, but for `largest_of`, of whose values
// the largest counts. Of a series that is there twice the first sample is taken. What is no count (NaN, infinite,
// negative) is passed over.
//
// Fails as OpenMetricsParser does, on more than kMappedSeriesMax series, and where a metric of the mapping has series
// and none of them the label of the host.
Result<MappedTraffic> ReadMappedTraffic(std::string_view metrics_text, ExpositionFormat format,
                                        const MappedRules& rules, const NativeName& native_name);

// A sink that reads the same from series handed to it one by one.
class MappedSink : public PageSink {
 public:
  // Both outlive the sink.
  MappedSink(const MappedRules& rules, const NativeName& native_name);
  ~MappedSink() override;

  FamilyId AddFamily(const MetricFamily& /*family*/) override { return 0; }
  bool AddKnown(std::string_view /*raw*/, double /*value*/) override { return false; }
  Status AddSeries(std::string_view raw, FamilyId family, std::string_view name, std::span<const LabelView> labels,
                   double value) override;

  // What was found; to be asked once.
  Result<MappedTraffic> Take();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace proxy_telemetry

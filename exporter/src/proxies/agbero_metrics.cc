#include "proxies/agbero_metrics.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "base/labels.h"
#include "exporter/openmetrics_parser.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kRequests = "agbero_http_requests_total";
constexpr std::string_view kDurationBucket = "agbero_http_request_duration_seconds_bucket";
constexpr std::string_view kDurationSum = "agbero_http_request_duration_seconds_sum";
constexpr std::string_view kDurationCount = "agbero_http_request_duration_seconds_count";
constexpr std::string_view kInFlight = "agbero_active_connections";

bool IsDuration(std::string_view name) {
  return name == kDurationBucket || name == kDurationSum || name == kDurationCount;
}

std::string_view ValueOf(std::span<const LabelView> labels, std::string_view name) {
  const auto found = std::find_if(labels.begin(), labels.end(), [name](const LabelView& l) { return l.name == name; });
  return found == labels.end() ? std::string_view() : found->value;
}

class TrafficSink : public PageSink {
 public:
  explicit TrafficSink(const HostMapper& hosts) : hosts_(hosts) {}

  FamilyId AddFamily(const MetricFamily& /*family*/) override { return 0; }
  bool AddKnown(std::string_view /*raw*/, double /*value*/) override { return false; }

  Status AddSeries(std::string_view /*raw*/, FamilyId /*family*/, std::string_view name,
                   std::span<const LabelView> labels, double value) override {
    if (name != kRequests && name != kInFlight && !IsDuration(name)) return Status::Ok();
    const std::string_view native = ValueOf(labels, "host");
    if (native.empty()) return Status::Corruption(std::string(name) + " without a host label is not agbero's");
    if (!IsFirst(name, labels)) return Status::Ok();
    const std::string host = hosts_.HostOf(native);
    if (name == kRequests) {
      traffic_.requests[{host, std::string(ValueOf(labels, "code"))}] += value;
    } else if (name == kInFlight) {
      traffic_.in_flight[host] += value;
    } else {
      AddDuration(name, labels, value, traffic_.durations[host]);
    }
    return Status::Ok();
  }

  AgberoTraffic Take() { return std::move(traffic_); }

 private:
  static void AddDuration(std::string_view name, std::span<const LabelView> labels, double value,
                          AgberoHistogram& histogram) {
    if (name == kDurationBucket) histogram.buckets[std::string(ValueOf(labels, "le"))] += value;
    if (name == kDurationSum) histogram.sum += value;
    if (name == kDurationCount) histogram.count += value;
  }

  bool IsFirst(std::string_view name, std::span<const LabelView> labels) {
    std::vector<Label> all = {{std::string(kNameLabel), std::string(name)}};
    for (const LabelView& label : labels) all.push_back({std::string(label.name), std::string(label.value)});
    return seen_.insert(Labels(std::move(all))).second;
  }

  const HostMapper& hosts_;
  AgberoTraffic traffic_;
  std::unordered_set<Labels> seen_;
};

}  // namespace

Result<AgberoTraffic> ParseAgberoMetrics(std::string_view text, const HostMapper& hosts) {
  TrafficSink sink(hosts);
  OpenMetricsParser parser(ExpositionFormat::kText, sink);
  PT_RETURN_IF_ERROR(parser.Feed(text));
  PT_RETURN_IF_ERROR(parser.Finish());
  return sink.Take();
}

}  // namespace proxy_telemetry

#include "proxies/agbero_metrics.h"

#include <span>

#include "proxies/exposition_visitor.h"

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

void AddDuration(std::string_view name, std::span<const LabelView> labels, double value, AgberoHistogram& histogram) {
  if (name == kDurationBucket) histogram.buckets[std::string(LabelValue(labels, "le"))] += value;
  if (name == kDurationSum) histogram.sum += value;
  if (name == kDurationCount) histogram.count += value;
}

Status AddSample(std::string_view name, std::span<const LabelView> labels, double value, const HostMapper& hosts,
                 AgberoTraffic& traffic) {
  if (name != kRequests && name != kInFlight && !IsDuration(name)) return Status::Ok();
  const std::string_view native = LabelValue(labels, "host");
  if (native.empty()) return Status::Corruption(std::string(name) + " without a host label is not agbero's");
  const std::string host = hosts.HostOf(native);
  if (name == kRequests) {
    traffic.requests[{host, std::string(LabelValue(labels, "code"))}] += value;
  } else if (name == kInFlight) {
    traffic.in_flight[host] += value;
  } else {
    AddDuration(name, labels, value, traffic.durations[host]);
  }
  return Status::Ok();
}

}  // namespace

Result<AgberoTraffic> ParseAgberoMetrics(std::string_view text, const HostMapper& hosts) {
  AgberoTraffic traffic;
  PT_RETURN_IF_ERROR(VisitSamples(text, [&](std::string_view name, std::span<const LabelView> labels, double value) {
    return AddSample(name, labels, value, hosts, traffic);
  }));
  return traffic;
}

}  // namespace proxy_telemetry

// The Prometheus page of nginx-module-vts. It lists a server of an upstream with its first request and does not say
// whether it is up, so it gives no number of backends.
#include <charconv>
#include <cmath>
#include <map>

#include "base/text.h"
#include "proxies/exposition_visitor.h"
#include "proxies/nginx_vts.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kPrefix = "nginx_vts_";
constexpr std::string_view kServerRequests = "nginx_vts_server_requests_total";
constexpr std::string_view kServerBytes = "nginx_vts_server_bytes_total";
constexpr std::string_view kServerBucket = "nginx_vts_server_request_duration_seconds_bucket";
constexpr std::string_view kServerSum = "nginx_vts_server_request_duration_seconds_sum";
constexpr std::string_view kServerCount = "nginx_vts_server_request_duration_seconds_count";
constexpr std::string_view kUpstreamRequests = "nginx_vts_upstream_requests_total";

bool IsOfZones(std::string_view name) {
  return name == kServerRequests || name == kServerBytes || name == kServerBucket || name == kServerSum ||
         name == kServerCount;
}

class VtsVisitor {
 public:
  Status Visit(std::string_view name, std::span<const LabelView> labels, double value) {
    is_vts_ = is_vts_ || name.starts_with(kPrefix);
    if (IsOfZones(name)) return VisitZone(name, labels, value);
    if (name != kUpstreamRequests) return Status::Ok();
    const std::string_view upstream = LabelValue(labels, "upstream");
    const std::string_view backend = LabelValue(labels, "backend");
    if (upstream.empty() || backend.empty()) {
      return Status::Corruption(std::string(name) + " without the labels upstream and backend is not the module's");
    }
    peers_[{std::string(upstream), std::string(backend)}].emplace(LabelValue(labels, "code"), value);
    return Status::Ok();
  }

  bool is_vts() const { return is_vts_; }

  ZonePage Take(const HostMapper& hosts) && {
    ZonePage page;
    for (auto& [name, zone] : zones_) {
      zone.name = name;
      page.zones.push_back(std::move(zone));
    }
    for (auto& [key, responses] : peers_) {
      UpstreamPeer peer{key.second, false, std::nullopt, std::move(responses)};
      page.upstreams.push_back(key.first == kVtsUngrouped ? MakeUngrouped(std::move(peer), hosts)
                                                          : Upstream{key.first, {std::move(peer)}});
    }
    return page;
  }

 private:
  Status VisitZone(std::string_view name, std::span<const LabelView> labels, double value) {
    const std::string_view host = LabelValue(labels, "host");
    if (host.empty()) return Status::Corruption(std::string(name) + " without a host label is not the module's");
    if (host == kVtsSumOfZones) return Status::Ok();
    ServerZone& zone = zones_[std::string(host)];
    if (name == kServerRequests) {
      zone.responses.emplace(LabelValue(labels, "code"), value);
    } else if (name == kServerBytes) {
      (LabelValue(labels, "direction") == "in" ? zone.bytes_in : zone.bytes_out) = value;
    } else {
      return VisitDuration(name, LabelValue(labels, "le"), value, zone);
    }
    return Status::Ok();
  }

  static Status VisitDuration(std::string_view name, std::string_view le, double value, ServerZone& zone) {
    if (!zone.durations.has_value()) zone.durations.emplace();
    if (name == kServerSum) zone.durations->sum = value;
    if (name == kServerCount) zone.durations->count = value;
    if (name != kServerBucket || le == "+Inf") return Status::Ok();
    double bound = 0;
    const auto [end, error] = std::from_chars(le.data(), le.data() + le.size(), bound);
    if (error != std::errc() || end != le.data() + le.size() || !std::isfinite(bound)) {
      return Status::Corruption(std::string(name) + ": le must be a number of seconds, got " + QuotedToken(le));
    }
    zone.durations->buckets.emplace(bound, value);
    return Status::Ok();
  }

  bool is_vts_ = false;
  std::map<std::string, ServerZone> zones_;
  std::map<std::pair<std::string, std::string>, ResponseCounts> peers_;
};

}  // namespace

Result<ZonePage> ParseNginxVtsMetrics(std::string_view text, const HostMapper& hosts) {
  VtsVisitor visitor;
  PT_RETURN_IF_ERROR(VisitSamples(text, [&visitor](std::string_view name, std::span<const LabelView> labels,
                                                   double value) { return visitor.Visit(name, labels, value); }));
  if (!visitor.is_vts()) {
    return Status::Corruption("no nginx_vts_ series: not a page of nginx-module-vts; take proxy: openmetrics for it");
  }
  return std::move(visitor).Take(hosts);
}

}  // namespace proxy_telemetry

// Caddy's page, and its upstreams and configuration where those came, to the contract's metrics.
//
// Each handler on a request's way counts it again: of the handlers the largest number is taken. Before 2.8 a request
// that a handler failed (a 502, say) is in the number of errors and in no histogram, from 2.8 on it is in both.
// Adding up over hosts that differ in case or port is safe: Caddy's counters go all at once, by a restart or, from
// 2.9 on, a reload.
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "exporter/proxies.h"
#include "proxies/caddy_routes.h"
#include "proxies/json_view.h"
#include "proxies/mapped_hosts.h"
#include "proxies/mapped_rules.h"
#include "proxies/mapped_series.h"
#include "proxies/mapped_traffic.h"
#include "proxies/page_owner.h"

namespace proxy_telemetry {
namespace {

constexpr const char* kHandler = "handler";
constexpr const char* kServer = "server";
constexpr const char* kHost = "host";
// Since 2.9, in which every error is in the histogram too.
constexpr std::string_view kSince29 = "caddy_config_last_reload_successful";
constexpr const char* kServerErrors = "5xx";

MappedMetric OfHandlers(const std::string& name) {
  MappedMetric metric;
  metric.metric = name;
  metric.largest_of = kHandler;
  return metric;
}

// `host`: the label that names it.
Mapping Traffic(const std::string& host) {
  Mapping mapping;
  mapping.host = host;
  mapping.requests = {OfHandlers("caddy_http_request_duration_seconds_count")};
  mapping.requests[0].code = "code";
  mapping.latency = {OfHandlers("caddy_http_request_duration_seconds")};
  mapping.in_flight = {OfHandlers("caddy_http_requests_in_flight")};
  mapping.request_bytes = {OfHandlers("caddy_http_request_size_bytes_sum")};
  mapping.response_bytes = {OfHandlers("caddy_http_response_size_bytes_sum")};
  return mapping;
}

// What the errors are told from: see CountsErrorsApart.
Mapping Totals() {
  Mapping mapping;
  mapping.host = kServer;
  mapping.requests = {OfHandlers("caddy_http_requests_total")};
  mapping.errors = {OfHandlers("caddy_http_request_errors_total")};
  return mapping;
}

Mapping Health() {
  MappedMetric metric;
  metric.metric = "caddy_reverse_proxy_upstreams_healthy";
  metric.host = "upstream";
  Mapping mapping;
  mapping.in_flight = {metric};
  return mapping;
}

using Values = std::map<MappedKey, double>;

double Sum(const Values& values) {
  double sum = 0;
  for (const auto& [key, value] : values) sum += value;
  return sum;
}

// Whether errors are missing from the histogram. 2.8 looks like those before it: there the numbers tell, for a request
// is answered, failed or in flight. What is counted while the page is made blurs that a little.
bool CountsErrorsApart(std::string_view text, MappedTraffic& totals, MappedTraffic& traffic) {
  if (HasSeries(text, kSince29)) return false;
  const double errors = Sum(totals.values[ProxyMetric::kHttpRequestErrors]);
  const double missing = Sum(totals.values[ProxyMetric::kHttpRequests]) -
                         Sum(traffic.values[ProxyMetric::kHttpRequests]) -
                         Sum(traffic.values[ProxyMetric::kHttpRequestsInFlight]);
  return errors > 0 && missing > errors / 2;
}

// The errors as requests. Where a server's handlers make none but the proxy's own, they are 5xx; else of no known
// class.
void AddErrors(const Values& errors, const std::map<std::string, CaddyServer>* servers, MappedTraffic& traffic) {
  for (const auto& [key, count] : errors) {
    bool server_errors = false;
    if (servers != nullptr) {
      const auto found = servers->find(key.native);
      server_errors = found != servers->end() && !found->second.errors_may_be_4xx;
    }
    traffic.values[ProxyMetric::kHttpRequests][{key.native, "", server_errors ? kServerErrors : ""}] += count;
  }
}

Result<MappedTraffic> ReadBy(std::string_view text, const Mapping& mapping) {
  // "Shop.Example:8080" and "shop.example" are one site. A server's name is no host, and an upstream's address neither.
  const NativeName native_name = [](const MappedRule& rule, std::string_view value) -> std::optional<std::string> {
    std::string host = rule.host == kHost ? NormalizeHost(value) : "";
    return host.empty() ? std::string(value) : host;
  };
  PT_ASSIGN_OR_RETURN(const MappedRules rules, MappedRules::Make(mapping));
  return ReadMappedTraffic(text, ExpositionFormat::kText, rules, native_name);
}

using UpstreamsByNative = std::map<std::string, std::set<std::string>>;

// Whether the route's host takes one that no route names: "" takes all, "*.example" those one label below.
bool TakesUnnamed(const std::string& host, const std::string& other) {
  if (host.empty()) return true;
  const std::size_t dot = other.find('.');
  return host.starts_with("*.") && dot != std::string::npos && other.substr(dot) == host.substr(1);
}

// `natives`: hosts that have had requests.
UpstreamsByNative UpstreamsOf(const std::map<std::string, CaddyServer>& servers, bool by_host,
                              const std::vector<std::string>& natives) {
  UpstreamsByNative upstreams;
  std::set<std::string> named;
  for (const auto& [name, server] : servers) {
    for (const std::string& host : server.hosts) named.insert(NormalizeHost(host));
  }
  for (const auto& [name, server] : servers) {
    for (const auto& [host, dials] : server.upstreams_by_host) {
      const std::string native = by_host ? NormalizeHost(host) : name;
      if (!native.empty() && !native.starts_with("*.")) upstreams[native].insert(dials.begin(), dials.end());
      if (!by_host) continue;
      for (const std::string& other : natives) {
        if (named.contains(other) || !TakesUnnamed(native, other)) continue;
        upstreams[other].insert(dials.begin(), dials.end());
      }
    }
  }
  return upstreams;
}

// Numbers of a host only where the state of each of its upstreams is known. One upstream of two names is one.
void AddUpstreams(const UpstreamsByNative& upstreams, const std::optional<std::set<std::string>>& in_use,
                  const Values& healthy, const HostMapper& hosts, SnapshotBuilder& builder) {
  std::map<std::string, std::set<std::string>> by_host;
  for (const auto& [native, dials] : upstreams) by_host[hosts.HostOf(native)].insert(dials.begin(), dials.end());
  for (const auto& [host, dials] : by_host) {
    double all = 0;
    double known = 0;
    double up = 0;
    for (const std::string& dial : dials) {
      if (in_use.has_value() && !in_use->contains(dial)) continue;
      all += 1;
      const auto state = healthy.find({dial, "", ""});
      if (state == healthy.end()) continue;
      known += 1;
      up += state->second > 0 ? 1 : 0;
      builder.Add(ProxyMetric::kBackendUp, {{"host", host}, {"backend", dial}}, state->second > 0 ? 1 : 0);
    }
    builder.Add(ProxyMetric::kBackends, {{"host", host}}, all);
    if (known == all) builder.Add(ProxyMetric::kBackendsUp, {{"host", host}}, up);
  }
}

// A series of a request with the label host: per_host is on.
bool CountsByHost(std::string_view text) {
  constexpr std::string_view kSeries = "caddy_http_requests_total{";
  for (std::size_t at = text.find(kSeries); at != std::string_view::npos; at = text.find(kSeries, at + 1)) {
    if (at > 0 && text[at - 1] != '\n') continue;
    const std::string_view line = text.substr(at, text.find('\n', at) - at);
    return line.find("{host=\"") != std::string_view::npos || line.find(",host=\"") != std::string_view::npos;
  }
  return false;
}

// Before 2.9 a Caddy that has not been asked for anything yet has no series of its own: there its API tells.
Status CheckIsCaddys(std::string_view metrics_text, bool has_api) {
  const Status status = CheckPageOf(ProxyKind::kCaddy, metrics_text);
  const bool may_be_new = has_api && SniffPage(metrics_text) == PageKind::kExposition &&
                          ProxyOfExposition(metrics_text) == ProxyKind::kOpenMetrics;
  return may_be_new ? Status::Ok() : status;
}

}  // namespace

Result<Snapshot> ReadCaddy(std::string_view metrics_text, std::optional<std::string_view> upstreams_json,
                           std::optional<std::string_view> servers_json, const HostMapper& hosts) {
  PT_RETURN_IF_ERROR(CheckIsCaddys(metrics_text, upstreams_json.has_value() && servers_json.has_value()));
  std::map<std::string, CaddyServer> servers;
  if (servers_json.has_value()) {
    auto parsed = ParseCaddyServers(*servers_json);
    if (!parsed.ok()) return Shortened(parsed.status()).Prefixed("/config/apps/http/servers");
    servers = std::move(parsed).value();
  }
  std::optional<std::set<std::string>> in_use;
  if (upstreams_json.has_value()) {
    auto parsed = ParseCaddyUpstreams(*upstreams_json);
    if (!parsed.ok()) return Shortened(parsed.status()).Prefixed("/reverse_proxy/upstreams");
    in_use = std::move(parsed).value();
  }
  const bool by_host = CountsByHost(metrics_text);
  PT_ASSIGN_OR_RETURN(MappedTraffic traffic, ReadBy(metrics_text, Traffic(by_host ? kHost : kServer)));
  PT_ASSIGN_OR_RETURN(MappedTraffic totals, ReadBy(metrics_text, Totals()));
  if (!by_host && CountsErrorsApart(metrics_text, totals, traffic)) {
    AddErrors(totals.values[ProxyMetric::kHttpRequestErrors], servers_json.has_value() ? &servers : nullptr, traffic);
  }
  PT_ASSIGN_OR_RETURN(MappedTraffic health, ReadBy(metrics_text, Health()));

  MappedHosts mapped;
  const std::vector<std::string> natives = NativeNamesOf(traffic);
  for (const std::string& native : natives) mapped.Add(native, hosts.HostOf(native));
  SnapshotBuilder builder;
  AddMappedTraffic(traffic, mapped, builder);
  AddUpstreams(UpstreamsOf(servers, by_host, natives), in_use, health.values[ProxyMetric::kHttpRequestsInFlight], hosts,
               builder);
  return std::move(builder).Build();
}

}  // namespace proxy_telemetry

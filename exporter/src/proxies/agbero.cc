// agbero's two pages to the contract's metrics.
//
// With /metrics, HTTP requests, their codes and durations come from there: it also counts what never reached a
// backend. Backends, tcp and udp proxies and serverless functions are in /uptime alone. Without /metrics there is no
// request count but that of the backends, and no error count at all.
#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "exporter/proxies.h"
#include "proxies/agbero_metrics.h"
#include "proxies/agbero_uptime.h"
#include "proxies/json_view.h"
#include "proxies/snapshot_builder.h"

namespace proxy_telemetry {
namespace {

constexpr double kMicrosecondsPerSecond = 1e6;

// A backend and the domain under which agbero has it, which may not be the host that it counts for.
struct Entry {
  const AgberoHost* host;
  const AgberoBackend* backend;
};

using EntriesByHost = std::map<std::string, std::vector<Entry>>;

// All entries of a host, in the order in which they may claim a backend's plain name: the host's own domain before
// others, short routes before long ones. A route that comes later thus seldom takes the name from one that has it.
EntriesByHost GroupByHost(const std::vector<AgberoHost>& hosts, const HostMapper& mapper) {
  EntriesByHost entries_by_host;
  for (const AgberoHost& host : hosts) {
    std::vector<Entry>& entries = entries_by_host[mapper.HostOf(host.domain)];
    for (const AgberoBackend& backend : host.backends) entries.push_back({&host, &backend});
  }
  for (auto& [host, entries] : entries_by_host) {
    const auto rank = [&name = host](const Entry& e) {
      const std::string_view route = e.backend->route;
      return std::make_tuple(NormalizeHost(e.host->domain) != name, std::string_view(e.host->domain), e.backend->kind,
                             route.size(), route, std::string_view(e.backend->name));
    };
    std::sort(entries.begin(), entries.end(), [&rank](const Entry& a, const Entry& b) { return rank(a) < rank(b); });
  }
  return entries_by_host;
}

void AddQuantile(const std::vector<Label>& labels, std::string_view quantile, std::optional<double> value_us,
                 SnapshotBuilder& builder) {
  if (!value_us.has_value()) return;
  std::vector<Label> with_quantile = labels;
  with_quantile.push_back({"quantile", std::string(quantile)});
  builder.Add(ProxyMetric::kBackendRequestDuration, std::move(with_quantile), *value_us / kMicrosecondsPerSecond);
}

void AddBackend(const std::vector<Label>& labels, const AgberoBackend& backend, SnapshotBuilder& builder) {
  if (backend.kind != AgberoBackendKind::kServerless)
    builder.Add(ProxyMetric::kBackendUp, labels, backend.alive ? 1 : 0);
  if (backend.requests.has_value()) builder.Add(ProxyMetric::kBackendRequests, labels, *backend.requests);
  AddQuantile(labels, "0.5", backend.p50_us, builder);
  AddQuantile(labels, "0.9", backend.p90_us, builder);
  AddQuantile(labels, "0.99", backend.p99_us, builder);
}

// Two routes that share a backend have a counter each. They are not added up, for a route may go away alone: the
// first keeps the plain name, the others get the label `route`. The same route and backend again is the same counter.
void AddBackends(const std::string& host, const std::vector<Entry>& entries, SnapshotBuilder& builder) {
  std::set<std::string_view> names;
  std::set<std::tuple<std::string_view, std::string_view, std::string_view>> seen;
  double backends = 0;
  double alive = 0;
  for (const Entry& entry : entries) {
    const AgberoBackend& backend = *entry.backend;
    if (backend.kind != AgberoBackendKind::kServerless) {
      backends += 1;
      alive += backend.alive ? 1 : 0;
    }
    if (!seen.insert({entry.host->domain, backend.route, backend.name}).second) continue;
    std::vector<Label> labels = {{"host", host}, {"backend", backend.name}};
    if (!names.insert(backend.name).second) labels.push_back({"route", entry.host->domain + backend.route});
    AddBackend(labels, backend, builder);
  }
  builder.Add(ProxyMetric::kBackends, {{"host", host}}, backends);
  builder.Add(ProxyMetric::kBackendsUp, {{"host", host}}, alive);
}

// Only asked without /metrics, which knows better.
void AddInFlight(const std::string& host, const std::vector<Entry>& entries, SnapshotBuilder& builder) {
  std::optional<double> in_flight;
  for (const Entry& entry : entries) {
    if (entry.backend->kind == AgberoBackendKind::kStream || !entry.backend->in_flight.has_value()) continue;
    in_flight = in_flight.value_or(0) + *entry.backend->in_flight;
  }
  if (in_flight.has_value()) builder.Add(ProxyMetric::kHttpRequestsInFlight, {{"host", host}}, *in_flight);
}

double BoundOf(const std::string& le) {
  double bound = 0;
  const char* begin = le.data() + (le.starts_with('+') ? 1 : 0);
  std::from_chars(begin, le.data() + le.size(), bound);
  return bound;
}

void AddHistogram(const std::string& host, const AgberoHistogram& histogram, SnapshotBuilder& builder) {
  std::vector<std::pair<double, const std::string*>> bounds;
  bounds.reserve(histogram.buckets.size());
  for (const auto& [le, count] : histogram.buckets) bounds.emplace_back(BoundOf(le), &le);
  std::sort(bounds.begin(), bounds.end());
  for (const auto& [bound, le] : bounds) {
    builder.Add(ProxyMetric::kHttpRequestDuration, "_bucket", {{"host", host}, {"le", *le}}, histogram.buckets.at(*le));
  }
  builder.Add(ProxyMetric::kHttpRequestDuration, "_sum", {{"host", host}}, histogram.sum);
  builder.Add(ProxyMetric::kHttpRequestDuration, "_count", {{"host", host}}, histogram.count);
}

void AddTraffic(const AgberoTraffic& traffic, SnapshotBuilder& builder) {
  for (const auto& [key, count] : traffic.requests) {
    builder.Add(ProxyMetric::kHttpRequests, {{"host", key.first}, {"code", key.second}}, count);
  }
  for (const auto& [host, histogram] : traffic.durations) AddHistogram(host, histogram, builder);
  for (const auto& [host, count] : traffic.in_flight) {
    builder.Add(ProxyMetric::kHttpRequestsInFlight, {{"host", host}}, count);
  }
}

}  // namespace

Result<Snapshot> ReadAgbero(std::string_view uptime_json, std::optional<std::string_view> metrics_text,
                            const HostMapper& hosts) {
  auto uptime = ParseAgberoUptime(uptime_json);
  if (!uptime.ok()) return Shortened(uptime.status()).Prefixed("/uptime");
  SnapshotBuilder builder;
  const EntriesByHost entries_by_host = GroupByHost(*uptime, hosts);
  for (const auto& [host, entries] : entries_by_host) AddBackends(host, entries, builder);
  if (!metrics_text.has_value()) {
    for (const auto& [host, entries] : entries_by_host) AddInFlight(host, entries, builder);
    return std::move(builder).Build();
  }
  auto traffic = ParseAgberoMetrics(*metrics_text, hosts);
  if (!traffic.ok()) return traffic.status().Prefixed("/metrics");
  AddTraffic(*traffic, builder);
  return std::move(builder).Build();
}

}  // namespace proxy_telemetry

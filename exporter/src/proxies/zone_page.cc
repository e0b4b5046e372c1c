#include "proxies/zone_page.h"

#include <fmt/format.h>

#include <set>

namespace proxy_telemetry {
namespace {

// What can be added up over everything that feeds a host.
struct HostGauges {
  std::optional<double> in_flight;
  double backends = 0;
  double backends_up = 0;
  bool all_states_told = true;
};

using GaugesByHost = std::map<std::string, HostGauges>;

std::vector<Label> HostLabels(const std::string& name, const std::string& host) {
  std::vector<Label> labels = {{"host", host}};
  if (host != name) labels.push_back({"proxy", name});
  return labels;
}

std::vector<Label> With(std::vector<Label> labels, std::string_view name, std::string_view value) {
  labels.push_back({std::string(name), std::string(value)});
  return labels;
}

void AddResponses(ProxyMetric metric, const std::vector<Label>& labels, const ResponseCounts& responses,
                  SnapshotBuilder& builder) {
  for (const auto& [code, count] : responses) builder.Add(metric, With(labels, "code", code), count);
}

void AddHistogram(const std::vector<Label>& labels, const ZoneHistogram& histogram, SnapshotBuilder& builder) {
  constexpr ProxyMetric kMetric = ProxyMetric::kHttpRequestDuration;
  for (const auto& [bound, count] : histogram.buckets) {
    builder.Add(kMetric, "_bucket", With(labels, "le", fmt::format("{}", bound)), count);
  }
  builder.Add(kMetric, "_bucket", With(labels, "le", "+Inf"), histogram.count);
  if (histogram.sum.has_value()) builder.Add(kMetric, "_sum", labels, *histogram.sum);
  builder.Add(kMetric, "_count", labels, histogram.count);
}

void AddZone(const ServerZone& zone, const std::string& host, SnapshotBuilder& builder, HostGauges& gauges) {
  const std::vector<Label> labels = HostLabels(zone.name, host);
  AddResponses(ProxyMetric::kHttpRequests, labels, zone.responses, builder);
  if (zone.bytes_in.has_value()) builder.Add(ProxyMetric::kRequestBytes, labels, *zone.bytes_in);
  if (zone.bytes_out.has_value()) builder.Add(ProxyMetric::kResponseBytes, labels, *zone.bytes_out);
  if (zone.in_flight.has_value()) gauges.in_flight = gauges.in_flight.value_or(0) + *zone.in_flight;
  if (zone.durations.has_value()) AddHistogram(labels, *zone.durations, builder);
}

// One peer of a name in its upstream; of another one of that name only the state is taken.
struct MergedPeer {
  const UpstreamPeer* first = nullptr;
  std::optional<bool> up;
};

using PeersByName = std::map<std::pair<std::string, std::string>, MergedPeer>;

void MergePeer(const Upstream& upstream, const UpstreamPeer& peer, PeersByName& peers, HostGauges& gauges) {
  MergedPeer& merged = peers[{upstream.name, peer.name}];
  if (merged.first == nullptr) merged.first = &peer;
  if (!peer.is_member) return;
  gauges.backends += 1;
  gauges.backends_up += peer.up.value_or(false) ? 1 : 0;
  gauges.all_states_told = gauges.all_states_told && peer.up.has_value();
  if (peer.up.has_value()) merged.up = merged.up.value_or(false) || *peer.up;
}

void AddUpstreams(const std::vector<Upstream>& upstreams, const HostMapper& hosts, SnapshotBuilder& builder,
                  GaugesByHost& gauges) {
  PeersByName peers;
  for (const Upstream& upstream : upstreams) {
    if (upstream.name.empty()) continue;
    HostGauges& of_host = gauges[hosts.HostOf(upstream.name)];
    for (const UpstreamPeer& peer : upstream.peers) {
      if (!peer.name.empty()) MergePeer(upstream, peer, peers, of_host);
    }
  }
  for (const auto& [key, peer] : peers) {
    const auto& [upstream, name] = key;
    const std::vector<Label> labels = With(HostLabels(upstream, hosts.HostOf(upstream)), "backend", name);
    AddResponses(ProxyMetric::kBackendRequests, labels, peer.first->responses, builder);
    if (peer.up.has_value()) builder.Add(ProxyMetric::kBackendUp, labels, *peer.up ? 1 : 0);
  }
}

}  // namespace

void AddZonePage(const ZonePage& page, const HostMapper& hosts, SnapshotBuilder& builder) {
  GaugesByHost gauges_by_host;
  std::set<std::string_view> zones;
  for (const ServerZone& zone : page.zones) {
    if (zone.name.empty() || !zones.insert(zone.name).second) continue;
    const std::string host = hosts.HostOf(zone.name);
    AddZone(zone, host, builder, gauges_by_host[host]);
  }
  AddUpstreams(page.upstreams, hosts, builder, gauges_by_host);
  for (const auto& [host, gauges] : gauges_by_host) {
    if (gauges.in_flight.has_value()) {
      builder.Add(ProxyMetric::kHttpRequestsInFlight, {{"host", host}}, *gauges.in_flight);
    }
    if (gauges.backends == 0) continue;
    builder.Add(ProxyMetric::kBackends, {{"host", host}}, gauges.backends);
    if (gauges.all_states_told) builder.Add(ProxyMetric::kBackendsUp, {{"host", host}}, gauges.backends_up);
  }
}

}  // namespace proxy_telemetry

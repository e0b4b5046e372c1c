// Envoy's statistics, and its clusters where those came, to the contract's metrics.
//
// A request is counted by its connection manager, its listener, its cluster (again as external or internal) and, where
// a virtual host has virtual clusters, by that. Hosts are made of virtual hosts where any of them has counted, else of
// clusters; connection managers are frontends.
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "exporter/proxies.h"
#include "proxies/envoy_clusters.h"
#include "proxies/envoy_names.h"
#include "proxies/json_view.h"
#include "proxies/mapped_hosts.h"
#include "proxies/mapped_rules.h"
#include "proxies/mapped_traffic.h"
#include "proxies/page_owner.h"

namespace proxy_telemetry {
namespace {

constexpr double kSecondsPerMillisecond = 0.001;
// The connection manager that serves the statistics.
constexpr std::string_view kAdmin = "admin";

MappedMetric Metric(const std::string& name, double scale = 1) {
  MappedMetric metric;
  metric.metric = name;
  metric.scale = scale;
  return metric;
}

// By exact code, unless the proxy's configuration of statistics leaves those out.
MappedMetric Requests(const std::string& of, bool exact) {
  MappedMetric metric = Metric(of + (exact ? "upstream_rq" : "upstream_rq_xx"));
  metric.code = exact ? "envoy_response_code" : "envoy_response_code_class";
  return metric;
}

void AddFrontends(Mapping& mapping) {
  MappedMetric metric = Metric("envoy_http_downstream_rq_xx");
  metric.host = kEnvoyConnManager;
  metric.code = "envoy_response_code_class";
  mapping.frontend_requests = {metric};
}

Mapping VirtualHosts(bool exact) {
  Mapping mapping;
  mapping.host = kEnvoyVirtualHost;
  mapping.requests = {Requests("envoy_vhost_vcluster_", exact)};
  mapping.latency = {Metric("envoy_vhost_vcluster_upstream_rq_time", kSecondsPerMillisecond)};
  AddFrontends(mapping);
  return mapping;
}

// Bytes are those between Envoy and the cluster: what came from there went to clients.
Mapping Clusters(bool exact) {
  Mapping mapping;
  mapping.host = kEnvoyCluster;
  mapping.requests = {Requests("envoy_cluster_", exact)};
  mapping.latency = {Metric("envoy_cluster_upstream_rq_time", kSecondsPerMillisecond)};
  mapping.in_flight = {Metric("envoy_cluster_upstream_rq_active"), Metric("envoy_cluster_upstream_rq_pending_active")};
  mapping.request_bytes = {Metric("envoy_cluster_upstream_cx_tx_bytes_total")};
  mapping.response_bytes = {Metric("envoy_cluster_upstream_cx_rx_bytes_total")};
  AddFrontends(mapping);
  return mapping;
}

Mapping Members() {
  Mapping mapping;
  mapping.host = kEnvoyCluster;
  mapping.backends = {Metric("envoy_cluster_membership_total")};
  mapping.backends_up = {Metric("envoy_cluster_membership_healthy")};
  return mapping;
}

Result<MappedTraffic> ReadBy(std::string_view text, const Mapping& mapping, const std::vector<EnvoyCluster>* clusters) {
  const NativeName native_name = [](const MappedRule& rule, std::string_view value) -> std::optional<std::string> {
    if (rule.metric == ProxyMetric::kFrontendHttpRequests && value == kAdmin) return std::nullopt;
    return std::string(value);
  };
  PT_ASSIGN_OR_RETURN(const MappedRules rules, MappedRules::Make(mapping));
  MappedSink sink(rules, native_name);
  EnvoyNames names(clusters, sink);
  OpenMetricsParser parser(ExpositionFormat::kText, names);
  PT_RETURN_IF_ERROR(parser.Feed(text));
  PT_RETURN_IF_ERROR(parser.Finish());
  return sink.Take();
}

MappedHosts HostsOf(const std::vector<std::string>& natives, const HostMapper& hosts) {
  MappedHosts mapped;
  for (const std::string& native : natives) mapped.Add(native, hosts.HostOf(native));
  return mapped;
}

// An endpoint may be listed twice, once per priority. Its requests are given where its cluster is a host: beside a
// virtual host they would be the same requests under a second host.
void AddEndpoints(const std::vector<EnvoyCluster>& clusters, const HostMapper& hosts, bool with_requests,
                  SnapshotBuilder& builder) {
  MappedHosts mapped;
  for (const EnvoyCluster& cluster : clusters) mapped.Add(cluster.name, hosts.HostOf(cluster.name));
  struct Numbers {
    double all = 0;
    double up = 0;
  };
  std::map<std::string, Numbers> numbers_by_host;
  std::set<std::pair<std::string, std::string>> seen;
  for (const EnvoyCluster& cluster : clusters) {
    Numbers& numbers = numbers_by_host[mapped.HostOf(cluster.name)];
    for (const EnvoyEndpoint& endpoint : cluster.endpoints) {
      if (!seen.insert({cluster.name, endpoint.address}).second) continue;
      numbers.all += 1;
      numbers.up += endpoint.up ? 1 : 0;
      std::vector<Label> labels = mapped.LabelsOf(cluster.name);
      labels.push_back({"backend", endpoint.address});
      if (with_requests && endpoint.requests.has_value())
        builder.Add(ProxyMetric::kBackendRequests, labels, *endpoint.requests);
      builder.Add(ProxyMetric::kBackendUp, std::move(labels), endpoint.up ? 1 : 0);
    }
  }
  for (const auto& [host, numbers] : numbers_by_host) {
    builder.Add(ProxyMetric::kBackends, {{"host", host}}, numbers.all);
    builder.Add(ProxyMetric::kBackendsUp, {{"host", host}}, numbers.up);
  }
}

}  // namespace

Result<Snapshot> ReadEnvoy(std::string_view metrics_text, std::optional<std::string_view> clusters_json,
                           const HostMapper& hosts) {
  PT_RETURN_IF_ERROR(CheckPageOf(ProxyKind::kEnvoy, metrics_text));
  std::vector<EnvoyCluster> clusters;
  if (clusters_json.has_value()) {
    auto parsed = ParseEnvoyClusters(*clusters_json);
    if (!parsed.ok()) return Shortened(parsed.status()).Prefixed("/clusters");
    clusters = std::move(parsed).value();
  }
  const std::vector<EnvoyCluster>* const known = clusters_json.has_value() ? &clusters : nullptr;
  const bool exact = metrics_text.find("envoy_response_code=\"") != std::string_view::npos;
  PT_ASSIGN_OR_RETURN(MappedTraffic traffic, ReadBy(metrics_text, VirtualHosts(exact), known));
  const bool by_cluster = traffic.values[ProxyMetric::kHttpRequests].empty();
  if (by_cluster) {
    PT_ASSIGN_OR_RETURN(traffic, ReadBy(metrics_text, Clusters(exact), known));
  }
  SnapshotBuilder builder;
  AddMappedTraffic(traffic, HostsOf(NativeNamesOf(traffic), hosts), builder);
  if (known != nullptr) {
    AddEndpoints(clusters, hosts, by_cluster, builder);
  } else {
    PT_ASSIGN_OR_RETURN(const MappedTraffic members, ReadBy(metrics_text, Members(), known));
    AddMappedTraffic(members, HostsOf(NativeNamesOf(members), hosts), builder);
  }
  return std::move(builder).Build();
}

}  // namespace proxy_telemetry

// EnvoyNames: puts names together again that Envoy tears apart.
//
// Envoy takes the labels out of its dotted names by expressions that stop at the next dot. So the cluster
// "shop.default" becomes envoy_cluster_default_upstream_rq{envoy_cluster_name="shop"}, and the virtual host
// "shop.example" becomes envoy_vhost_example_vcluster_all_upstream_rq{envoy_virtual_host="shop"}. One page, single
// thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/page_sink.h"
#include "proxies/envoy_clusters.h"

namespace proxy_telemetry {

inline constexpr std::string_view kEnvoyCluster = "envoy_cluster_name";
inline constexpr std::string_view kEnvoyVirtualHost = "envoy_virtual_host";
inline constexpr std::string_view kEnvoyConnManager = "envoy_http_conn_manager_prefix";

// Hands series on under the names that they have where no dot is in the way; leaves out those that count the same
// requests again (external, internal, canary, retried, by zone, by route). What is behind a dot comes back with dots
// for all that a metric's name cannot hold; where `clusters` are given, as they are really called.
class EnvoyNames : public PageSink {
 public:
  // Both outlive this.
  EnvoyNames(const std::vector<EnvoyCluster>* clusters, PageSink& next);

  FamilyId AddFamily(const MetricFamily& family) override { return next_.AddFamily(family); }
  bool AddKnown(std::string_view raw, double value) override { return next_.AddKnown(raw, value); }
  Status AddSeries(std::string_view raw, FamilyId family, std::string_view name, std::span<const LabelView> labels,
                   double value) override;

 private:
  // The name whose label is `head`, behind whose first dot `tail` stands; "" for one that there is not.
  std::string Joined(std::string_view label, std::string_view head, std::string_view tail) const;

  const bool clusters_known_;
  PageSink& next_;
  std::map<std::pair<std::string, std::string>, std::string> cluster_by_parts_;
};

}  // namespace proxy_telemetry

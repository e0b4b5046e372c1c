#include "proxies/envoy_names.h"

#include <algorithm>
#include <array>
#include <optional>

#include "openmetrics_text.h"

namespace proxy_telemetry {
namespace {

constexpr std::array<std::string_view, 13> kClusterEnds{"upstream_rq",
                                                        "upstream_rq_xx",
                                                        "upstream_rq_time_bucket",
                                                        "upstream_rq_time_sum",
                                                        "upstream_rq_time_count",
                                                        "upstream_rq_active",
                                                        "upstream_rq_pending_active",
                                                        "upstream_cx_rx_bytes_total",
                                                        "upstream_cx_tx_bytes_total",
                                                        "membership_healthy",
                                                        "membership_total",
                                                        "membership_degraded",
                                                        "membership_excluded"};
constexpr std::array<std::string_view, 5> kVirtualHostEnds{"upstream_rq", "upstream_rq_xx", "upstream_rq_time_bucket",
                                                           "upstream_rq_time_sum", "upstream_rq_time_count"};
constexpr std::array<std::string_view, 1> kHttpEnds{"downstream_rq_xx"};
constexpr std::string_view kVirtualCluster = "vcluster_";

struct Scope {
  std::string_view prefix;
  std::string_view label;
  std::span<const std::string_view> ends;
};

const std::array<Scope, 3> kScopes{{{"envoy_cluster_", kEnvoyCluster, kClusterEnds},
                                    {"envoy_vhost_", kEnvoyVirtualHost, kVirtualHostEnds},
                                    {"envoy_http_", kEnvoyConnManager, kHttpEnds}}};

struct NameParts {
  const Scope* scope = nullptr;
  std::string_view middle;  // "" or ending in '_'
  std::string_view end;
};

std::optional<NameParts> PartsOf(std::string_view name) {
  for (const Scope& scope : kScopes) {
    if (!name.starts_with(scope.prefix)) continue;
    const std::string_view rest = name.substr(scope.prefix.size());
    for (const std::string_view end : scope.ends) {
      if (!rest.ends_with(end)) continue;
      const std::string_view middle = rest.substr(0, rest.size() - end.size());
      if (middle.empty() || middle.ends_with('_')) return NameParts{&scope, middle, end};
    }
  }
  return std::nullopt;
}

std::string AsInMetricName(std::string_view text) {
  std::string name(text);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !IsOfClass(c, byte_class::kLabelStart | byte_class::kDigit); },
      '_');
  return name;
}

// Parts of a cluster's statistics that repeat the others. "api.internal" may be a cluster's own name, though.
bool IsRepetition(std::string_view tail) {
  constexpr std::array<std::string_view, 4> kAgain{"external", "internal", "canary", "retry"};
  const std::string framed = "_" + std::string(tail);
  return framed.find("_zone_") != std::string::npos ||
         std::any_of(kAgain.begin(), kAgain.end(),
                     [&framed](std::string_view again) { return framed.ends_with("_" + std::string(again)); });
}

// What stands between the prefix and the end, without the virtual cluster; nullopt: another kind of statistics.
std::optional<std::string_view> TailOf(const NameParts& parts) {
  std::string_view middle = parts.middle;
  if (parts.scope->label == kEnvoyVirtualHost) {
    const std::size_t at = middle.starts_with(kVirtualCluster) ? 0 : middle.find("_vcluster_");
    if (at == std::string_view::npos) return std::nullopt;
    return middle.substr(0, at);
  }
  if (!middle.empty()) middle.remove_suffix(1);
  return middle;
}

}  // namespace

EnvoyNames::EnvoyNames(const std::vector<EnvoyCluster>* clusters, PageSink& next)
    : clusters_known_(clusters != nullptr), next_(next) {
  if (clusters == nullptr) return;
  for (const EnvoyCluster& cluster : *clusters) {
    const std::size_t dot = cluster.name.find('.');
    if (dot == std::string::npos) continue;
    cluster_by_parts_.try_emplace({cluster.name.substr(0, dot), AsInMetricName(cluster.name.substr(dot + 1))},
                                  cluster.name);
  }
}

std::string EnvoyNames::Joined(std::string_view label, std::string_view head, std::string_view tail) const {
  if (label == kEnvoyCluster && clusters_known_) {
    const auto found = cluster_by_parts_.find({std::string(head), std::string(tail)});
    return found == cluster_by_parts_.end() ? std::string() : found->second;
  }
  if (label == kEnvoyCluster && IsRepetition(tail)) return {};
  std::string name = std::string(head) + "." + std::string(tail);
  std::replace(name.begin() + static_cast<std::ptrdiff_t>(head.size()), name.end(), '_', '.');
  return name;
}

Status EnvoyNames::AddSeries(std::string_view raw, FamilyId family, std::string_view name,
                             std::span<const LabelView> labels, double value) {
  const std::optional<NameParts> parts = PartsOf(name);
  if (!parts.has_value()) return Status::Ok();
  const std::optional<std::string_view> tail = TailOf(*parts);
  if (!tail.has_value()) return Status::Ok();
  std::string whole(parts->scope->prefix);
  if (parts->scope->label == kEnvoyVirtualHost) whole += kVirtualCluster;
  whole += parts->end;
  std::vector<LabelView> renamed(labels.begin(), labels.end());
  std::string joined;
  for (LabelView& label : renamed) {
    if (tail->empty() || label.name != parts->scope->label) continue;
    joined = Joined(label.name, label.value, *tail);
    if (joined.empty()) return Status::Ok();
    label.value = joined;
  }
  // The virtual cluster is part of the name where the host has a dot: without it two of them would look like one.
  const std::string parted(parts->middle);
  if (parts->scope->label == kEnvoyVirtualHost) renamed.push_back({"name_parts", parted});
  return next_.AddSeries(raw, family, whole, renamed, value);
}

}  // namespace proxy_telemetry

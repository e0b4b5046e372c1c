#include "proxies/envoy_clusters.h"

#include <algorithm>
#include <array>

#include "base/number.h"
#include "proxies/json_view.h"

namespace proxy_telemetry {
namespace {

constexpr JsonLimits kLimits{.depth_max = 64, .values_max = 8'000'000};

Result<std::string> StringOf(const JsonView& object, std::string_view key) {
  const auto member = object.Member(key);
  if (!member.has_value()) return std::string();
  return member->String();
}

// One of the forms of an address is there; an unknown one gives "".
Result<std::string> AddressOf(const JsonView& address) {
  PT_RETURN_IF_ERROR(address.RequireObject());
  if (const auto socket = address.Member("socket_address")) {
    PT_ASSIGN_OR_RETURN(const std::string host, StringOf(*socket, "address"));
    double port = 0;
    if (const auto member = socket->Member("port_value")) {
      PT_ASSIGN_OR_RETURN(port, member->Count());
    }
    std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
    text += ':';
    AppendNumber(port, text);
    return text;
  }
  if (const auto pipe = address.Member("pipe")) return StringOf(*pipe, "path");
  if (const auto internal = address.Member("envoy_internal_address"))
    return StringOf(*internal, "server_listener_name");
  return std::string();
}

// Envoy writes only the flags that are set.
Result<bool> IsUp(const JsonView& endpoint) {
  constexpr std::array<std::string_view, 6> kDown{"failed_active_health_check", "failed_outlier_check",
                                                  "pending_dynamic_removal",    "pending_active_hc",
                                                  "active_hc_timeout",          "excluded_via_immediate_hc_fail"};
  const auto health = endpoint.Member("health_status");
  if (!health.has_value()) return true;
  for (const std::string_view flag : kDown) {
    const auto member = health->Member(flag);
    if (!member.has_value()) continue;
    PT_ASSIGN_OR_RETURN(const bool set, member->Bool());
    if (set) return false;
  }
  PT_ASSIGN_OR_RETURN(const std::string eds, StringOf(*health, "eds_health_status"));
  return eds.empty() || eds == "HEALTHY" || eds == "UNKNOWN" || eds == "DEGRADED";
}

// 64-bit numbers are strings in protobuf's JSON, and a 0 is left out.
Status ReadRequests(const JsonView& endpoint, EnvoyEndpoint& out) {
  const auto stats = endpoint.Member("stats");
  if (!stats.has_value()) return Status::Ok();
  return stats->EachElement([&out](const JsonView& stat) -> Status {
    PT_ASSIGN_OR_RETURN(const std::string name, StringOf(stat, "name"));
    if (name != "rq_total") return Status::Ok();
    PT_ASSIGN_OR_RETURN(const std::string text, StringOf(stat, "value"));
    double value = 0;
    const bool is_count = text.empty() || (ParseNumber(text, value) == NumberError::kNone && value >= 0);
    if (!is_count) return stat.WrongType("a count in \"value\"");
    out.requests = value;
    return Status::Ok();
  });
}

Status ReadEndpoint(const JsonView& json, EnvoyCluster& cluster) {
  PT_RETURN_IF_ERROR(json.RequireObject());
  const auto address = json.Member("address");
  if (!address.has_value()) return Status::Ok();
  EnvoyEndpoint endpoint;
  PT_ASSIGN_OR_RETURN(endpoint.address, AddressOf(*address));
  if (endpoint.address.empty()) return Status::Ok();
  PT_ASSIGN_OR_RETURN(endpoint.up, IsUp(json));
  PT_RETURN_IF_ERROR(ReadRequests(json, endpoint));
  cluster.endpoints.push_back(std::move(endpoint));
  return Status::Ok();
}

Result<std::string> NameOf(const JsonView& status) {
  PT_ASSIGN_OR_RETURN(std::string name, StringOf(status, "observability_name"));
  if (!name.empty()) return name;
  PT_ASSIGN_OR_RETURN(name, StringOf(status, "name"));
  std::replace(name.begin(), name.end(), ':', '_');
  return name;
}

}  // namespace

Result<std::vector<EnvoyCluster>> ParseEnvoyClusters(std::string_view json) {
  PT_ASSIGN_OR_RETURN(const nlohmann::json document, ParseJson(json, kLimits));
  const JsonView root(document);
  PT_RETURN_IF_ERROR(root.RequireObject());
  std::vector<EnvoyCluster> clusters;
  const auto statuses = root.Member("cluster_statuses");
  if (!statuses.has_value()) return clusters;
  const auto add = [&clusters](const JsonView& status) -> Status {
    PT_RETURN_IF_ERROR(status.RequireObject());
    EnvoyCluster cluster;
    PT_ASSIGN_OR_RETURN(cluster.name, NameOf(status));
    const auto endpoints = status.Member("host_statuses");
    const auto read = [&cluster](const JsonView& endpoint) { return ReadEndpoint(endpoint, cluster); };
    if (endpoints.has_value()) PT_RETURN_IF_ERROR(endpoints->EachElement(read));
    if (!cluster.name.empty()) clusters.push_back(std::move(cluster));
    return Status::Ok();
  };
  PT_RETURN_IF_ERROR(statuses->EachElement(add));
  return clusters;
}

}  // namespace proxy_telemetry

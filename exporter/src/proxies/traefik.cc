// Traefik's page, and its API where that answers, to the contract's metrics.
//
// A request is counted three times: by its entry point, its router and its service. Hosts are made of routers where
// those count (addRoutersLabels), else of services; entry points have a metric of their own. A router's series go
// when the router does, after they have been shown once more: with the API, a router that it does not list is gone.
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "exporter/proxies.h"
#include "proxies/json_view.h"
#include "proxies/mapped_hosts.h"
#include "proxies/mapped_rules.h"
#include "proxies/mapped_series.h"
#include "proxies/mapped_traffic.h"
#include "proxies/page_owner.h"
#include "proxies/traefik_api.h"
#include "proxies/traefik_rule.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kRouterRequests = "traefik_router_requests_total";
constexpr std::string_view kServiceRequests = "traefik_service_requests_total";
// The entry point that serves the API and these metrics.
constexpr std::string_view kOwnEntryPoint = "traefik";

MappedMetric Metric(const std::string& name, const std::string& code = "") {
  MappedMetric metric;
  metric.metric = name;
  metric.code = code;
  return metric;
}

// `of`: "router" or "service". Names are those of v2 and v3.
Mapping TrafficOf(const std::string& of) {
  const std::string prefix = "traefik_" + of + "_";
  Mapping mapping;
  mapping.host = of;
  mapping.requests = {Metric(prefix + "requests_total", "code")};
  mapping.latency = {Metric(prefix + "request_duration_seconds")};
  mapping.in_flight = {Metric(prefix + "open_connections")};  // v2, of services
  mapping.request_bytes = {Metric(prefix + "requests_bytes_total")};
  mapping.response_bytes = {Metric(prefix + "responses_bytes_total")};
  mapping.frontend_requests = {Metric("traefik_entrypoint_requests_total", "code")};
  mapping.frontend_requests[0].host = "entrypoint";
  return mapping;
}

Mapping ServerStates() {
  Mapping mapping;
  mapping.backend_up = {Metric("traefik_service_server_up")};
  mapping.backend_up[0].host = "service";
  mapping.backend_up[0].backend = "url";
  return mapping;
}

// What the API says, and what that makes of names.
class Names {
 public:
  Names(const HostMapper& hosts, const std::vector<TraefikRouter>* routers, const std::vector<TraefikService>* services)
      : hosts_(hosts), routers_(routers) {
    if (routers != nullptr) {
      for (const TraefikRouter& router : *routers) AddRouter(router);
    }
    if (services != nullptr) {
      for (const TraefikService& service : *services) services_.try_emplace(service.name, &service);
    }
    for (const auto& [router, use] : use_of_router_) AddHost(use.service, use.host);
  }

  // nullopt: the router is gone.
  std::optional<std::string> HostOfRouter(const std::string& name) const {
    if (auto ruled = hosts_.RuledHost(name)) return ruled;
    if (const auto found = use_of_router_.find(name); found != use_of_router_.end()) return found->second.host;
    return HostOfUnlisted(name);
  }

  // That of its routers, where they agree: the requests of one that serves several hosts cannot be told apart.
  // nullopt: no router uses it any more.
  std::optional<std::string> HostOfService(const std::string& name) const {
    if (auto ruled = hosts_.RuledHost(name)) return ruled;
    const auto found = hosts_of_service_.find(name);
    if (found == hosts_of_service_.end()) return HostOfUnlisted(name);
    return found->second.size() == 1 ? *found->second.begin() : hosts_.HostOf(name);
  }

  // The hosts that each service gets requests of.
  const std::map<std::string, std::set<std::string>>& hosts_of_service() const { return hosts_of_service_; }

 private:
  struct Use {
    std::string service;
    std::string host;
  };

  // Series of what is gone are shown once more. Under another host they would look new, and their whole count would be
  // taken for an increase. A list that may be cut off tells nothing.
  std::optional<std::string> HostOfUnlisted(const std::string& name) const {
    const bool complete = routers_ != nullptr && (routers_->empty() || routers_->size() % kTraefikPageSize != 0);
    return complete ? std::nullopt : std::optional(hosts_.HostOf(name));
  }

  void AddRouter(const TraefikRouter& router) {
    std::optional<std::string> host = hosts_.RuledHost(router.name);
    if (!host.has_value()) host = FirstHostOfRule(router.rule);
    use_of_router_.try_emplace(router.name, Use{router.service, hosts_.HostOf(host.value_or(router.name))});
  }

  // Once per service and host, which also ends circles.
  void AddHost(const std::string& first, const std::string& host) {
    std::vector<std::string> services = {first};
    while (!services.empty()) {
      const std::string service = std::move(services.back());
      services.pop_back();
      if (!hosts_of_service_[service].insert(host).second) continue;
      const auto found = services_.find(service);
      if (found == services_.end()) continue;
      services.insert(services.end(), found->second->parts.begin(), found->second->parts.end());
    }
  }

  const HostMapper& hosts_;
  const std::vector<TraefikRouter>* routers_;
  std::map<std::string, Use> use_of_router_;
  std::map<std::string, const TraefikService*> services_;
  std::map<std::string, std::set<std::string>> hosts_of_service_;
};

using ServerUp = std::map<MappedKey, double>;

// The servers of the services of a host. Where the API came, it says which servers there are: Traefik shows the state
// of one that is gone for a while.
class Servers {
 public:
  void Add(const std::string& host, const std::string& service, const std::string& url, bool up) {
    by_host_[host][service][url] = up;
  }

  void AddTo(SnapshotBuilder& builder) const {
    for (const auto& [host, services] : by_host_) {
      double servers = 0;
      double servers_up = 0;
      for (const auto& [service, urls] : services) {
        for (const auto& [url, up] : urls) {
          std::vector<Label> labels = {{"host", host}, {"backend", url}};
          if (service != host) labels.push_back({"proxy", service});
          builder.Add(ProxyMetric::kBackendUp, std::move(labels), up ? 1 : 0);
          servers += 1;
          servers_up += up ? 1 : 0;
        }
      }
      builder.Add(ProxyMetric::kBackends, {{"host", host}}, servers);
      builder.Add(ProxyMetric::kBackendsUp, {{"host", host}}, servers_up);
    }
  }

 private:
  std::map<std::string, std::map<std::string, std::map<std::string, bool>>> by_host_;
};

// What hosts are made of. Which of both Traefik counts it shows with the first request.
enum class HostsOf { kRouters, kServices, kNotKnownYet };

Servers ServersByApi(const std::vector<TraefikService>& services, const ServerUp& states, const Names& names,
                     HostsOf hosts_of) {
  Servers servers;
  for (const TraefikService& service : services) {
    const auto used = names.hosts_of_service().find(service.name);
    if (used == names.hosts_of_service().end()) continue;
    std::set<std::string> hosts = used->second;
    // By its own name it would be a host that may never have a request.
    if (hosts_of == HostsOf::kNotKnownYet && hosts.size() > 1) continue;
    if (hosts_of != HostsOf::kRouters) hosts = {names.HostOfService(service.name).value_or(service.name)};
    for (const auto& [url, status] : service.servers) {
      const auto state = states.find({service.name, url, ""});
      const std::optional<bool> up = state == states.end() ? status : std::optional(state->second > 0);
      if (!up.has_value()) continue;
      for (const std::string& host : hosts) servers.Add(host, service.name, url, *up);
    }
  }
  return servers;
}

Servers ServersByMetrics(const ServerUp& states, const Names& names) {
  Servers servers;
  for (const auto& [key, up] : states) {
    const std::optional<std::string> host = names.HostOfService(key.native);
    if (host.has_value()) servers.Add(*host, key.native, key.backend, up > 0);
  }
  return servers;
}

Result<MappedTraffic> ReadBy(std::string_view text, const Mapping& mapping, const NativeName& native_name) {
  PT_ASSIGN_OR_RETURN(const MappedRules rules, MappedRules::Make(mapping));
  return ReadMappedTraffic(text, ExpositionFormat::kText, rules, native_name);
}

Status AddTraffic(std::string_view metrics_text, const Names& names, bool by_router, SnapshotBuilder& builder) {
  const NativeName native_name = [&names, by_router](const MappedRule& rule,
                                                     std::string_view value) -> std::optional<std::string> {
    std::string name(value);
    if (rule.metric == ProxyMetric::kFrontendHttpRequests) {
      return value == kOwnEntryPoint ? std::nullopt : std::optional(std::move(name));
    }
    const auto host = by_router ? names.HostOfRouter(name) : names.HostOfService(name);
    return IsTraefikInternal(value) || !host.has_value() ? std::nullopt : std::optional(std::move(name));
  };
  PT_ASSIGN_OR_RETURN(const MappedTraffic traffic,
                      ReadBy(metrics_text, TrafficOf(by_router ? "router" : "service"), native_name));
  MappedHosts hosts;
  for (const std::string& native : NativeNamesOf(traffic)) {
    const auto host = by_router ? names.HostOfRouter(native) : names.HostOfService(native);
    if (host.has_value()) hosts.Add(native, *host);
  }
  AddMappedTraffic(traffic, hosts, builder);
  return Status::Ok();
}

}  // namespace

Result<Snapshot> ReadTraefik(std::string_view metrics_text, std::optional<std::string_view> routers_json,
                             std::optional<std::string_view> services_json, const HostMapper& hosts) {
  PT_RETURN_IF_ERROR(CheckPageOf(ProxyKind::kTraefik, metrics_text));
  std::vector<TraefikRouter> routers;
  std::vector<TraefikService> services;
  if (routers_json.has_value()) {
    auto parsed = ParseTraefikRouters(*routers_json);
    if (!parsed.ok()) return Shortened(parsed.status()).Prefixed("/api/http/routers");
    routers = std::move(parsed).value();
  }
  if (services_json.has_value()) {
    auto parsed = ParseTraefikServices(*services_json);
    if (!parsed.ok()) return Shortened(parsed.status()).Prefixed("/api/http/services");
    services = std::move(parsed).value();
  }
  const Names names(hosts, routers_json.has_value() ? &routers : nullptr,
                    services_json.has_value() ? &services : nullptr);
  const bool by_router = HasSeries(metrics_text, kRouterRequests);
  SnapshotBuilder builder;
  PT_RETURN_IF_ERROR(AddTraffic(metrics_text, names, by_router, builder));
  const NativeName as_it_is = [](const MappedRule& /*rule*/, std::string_view value) { return std::string(value); };
  PT_ASSIGN_OR_RETURN(MappedTraffic states, ReadBy(metrics_text, ServerStates(), as_it_is));
  const ServerUp& up = states.values[ProxyMetric::kBackendUp];
  const bool has_api = routers_json.has_value() && services_json.has_value();
  const HostsOf hosts_of = by_router                                   ? HostsOf::kRouters
                           : HasSeries(metrics_text, kServiceRequests) ? HostsOf::kServices
                                                                       : HostsOf::kNotKnownYet;
  (has_api ? ServersByApi(services, up, names, hosts_of) : ServersByMetrics(up, names)).AddTo(builder);
  return std::move(builder).Build();
}

}  // namespace proxy_telemetry

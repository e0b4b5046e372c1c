#include "proxies/traefik_api.h"

#include "proxies/json_view.h"

namespace proxy_telemetry {
namespace {

constexpr JsonLimits kLimits{.depth_max = 64, .values_max = 4'000'000};

Result<std::string> StringOf(const JsonView& object, std::string_view key) {
  const auto member = object.Member(key);
  if (!member.has_value()) return std::string();
  return member->String();
}

// A name without a provider means the one of whoever uses it.
std::string Qualified(const std::string& name, const std::string& user) {
  const std::size_t at = user.rfind('@');
  return name.empty() || name.find('@') != std::string::npos || at == std::string::npos ? name : name + user.substr(at);
}

template <typename Visit>
Status EachEntry(std::string_view text, const Visit& visit) {
  PT_ASSIGN_OR_RETURN(const nlohmann::json json, ParseJson(text, kLimits));
  return JsonView(json).EachElement([&visit](const JsonView& entry) -> Status {
    PT_RETURN_IF_ERROR(entry.RequireObject());
    PT_ASSIGN_OR_RETURN(const std::string name, StringOf(entry, "name"));
    return name.empty() || IsTraefikInternal(name) ? Status::Ok() : visit(entry, name);
  });
}

Status AddServers(const JsonView& entry, TraefikService& service) {
  if (const auto balancer = entry.Member("loadBalancer")) {
    if (const auto servers = balancer->Member("servers")) {
      PT_RETURN_IF_ERROR(servers->EachElement([&service](const JsonView& server) -> Status {
        PT_ASSIGN_OR_RETURN(std::string url, StringOf(server, "url"));
        if (!url.empty()) service.servers.try_emplace(std::move(url));
        return Status::Ok();
      }));
    }
  }
  const auto states = entry.Member("serverStatus");
  if (!states.has_value()) return Status::Ok();
  return states->EachMember([&service](const std::string& url, const JsonView& state) -> Status {
    const Result<std::string> text = state.String();
    if (text.ok()) service.servers[url] = std::string_view(*text) == "UP";
    return text.status();
  });
}

// weighted and mirroring name services of their own, failover two.
Status AddParts(const JsonView& entry, TraefikService& service) {
  const auto add = [&service](const JsonView& holder, std::string_view key) -> Status {
    PT_ASSIGN_OR_RETURN(const std::string name, StringOf(holder, key));
    if (!name.empty()) service.parts.push_back(Qualified(name, service.name));
    return Status::Ok();
  };
  if (const auto weighted = entry.Member("weighted")) {
    if (const auto services = weighted->Member("services")) {
      PT_RETURN_IF_ERROR(services->EachElement([&add](const JsonView& part) { return add(part, "name"); }));
    }
  }
  if (const auto mirroring = entry.Member("mirroring")) PT_RETURN_IF_ERROR(add(*mirroring, "service"));
  if (const auto failover = entry.Member("failover")) {
    PT_RETURN_IF_ERROR(add(*failover, "service"));
    PT_RETURN_IF_ERROR(add(*failover, "fallback"));
  }
  return Status::Ok();
}

}  // namespace

bool IsTraefikInternal(std::string_view name) { return name.ends_with("@internal"); }

Result<std::vector<TraefikRouter>> ParseTraefikRouters(std::string_view json) {
  std::vector<TraefikRouter> routers;
  PT_RETURN_IF_ERROR(EachEntry(json, [&routers](const JsonView& entry, const std::string& name) -> Status {
    PT_ASSIGN_OR_RETURN(std::string rule, StringOf(entry, "rule"));
    PT_ASSIGN_OR_RETURN(const std::string service, StringOf(entry, "service"));
    routers.push_back({name, std::move(rule), Qualified(service, name)});
    return Status::Ok();
  }));
  return routers;
}

Result<std::vector<TraefikService>> ParseTraefikServices(std::string_view json) {
  std::vector<TraefikService> services;
  const auto add = [&services](const JsonView& entry, const std::string& name) -> Status {
    TraefikService service;
    service.name = name;
    PT_RETURN_IF_ERROR(AddServers(entry, service));
    PT_RETURN_IF_ERROR(AddParts(entry, service));
    services.push_back(std::move(service));
    return Status::Ok();
  };
  PT_RETURN_IF_ERROR(EachEntry(json, add));
  return services;
}

}  // namespace proxy_telemetry

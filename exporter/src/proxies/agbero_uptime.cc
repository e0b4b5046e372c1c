#include "proxies/agbero_uptime.h"

#include <utility>

#include "proxies/json_view.h"

namespace proxy_telemetry {
namespace {

Result<std::string> RequiredString(const JsonView& object, std::string_view key) {
  const std::optional<JsonView> member = object.Member(key);
  if (!member.has_value()) return Status::Corruption(object.Pointer() + ": has no " + std::string(key));
  return member->String();
}

Result<std::string> OptionalString(const JsonView& object, std::string_view key) {
  const std::optional<JsonView> member = object.Member(key);
  return member.has_value() ? member->String() : Result<std::string>(std::string());
}

// Calls visit for each element of an array that may be missing.
template <typename Visit>
Status Each(const JsonView& object, std::string_view key, const Visit& visit) {
  const std::optional<JsonView> array = object.Member(key);
  return array.has_value() ? array->EachElement(visit) : Status::Ok();
}

Status ReadQuantile(const JsonView& latency, std::string_view key, std::optional<double>& value) {
  const std::optional<JsonView> member = latency.Member(key);
  if (!member.has_value()) return Status::Ok();
  PT_ASSIGN_OR_RETURN(const double number, member->Number());
  if (number < 0) return member->WrongType("a number of microseconds that is not negative");
  value = number;
  return Status::Ok();
}

// Of an empty window agbero says 0, which is no latency.
Status ReadLatency(const JsonView& object, AgberoBackend& backend) {
  const std::optional<JsonView> latency = object.Member("latency_us");
  if (!latency.has_value()) return Status::Ok();
  PT_RETURN_IF_ERROR(latency->RequireObject());
  bool empty = backend.requests.value_or(0) == 0;
  if (const std::optional<JsonView> member = latency->Member("count"); member.has_value()) {
    PT_ASSIGN_OR_RETURN(const double count, member->Count());
    empty = count == 0;
  }
  if (empty) return Status::Ok();
  PT_RETURN_IF_ERROR(ReadQuantile(*latency, "p50", backend.p50_us));
  PT_RETURN_IF_ERROR(ReadQuantile(*latency, "p90", backend.p90_us));
  return ReadQuantile(*latency, "p99", backend.p99_us);
}

// A backend is alive as long as agbero sends it traffic; where a version does not say, its health decides.
Result<bool> ReadAlive(const JsonView& object) {
  if (const std::optional<JsonView> alive = object.Member("alive"); alive.has_value()) return alive->Bool();
  const std::optional<JsonView> health = object.Member("health");
  if (!health.has_value()) return true;
  PT_RETURN_IF_ERROR(health->RequireObject());
  PT_ASSIGN_OR_RETURN(const std::string status, OptionalString(*health, "status"));
  return status != "Dead" && status != "Unhealthy";
}

Result<AgberoBackend> ReadBackend(const JsonView& object, AgberoBackendKind kind, const std::string& route) {
  PT_RETURN_IF_ERROR(object.RequireObject());
  AgberoBackend backend;
  backend.kind = kind;
  backend.route = route;
  if (kind == AgberoBackendKind::kServerless) {
    PT_ASSIGN_OR_RETURN(backend.name, RequiredString(object, "name"));
    PT_ASSIGN_OR_RETURN(const std::string flavour, OptionalString(object, "kind"));
    backend.route += " " + flavour;
  } else {
    PT_ASSIGN_OR_RETURN(backend.name, RequiredString(object, "url"));
    PT_ASSIGN_OR_RETURN(backend.alive, ReadAlive(object));
  }
  if (backend.name.empty()) return Status::Corruption(object.Pointer() + ": the backend has an empty name");
  if (const std::optional<JsonView> total = object.Member("total_reqs"); total.has_value()) {
    PT_ASSIGN_OR_RETURN(backend.requests, total->Count());
  }
  if (const std::optional<JsonView> in_flight = object.Member("in_flight"); in_flight.has_value()) {
    PT_ASSIGN_OR_RETURN(const double number, in_flight->Number());
    backend.in_flight = number > 0 ? number : 0;  // agbero's is signed, and below 0 for a moment when calls cross
  }
  PT_RETURN_IF_ERROR(ReadLatency(object, backend));
  return backend;
}

Status ReadBackends(const JsonView& object, std::string_view key, AgberoBackendKind kind, const std::string& route,
                    AgberoHost& host) {
  return Each(object, key, [&](const JsonView& element) -> Status {
    PT_ASSIGN_OR_RETURN(AgberoBackend backend, ReadBackend(element, kind, route));
    host.backends.push_back(std::move(backend));
    return Status::Ok();
  });
}

Status ReadRoute(const JsonView& route, AgberoHost& host) {
  PT_RETURN_IF_ERROR(route.RequireObject());
  PT_ASSIGN_OR_RETURN(const std::string path, OptionalString(route, "path"));
  const std::string name = path.empty() ? "/" : path;
  PT_RETURN_IF_ERROR(ReadBackends(route, "backends", AgberoBackendKind::kHttp, name, host));
  return ReadBackends(route, "serverless", AgberoBackendKind::kServerless, name, host);
}

Status ReadStream(const JsonView& proxy, AgberoHost& host) {
  PT_RETURN_IF_ERROR(proxy.RequireObject());
  PT_ASSIGN_OR_RETURN(const std::string name, OptionalString(proxy, "name"));
  return ReadBackends(proxy, "backends", AgberoBackendKind::kStream, " " + name, host);
}

}  // namespace

Result<std::vector<AgberoHost>> ParseAgberoUptime(std::string_view json) {
  PT_ASSIGN_OR_RETURN(const nlohmann::json document, ParseJson(json, {kUptimeDepthMax, kUptimeValuesMax}));
  const JsonView root(document);
  PT_RETURN_IF_ERROR(root.RequireObject());
  if (!document.contains("hosts")) {
    return Status::Corruption("the JSON has no \"hosts\": agbero's is at /uptime of its admin address");
  }
  std::vector<AgberoHost> hosts;
  const std::optional<JsonView> by_domain = root.Member("hosts");
  if (!by_domain.has_value()) return hosts;
  PT_RETURN_IF_ERROR(by_domain->RequireObject());
  for (const auto& [domain, value] : by_domain->value().items()) {
    if (value.is_null()) continue;
    const JsonView object(*by_domain, domain, value);
    PT_RETURN_IF_ERROR(object.RequireObject());
    if (domain.empty()) return Status::Corruption("/hosts: a host has an empty name");
    AgberoHost host{domain, {}};
    PT_RETURN_IF_ERROR(Each(object, "routes", [&host](const JsonView& route) { return ReadRoute(route, host); }));
    PT_RETURN_IF_ERROR(Each(object, "proxies", [&host](const JsonView& proxy) { return ReadStream(proxy, host); }));
    hosts.push_back(std::move(host));
  }
  return hosts;
}

}  // namespace proxy_telemetry

#include "proxies/caddy_routes.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "proxies/json_view.h"

namespace proxy_telemetry {
namespace {

// A handler is up to four levels below the one that holds it.
constexpr JsonLimits kLimits{.depth_max = 200, .values_max = 8'000'000};
// A route may be invoked by name from several others, and from within those.
constexpr int kInvokeDepthMax = 8;
constexpr std::size_t kStepsMax = 200'000;

// Handlers whose errors, where they make any, are the fault of the proxy or its backends.
bool MakesNo4xx(std::string_view handler) {
  constexpr std::array<std::string_view, 16> kHandlers{"subroute",        "reverse_proxy", "headers",
                                                       "encode",          "rewrite",       "vars",
                                                       "static_response", "metrics",       "invoke",
                                                       "acme_server",     "push",          "map",
                                                       "tracing",         "copy_response", "copy_response_headers",
                                                       "log_append"};
  return std::find(kHandlers.begin(), kHandlers.end(), handler) != kHandlers.end();
}

Result<std::string> StringOf(const JsonView& object, std::string_view key) {
  const auto member = object.Member(key);
  if (!member.has_value()) return std::string();
  return member->String();
}

using Hosts = std::set<std::string>;

class ServerWalk {
 public:
  ServerWalk(const JsonView& server, CaddyServer& out) : server_(server), out_(out) {}

  Status Walk() {
    PT_RETURN_IF_ERROR(server_.RequireObject());
    return WalkRoutes(server_, {""}, 0);
  }

 private:
  // `holder` has "routes".
  Status WalkRoutes(const JsonView& holder, const Hosts& hosts, int invoked) {
    const auto routes = holder.Member("routes");
    if (!routes.has_value()) return Status::Ok();
    return routes->EachElement([&](const JsonView& route) { return WalkRoute(route, hosts, invoked); });
  }

  Status WalkRoute(const JsonView& route, const Hosts& hosts, int invoked) {
    if (++steps_ > kStepsMax) {
      return Status::ResourceExhausted("more than " + std::to_string(kStepsMax) + " routes and handlers");
    }
    PT_RETURN_IF_ERROR(route.RequireObject());
    PT_ASSIGN_OR_RETURN(const std::optional<Hosts> own, HostsOf(route));
    const Hosts& in_force = own.has_value() ? *own : hosts;
    const auto handlers = route.Member("handle");
    if (!handlers.has_value()) return Status::Ok();
    return handlers->EachElement([&](const JsonView& handler) { return WalkHandler(handler, in_force, invoked); });
  }

  // The hosts that a route names; nullopt: it takes those of the route around it.
  Result<std::optional<Hosts>> HostsOf(const JsonView& route) {
    const auto matchers = route.Member("match");
    std::optional<Hosts> found;
    if (!matchers.has_value()) return found;
    PT_RETURN_IF_ERROR(matchers->EachElement([&](const JsonView& matcher) -> Status {
      const auto names = matcher.Member("host");
      if (!names.has_value()) return Status::Ok();
      return names->EachElement([&](const JsonView& name) -> Status {
        PT_ASSIGN_OR_RETURN(std::string host, name.String());
        if (!found.has_value()) found.emplace();
        if (host.find('{') != std::string::npos) return Status::Ok();  // a placeholder: nobody knows its value
        out_.hosts.insert(host);
        found->insert(std::move(host));
        return Status::Ok();
      });
    }));
    return found;
  }

  Status WalkHandler(const JsonView& handler, const Hosts& hosts, int invoked) {
    PT_RETURN_IF_ERROR(handler.RequireObject());
    PT_ASSIGN_OR_RETURN(const std::string kind, StringOf(handler, "handler"));
    if (!MakesNo4xx(kind)) out_.errors_may_be_4xx = true;
    if (kind == "subroute") return WalkRoutes(handler, hosts, invoked);
    if (kind == "invoke") return WalkNamed(handler, hosts, invoked);
    if (kind == "reverse_proxy") return AddUpstreams(handler, hosts);
    return Status::Ok();
  }

  Status WalkNamed(const JsonView& handler, const Hosts& hosts, int invoked) {
    PT_ASSIGN_OR_RETURN(const std::string name, StringOf(handler, "name"));
    const auto routes = server_.Member("named_routes");
    const auto route = routes.has_value() ? routes->Member(name) : std::nullopt;
    if (!route.has_value() || invoked >= kInvokeDepthMax) return Status::Ok();
    return WalkRoute(*route, hosts, invoked + 1);
  }

  Status AddUpstreams(const JsonView& handler, const Hosts& hosts) {
    const auto upstreams = handler.Member("upstreams");
    if (!upstreams.has_value()) return Status::Ok();
    return upstreams->EachElement([&](const JsonView& upstream) -> Status {
      PT_ASSIGN_OR_RETURN(const std::string dial, StringOf(upstream, "dial"));
      if (dial.empty()) return Status::Ok();
      for (const std::string& host : hosts) out_.upstreams_by_host[host].insert(dial);
      return Status::Ok();
    });
  }

  const JsonView& server_;
  CaddyServer& out_;
  std::size_t steps_ = 0;
};

}  // namespace

Result<std::map<std::string, CaddyServer>> ParseCaddyServers(std::string_view json) {
  PT_ASSIGN_OR_RETURN(const nlohmann::json document, ParseJson(json, kLimits));
  std::map<std::string, CaddyServer> servers;
  if (document.is_null()) return servers;
  const JsonView root(document);
  PT_RETURN_IF_ERROR(root.EachMember([&servers](const std::string& name, const JsonView& server) {
    return ServerWalk(server, servers[name]).Walk();
  }));
  return servers;
}

Result<std::set<std::string>> ParseCaddyUpstreams(std::string_view json) {
  PT_ASSIGN_OR_RETURN(const nlohmann::json document, ParseJson(json, kLimits));
  std::set<std::string> addresses;
  if (document.is_null()) return addresses;
  const auto add = [&addresses](const JsonView& upstream) -> Status {
    PT_RETURN_IF_ERROR(upstream.RequireObject());
    PT_ASSIGN_OR_RETURN(std::string address, StringOf(upstream, "address"));
    if (!address.empty()) addresses.insert(std::move(address));
    return Status::Ok();
  };
  PT_RETURN_IF_ERROR(JsonView(document).EachElement(add));
  return addresses;
}

}  // namespace proxy_telemetry

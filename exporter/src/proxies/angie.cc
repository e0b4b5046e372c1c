#include "proxies/angie.h"

#include "exporter/proxies.h"
#include "proxies/json_responses.h"
#include "proxies/json_view.h"
#include "proxies/peer_state.h"

namespace proxy_telemetry {
namespace {

constexpr JsonLimits kLimits{32, 2'000'000};

// A member of a member: {"data":{"sent":1}}.
Result<std::optional<double>> CountIn(const JsonView& object, std::string_view group, std::string_view key) {
  const std::optional<JsonView> inner = object.Member(group);
  if (!inner.has_value()) return std::optional<double>();
  PT_RETURN_IF_ERROR(inner->RequireObject());
  return OptionalCount(*inner, key);
}

// `requests/total` also counts those without an answer; the answers are what counts as requests.
Result<ServerZone> ReadZone(const std::string& name, const JsonView& object) {
  PT_RETURN_IF_ERROR(object.RequireObject());
  ServerZone zone;
  zone.name = name;
  PT_ASSIGN_OR_RETURN(zone.responses, ReadResponseCodes(object));
  PT_ASSIGN_OR_RETURN(zone.in_flight, CountIn(object, "requests", "processing"));
  PT_ASSIGN_OR_RETURN(zone.bytes_in, CountIn(object, "data", "received"));
  PT_ASSIGN_OR_RETURN(zone.bytes_out, CountIn(object, "data", "sent"));
  return zone;
}

Result<UpstreamPeer> ReadPeer(const std::string& name, const JsonView& object) {
  PT_RETURN_IF_ERROR(object.RequireObject());
  UpstreamPeer peer;
  peer.name = name;
  PT_ASSIGN_OR_RETURN(const std::string state, RequiredString(object, "state"));
  peer.up = IsPeerUp(state);
  PT_ASSIGN_OR_RETURN(peer.responses, ReadResponseCodes(object));
  return peer;
}

Result<Upstream> ReadUpstream(const std::string& name, const JsonView& object) {
  PT_RETURN_IF_ERROR(object.RequireObject());
  const std::optional<JsonView> peers = object.Member("peers");
  if (!peers.has_value()) return Status::Corruption(object.Pointer() + ": has no peers");
  Upstream upstream{name, {}};
  PT_RETURN_IF_ERROR(peers->EachMember([&upstream](const std::string& address, const JsonView& member) -> Status {
    PT_ASSIGN_OR_RETURN(UpstreamPeer peer, ReadPeer(address, member));
    upstream.peers.push_back(std::move(peer));
    return Status::Ok();
  }));
  return upstream;
}

Status ReadHttp(const JsonView& http, ZonePage& page) {
  PT_RETURN_IF_ERROR(http.RequireObject());
  if (const std::optional<JsonView> zones = http.Member("server_zones"); zones.has_value()) {
    PT_RETURN_IF_ERROR(zones->EachMember([&page](const std::string& name, const JsonView& object) -> Status {
      PT_ASSIGN_OR_RETURN(ServerZone zone, ReadZone(name, object));
      page.zones.push_back(std::move(zone));
      return Status::Ok();
    }));
  }
  const std::optional<JsonView> upstreams = http.Member("upstreams");
  if (!upstreams.has_value()) return Status::Ok();
  return upstreams->EachMember([&page](const std::string& name, const JsonView& object) -> Status {
    PT_ASSIGN_OR_RETURN(Upstream upstream, ReadUpstream(name, object));
    page.upstreams.push_back(std::move(upstream));
    return Status::Ok();
  });
}

Result<ZonePage> ParsePage(std::string_view page) {
  if (page.starts_with('{')) return ParseAngieStatus(page);
  if (SniffPage(page.substr(0, kSniffBytes)) == PageKind::kExposition) return ParseAngieMetrics(page);
  return Status::Corruption(
      "neither Angie's API nor its Prometheus page; metrics_path must be that of a location with `api /status/;`");
}

}  // namespace

Result<ZonePage> ParseAngieStatus(std::string_view json) {
  PT_ASSIGN_OR_RETURN(const nlohmann::json document, ParseJson(WithInvalidUtf8Escaped(json), kLimits));
  const JsonView root(document);
  PT_RETURN_IF_ERROR(root.RequireObject());
  ZonePage page;
  if (const std::optional<JsonView> http = root.Member("http"); http.has_value()) {
    PT_RETURN_IF_ERROR(ReadHttp(*http, page));
  } else if (root.Member("server_zones").has_value()) {
    PT_RETURN_IF_ERROR(ReadHttp(root, page));
  } else {
    return Status::Corruption(
        "the JSON has neither \"http\" nor \"server_zones\": the location must have `api /status/;` or "
        "`api /status/http/;`");
  }
  return page;
}

Result<Snapshot> ReadAngie(std::string_view text, const HostMapper& hosts) {
  const Result<ZonePage> page = ParsePage(text);
  if (!page.ok()) return Shortened(page.status());
  SnapshotBuilder builder;
  AddZonePage(*page, hosts, builder);
  return std::move(builder).Build();
}

}  // namespace proxy_telemetry

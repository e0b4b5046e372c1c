// NGINX Plus' API: http/server_zones and http/upstreams, the same in all versions of it so far.
//
// A zone's `requests` also counts those without an answer, discarded or still being worked on; `responses` are the
// answers, and their classes are what counts as requests. `codes` (from version 7 on) say the same once more. The
// times of a peer are means.
#include <cstddef>

#include "exporter/proxies.h"
#include "proxies/json_responses.h"
#include "proxies/json_view.h"
#include "proxies/peer_state.h"
#include "proxies/zone_page.h"

namespace proxy_telemetry {
namespace {

constexpr JsonLimits kLimits{32, 2'000'000};

Result<ServerZone> ReadZone(const std::string& name, const JsonView& object) {
  PT_RETURN_IF_ERROR(object.RequireObject());
  ServerZone zone;
  zone.name = name;
  PT_ASSIGN_OR_RETURN(zone.responses, ReadResponseClasses(object));
  PT_ASSIGN_OR_RETURN(zone.in_flight, OptionalCount(object, "processing"));
  PT_ASSIGN_OR_RETURN(zone.bytes_in, OptionalCount(object, "received"));
  PT_ASSIGN_OR_RETURN(zone.bytes_out, OptionalCount(object, "sent"));
  return zone;
}

// By its address: several addresses may have one `name`, that of the configuration.
Result<UpstreamPeer> ReadPeer(const JsonView& object) {
  PT_RETURN_IF_ERROR(object.RequireObject());
  UpstreamPeer peer;
  PT_ASSIGN_OR_RETURN(peer.name, RequiredString(object, "server"));
  PT_ASSIGN_OR_RETURN(const std::string state, RequiredString(object, "state"));
  peer.up = IsPeerUp(state);
  PT_ASSIGN_OR_RETURN(peer.responses, ReadResponseClasses(object));
  return peer;
}

Status ReadZones(std::string_view json, ZonePage& page) {
  PT_ASSIGN_OR_RETURN(const nlohmann::json document, ParseJson(WithInvalidUtf8Escaped(json), kLimits));
  return JsonView(document).EachMember([&page](const std::string& name, const JsonView& object) -> Status {
    PT_ASSIGN_OR_RETURN(ServerZone zone, ReadZone(name, object));
    page.zones.push_back(std::move(zone));
    return Status::Ok();
  });
}

Status ReadUpstreams(std::string_view json, ZonePage& page) {
  PT_ASSIGN_OR_RETURN(const nlohmann::json document, ParseJson(WithInvalidUtf8Escaped(json), kLimits));
  return JsonView(document).EachMember([&page](const std::string& name, const JsonView& object) -> Status {
    PT_RETURN_IF_ERROR(object.RequireObject());
    const std::optional<JsonView> peers = object.Member("peers");
    if (!peers.has_value()) return Status::Corruption(object.Pointer() + ": has no peers");
    Upstream& upstream = page.upstreams.emplace_back(Upstream{name, {}});
    return peers->EachElement([&upstream](const JsonView& element) -> Status {
      PT_ASSIGN_OR_RETURN(UpstreamPeer peer, ReadPeer(element));
      upstream.peers.push_back(std::move(peer));
      return Status::Ok();
    });
  });
}

}  // namespace

Result<Snapshot> ReadNginxPlus(std::string_view server_zones_json, std::optional<std::string_view> upstreams_json,
                               const HostMapper& hosts) {
  ZonePage page;
  if (const Status status = ReadZones(server_zones_json, page); !status.ok()) {
    return Shortened(status).Prefixed("http/server_zones");
  }
  if (upstreams_json.has_value()) {
    if (const Status status = ReadUpstreams(*upstreams_json, page); !status.ok()) {
      return Shortened(status).Prefixed("http/upstreams");
    }
  }
  if (page.zones.empty() && page.upstreams.empty()) {
    return Status::NotFound(
        "NGINX Plus tells of no server zone and no upstream; put status_zone into server {} and zone into upstream {}");
  }
  SnapshotBuilder builder;
  AddZonePage(page, hosts, builder);
  return std::move(builder).Build();
}

}  // namespace proxy_telemetry

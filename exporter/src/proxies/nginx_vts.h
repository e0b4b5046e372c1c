// NginxVts: the pages of nginx-module-vts, JSON and Prometheus text, as a ZonePage. Of one moment they give the same,
// but for the state of servers, which the Prometheus page does not have.
//
// Left out: the zone "*", which is the sum of all others; filter zones, which count requests of the zones once more;
// caches. Times of upstreams have no metric of their own. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/status.h"
#include "exporter/host_mapper.h"
#include "proxies/zone_page.h"

namespace proxy_telemetry {

inline constexpr int kVtsDepthMax = 32;
inline constexpr std::size_t kVtsValuesMax = 2'000'000;

// Fails on bad JSON, and on a value of the wrong type with its JSON pointer.
Result<ZonePage> ParseNginxVtsJson(std::string_view json, const HostMapper& hosts);
// Fails as OpenMetricsParser does, and on a page without any series of the module.
Result<ZonePage> ParseNginxVtsMetrics(std::string_view text, const HostMapper& hosts);

inline constexpr std::string_view kVtsSumOfZones = "*";
// Where the module keeps servers that a proxy_pass names without an upstream {} block.
inline constexpr std::string_view kVtsUngrouped = "::nogroups";

// Puts a server of kVtsUngrouped under its own address where a rule of `hosts` knows that, else under kVtsUngrouped.
Upstream MakeUngrouped(UpstreamPeer peer, const HostMapper& hosts);

}  // namespace proxy_telemetry

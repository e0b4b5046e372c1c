// ZonePage: what a proxy of the nginx family tells, in one shape for all of them, and the metrics made of it.
//
// nginx keeps its counters across a reload, and zones may come with their first request. So what feeds a host may
// grow while counters run, and labels of a series must not depend on who else feeds its host: a series has the label
// `proxy`, the proxy's own name of the zone or upstream, exactly when its host is not spelled like that name.
// Plain values; the functions are safe for any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/host_mapper.h"
#include "proxies/snapshot_builder.h"

namespace proxy_telemetry {

// Counters by class ("2xx") or exact code ("200"), and "other" for what is no HTTP status.
using ResponseCounts = std::map<std::string, double>;

struct ZoneHistogram {
  std::map<double, double> buckets;  // cumulative counts by finite upper bound, seconds
  double count = 0;                  // the +Inf bucket
  std::optional<double> sum;         // seconds
};

// What the proxy counts for a server {} block or a group of them.
struct ServerZone {
  std::string name;
  ResponseCounts responses;
  std::optional<double> bytes_in;
  std::optional<double> bytes_out;
  std::optional<double> in_flight;
  std::optional<ZoneHistogram> durations;
};

struct UpstreamPeer {
  std::string name;
  bool is_member = true;   // known to be a server of its upstream now: only those are counted as backends
  std::optional<bool> up;  // absent where the proxy does not tell
  ResponseCounts responses;
};

struct Upstream {
  std::string name;
  std::vector<UpstreamPeer> peers;
};

// Names need not be distinct; an empty one is passed over. Of two peers of one name in an upstream both are counted,
// their series is that of the first, up when either is.
struct ZonePage {
  std::vector<ServerZone> zones;
  std::vector<Upstream> upstreams;
};

void AddZonePage(const ZonePage& page, const HostMapper& hosts, SnapshotBuilder& builder);

}  // namespace proxy_telemetry

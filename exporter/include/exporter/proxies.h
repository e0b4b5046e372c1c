// The readers that map a proxy's own page to the contract's metrics: pure functions, bytes in, Snapshot or error out.
// Each lives in its own file under src/proxies/. Safe for any thread.
#pragma once

#include <optional>
#include <string_view>

#include "base/status.h"
#include "config/config.h"
#include "exporter/host_mapper.h"
#include "exporter/openmetrics_parser.h"
#include "exporter/snapshot.h"

namespace proxy_telemetry {

// HAProxy's statistics as CSV ("# pxname,svname,..."), from ";csv" over HTTP or "show stat" on the stats socket.
//
// A host is what `hosts` makes of a BACKEND row's name. Where several backends make one host, each of its counters and
// backend series carries the label `proxy`, HAProxy's name of the backend; gauges of the host are added up.
// proxy_frontend_http_requests_total is the FRONTEND row as it is: the only place where a request that no backend got
// is seen, and not to be added to hosts. A frontend that serves nothing but statistics is left out, and so is a
// backend that has no server and no request. A backend in tcp mode has servers and bytes, but no requests.
Result<Snapshot> ReadHaproxyCsv(std::string_view csv, const HostMapper& hosts);

// agbero's /uptime JSON, and its /metrics page when that answered.
//
// Backends are named by their URL, serverless functions by their name; of several of one name in a host all but the
// first (the shortest route) carry the label `route`. tcp and udp proxies belong to the domain that agbero lists them
// under. proxy_backend_request_duration_seconds has quantiles alone, of agbero's window of 60 s, and none where that
// window is empty. With /metrics, a host that has had no request yet has no request series, rather than zeros.
//
// The request series of a host are other ones with /metrics than without. A target whose /metrics has answered before
// and fails now is better failed than read without: its requests would be counted twice.
Result<Snapshot> ReadAgbero(std::string_view uptime_json, std::optional<std::string_view> metrics_text,
                            const HostMapper& hosts);

// Traefik's /metrics (v2 and v3), and of its API /api/http/routers and /api/http/services where they answered.
//
// A host is what the rules of `hosts` make of a router's or service's name ("shop@file"), else the first Host(`...`) of
// the router's rule, else the name. Where routers are not counted (addRoutersLabels is off), it is made of services: a
// service has the host of its routers where they agree, else its name. Where the host is not the name, series carry the
// label `proxy`, the name. Entry points are frontends; where the API came, what no router uses is left out.
Result<Snapshot> ReadTraefik(std::string_view metrics_text, std::optional<std::string_view> routers_json,
                             std::optional<std::string_view> services_json, const HostMapper& hosts);

// Envoy's /stats/prometheus?usedonly, and /clusters?format=json where that answered.
//
// A host is a virtual host where any of those has counted (has virtual clusters), else a cluster; what a rule renames
// carries the label `proxy`. Backends are under the host of their cluster. Connection managers are frontends.
Result<Snapshot> ReadEnvoy(std::string_view metrics_text, std::optional<std::string_view> clusters_json,
                           const HostMapper& hosts);

// Caddy's admin endpoint: /metrics, and /reverse_proxy/upstreams and /config/apps/http/servers where they answered.
//
// A host is the label `host` where Caddy has it (2.9 and later with `per_host`), else the server ("srv0"). Upstreams
// are attributed by the routes of the configuration; without that there are none.
Result<Snapshot> ReadCaddy(std::string_view metrics_text, std::optional<std::string_view> upstreams_json,
                           std::optional<std::string_view> servers_json, const HostMapper& hosts);

// Of the nginx family. A host is what `hosts` makes of the name of a server zone or upstream: they do not tell which
// upstream serves which zone, so a rule puts the servers of an upstream under the host that they serve. Where the host
// is not spelled like the name, its counters and backend series carry the label `proxy`, that name, whether or not
// another one feeds the same host; gauges of the host are added up. Servers are backends by their address.

// What nginx shows about itself, told by content: stub_status, or the JSON or Prometheus page of nginx-module-vts.
//
// stub_status knows no hosts and no codes: its one host is what `hosts` makes of "nginx", and the scrape itself is
// among its requests and in flight. The Prometheus page has no state of servers. Servers that a proxy_pass names
// without an upstream are under the host that a rule makes of their address, else under "::nogroups".
Result<Snapshot> ReadNginx(std::string_view page, const HostMapper& hosts);

// NGINX Plus' API: http/server_zones, and http/upstreams where that answered. Requests by class.
Result<Snapshot> ReadNginxPlus(std::string_view server_zones_json, std::optional<std::string_view> upstreams_json,
                               const HostMapper& hosts);

// Angie's API, /status/ as a whole or its part http/, or the Prometheus page of its template "all": the same of either.
// Requests by exact code.
Result<Snapshot> ReadAngie(std::string_view page, const HostMapper& hosts);

// Apache's /server-status?auto. It knows no hosts and no codes: its one host is what `hosts` makes of "apache", and the
// scrape itself is among its requests and in flight. A balancer's members are under the host that `hosts` makes of the
// balancer's name ("shop" of "balancer://shop").
Result<Snapshot> ReadApache(std::string_view text, const HostMapper& hosts);

// An exposition of any proxy, read by `mapping:` of the configuration. What a rule of `hosts` renames carries the label
// `proxy`, the proxy's own name. Without numbers of backends, those are counted that `backend_up` names.
Result<Snapshot> ReadMapped(std::string_view metrics_text, ExpositionFormat format, const Mapping& mapping,
                            const HostMapper& hosts);

// What a page is, told by its first bytes (kSniffBytes are enough).
enum class PageKind {
  kHaproxyCsv,
  kAgberoUptime,
  kExposition,
  kNginxStub,
  kNginxVts,  // JSON
  kAngie,     // JSON
  kApache,
  kHtml,
  kUnknown,
};
inline constexpr std::size_t kSniffBytes = 4096;
PageKind SniffPage(std::string_view head);
// Whose own an exposition's text is, by the names of its series; kOpenMetrics: none that has a reader.
ProxyKind ProxyOfExposition(std::string_view text);

}  // namespace proxy_telemetry

// The readers that map a proxy's own page to the contract's metrics: pure functions, bytes in, Snapshot or error out.
// Each lives in its own file under src/proxies/. Safe for any thread.
#pragma once

#include <optional>
#include <string_view>

#include "base/status.h"
#include "exporter/host_mapper.h"
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

// What a page is, told by its first bytes (kSniffBytes are enough).
enum class PageKind { kHaproxyCsv, kAgberoUptime, kExposition, kHtml, kUnknown };
inline constexpr std::size_t kSniffBytes = 4096;
PageKind SniffPage(std::string_view head);
// True when an exposition's text is agbero's own (it holds agbero_ series).
bool IsAgberoExposition(std::string_view text);

}  // namespace proxy_telemetry

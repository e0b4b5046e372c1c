// ScrapePlan: which pages a target may be read from, in the order in which they are tried.
//
// Most targets have one attempt. `proxy: auto`, and HAProxy without a metrics_path, try several until one gives
// what its reader understands; the collector remembers which one it was. Pure functions of the configuration.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace proxy_telemetry {

enum class Transport {
  kHttp,         // HTTP over TCP, or over a unix socket when unix_socket is set
  kStatsSocket,  // HAProxy's CLI: one command, the answer until it closes
};

struct FetchPlan {
  Transport transport = Transport::kHttp;
  std::string url;          // of http and https; for the stats socket the command
  std::string unix_socket;  // path, or empty
  bool optional = false;    // that the proxy does not offer it (401, 403, 404, 405, 501) is no failure
};

// What the pages of an attempt are taken for.
enum class PageReader {
  kDetect,  // told by content; an exposition is read as one, all else leads to the attempt that fits
  kOpenMetrics,
  kMapped,  // an exposition, by the configuration's mapping
  kHaproxy,
  kAgbero,     // pages: /uptime, then /metrics
  kTraefik,    // /metrics, /api/http/routers, /api/http/services
  kEnvoy,      // /stats/prometheus, /clusters
  kCaddy,      // /metrics, /reverse_proxy/upstreams, /config/apps/http/servers
  kNginx,      // stub_status or a page of nginx-module-vts
  kNginxPlus,  // http/server_zones, http/upstreams
  kAngie,
  kApache,
};

struct ScrapeAttempt {
  PageReader reader;
  std::vector<FetchPlan> fetches;
};

// What people call it: "haproxy", "openmetrics"; "" for kDetect.
const char* PageReaderName(PageReader reader);

// Where a page comes from, for people: its URL, "unix:/run/haproxy/admin.sock", or a URL that begins with
// "http+unix://%2Frun%2Fx.sock/".
std::string SourceOf(const FetchPlan& plan);

// At least one attempt. `address`: as in the configuration ("host:port", "unix:/path").
std::vector<ScrapeAttempt> MakeScrapePlan(const ScrapeConfig& config, const std::string& address);

}  // namespace proxy_telemetry

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
  kHaproxy,
  kAgbero,  // pages: /uptime, then /metrics
};

struct ScrapeAttempt {
  PageReader reader;
  std::vector<FetchPlan> fetches;
};

// At least one attempt. `address`: as in the configuration ("host:port", "unix:/path").
std::vector<ScrapeAttempt> MakeScrapePlan(const ScrapeConfig& config, const std::string& address);

}  // namespace proxy_telemetry

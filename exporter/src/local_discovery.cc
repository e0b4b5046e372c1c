#include "exporter/local_discovery.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "exporter/proxies.h"
#include "fetch.h"
#include "scrape_plan.h"

namespace proxy_telemetry {
namespace {

constexpr std::int64_t kProbeMs = 300;

struct Place {
  ProxyKind kind;
  const char* address;
};

// Sockets first: they need no port and no HTTP, and tell the same.
constexpr std::array<Place, 8> kPlaces{{{ProxyKind::kHaproxy, "unix:/run/haproxy/admin.sock"},
                                        {ProxyKind::kHaproxy, "unix:/run/haproxy.sock"},
                                        {ProxyKind::kHaproxy, "unix:/var/lib/haproxy/stats"},
                                        {ProxyKind::kHaproxy, "127.0.0.1:8404"},
                                        {ProxyKind::kHaproxy, "127.0.0.1:1936"},
                                        {ProxyKind::kHaproxy, "127.0.0.1:9000"},
                                        {ProxyKind::kHaproxy, "127.0.0.1:8080"},
                                        {ProxyKind::kAgbero, "127.0.0.1:9090"}}};

PageKind KindOfPage(ProxyKind kind) {
  return kind == ProxyKind::kAgbero ? PageKind::kAgberoUptime : PageKind::kHaproxyCsv;
}

// The first bytes of a page, or nothing when it does not come.
std::string FetchHead(const FetchPlan& plan, std::int64_t timeout_ms) {
  const ScrapeConfig config;
  std::string head;
  auto fetch = Fetch::Make(plan, config, timeout_ms, [&head](std::string_view, std::string_view piece) {
    head += piece.substr(0, kSniffBytes - std::min(head.size(), kSniffBytes));
    return head.size() < kSniffBytes ? Status::Ok() : Status::ResourceExhausted("enough seen");
  });
  if (!fetch.ok()) return {};
  const CURLcode code = curl_easy_perform((*fetch)->easy());
  const bool came = (*fetch)->Finish(code).ok() || head.size() == kSniffBytes;
  return came ? head : std::string();
}

bool Answers(const Place& place, std::int64_t deadline_ms) {
  ScrapeConfig config;
  config.proxy = place.kind;
  for (const ScrapeAttempt& attempt : MakeScrapePlan(config, place.address)) {
    const std::int64_t left_ms = std::min(kProbeMs, deadline_ms - Clock::System().SteadyMs());
    if (left_ms <= 0) return false;
    if (SniffPage(FetchHead(attempt.fetches.front(), left_ms)) == KindOfPage(place.kind)) return true;
  }
  return false;
}

bool IsThere(const Place& place) {
  constexpr std::string_view kUnix = "unix:";
  const std::string address = place.address;
  return !address.starts_with(kUnix) || access(address.c_str() + kUnix.size(), F_OK) == 0;
}

}  // namespace

std::vector<LocalProxy> FindLocalProxies() {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return {};
  const std::int64_t deadline_ms = Clock::System().SteadyMs() + kDiscoveryMs;
  std::vector<LocalProxy> found;
  for (const Place& place : kPlaces) {
    const bool known =
        std::any_of(found.begin(), found.end(), [&place](const auto& f) { return f.kind == place.kind; });
    if (!known && IsThere(place) && Answers(place, deadline_ms)) found.push_back({place.kind, place.address});
  }
  return found;
}

std::vector<std::string> LocalProxyPlaces() {
  std::vector<std::string> places;
  places.reserve(kPlaces.size());
  for (const Place& place : kPlaces) places.emplace_back(place.address);
  return places;
}

Config ConfigForLocalProxies(const std::vector<LocalProxy>& proxies) {
  Config config;
  for (const LocalProxy& proxy : proxies) {
    ScrapeConfig& job = config.scrape_configs.emplace_back();
    job.job_name = ProxyKindName(proxy.kind);
    job.proxy = proxy.kind;
    job.static_configs.push_back({{proxy.address}, {}});
  }
  return config;
}

}  // namespace proxy_telemetry

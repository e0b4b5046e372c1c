#include "scrape_plan.h"

#include <array>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace proxy_telemetry {
namespace {

constexpr std::string_view kUnixPrefix = "unix:";
constexpr std::string_view kCsv = ";csv";
constexpr const char* kMetricsPath = "/metrics";
constexpr const char* kUptimePath = "/uptime";
constexpr const char* kShowStat = "show stat";
// Where HAProxy's statistics usually are. A `stats uri /` answers the first one as well.
constexpr std::array<const char*, 3> kHaproxyPaths{"/stats;csv", "/;csv", "/haproxy?stats;csv"};
// Its API gives a page of 100 unless told.
constexpr const char* kTraefikRouters = "/api/http/routers?per_page=100000";
constexpr const char* kTraefikServices = "/api/http/services?per_page=100000";
constexpr const char* kEnvoyStats = "/stats/prometheus";
constexpr const char* kEnvoyClusters = "/clusters?format=json";
constexpr const char* kCaddyUpstreams = "/reverse_proxy/upstreams";
constexpr const char* kCaddyServers = "/config/apps/http/servers";
// What tells most comes first; "/metrics" and "/status/format/prometheus" are the module's Prometheus page.
constexpr std::array<const char*, 8> kNginxPaths{
    "/status/format/json", "/vts/format/json", "/status",      "/status/format/prometheus", "/metrics",
    "/stub_status",        "/nginx_status",    "/basic_status"};
// NGINX Plus' API has a version in its path and refuses one that it does not know. It keeps the old ones; what is read
// of it is the same in all.
constexpr const char* kNginxPlusApi = "/api";
constexpr std::array<const char*, 2> kNginxPlusVersions{"/8", "/3"};
// The API; the page of the template "all", where the documentation puts it, and where Prometheus looks for it.
constexpr std::array<const char*, 3> kAngiePaths{"/status/", "/p8s", "/metrics"};
constexpr const char* kApachePath = "/server-status";

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

void AppendEncoded(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    if (IsUnreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
  }
}

class Planner {
 public:
  Planner(const ScrapeConfig& config, const std::string& address) : config_(config), address_(address) {}

  FetchPlan Http(std::string_view path, bool optional = false) const {
    FetchPlan plan;
    const bool over_unix = address_.starts_with(kUnixPrefix);
    if (over_unix) plan.unix_socket = address_.substr(kUnixPrefix.size());
    plan.url = config_.scheme + "://" + (over_unix ? std::string("localhost") : address_) + std::string(path);
    bool first = path.find('?') == std::string_view::npos;
    for (const auto& [name, value] : config_.params) {
      plan.url += first ? '?' : '&';
      first = false;
      AppendEncoded(name, plan.url);
      plan.url += '=';
      AppendEncoded(value, plan.url);
    }
    plan.optional = optional;
    return plan;
  }

  FetchPlan StatsSocket() const {
    return {Transport::kStatsSocket, kShowStat, address_.substr(kUnixPrefix.size()), false};
  }

  ScrapeAttempt One(PageReader reader, std::string_view path) const { return {reader, {Http(path)}}; }
  // A metrics_path that names either page names the folder of both.
  ScrapeAttempt Agbero() const {
    std::string uptime = Path(kUptimePath);
    std::string metrics = kMetricsPath;
    for (const std::string_view page : {kUptimePath, kMetricsPath}) {
      if (!uptime.ends_with(page)) continue;
      metrics = uptime.substr(0, uptime.size() - page.size()) + kMetricsPath;
      uptime = uptime.substr(0, uptime.size() - page.size()) + kUptimePath;
      break;
    }
    return {PageReader::kAgbero, {Http(uptime), Http(metrics, true)}};
  }
  // `path` is that of `page`; the others lie beside it.
  ScrapeAttempt Beside(PageReader reader, const std::string& path, std::string_view page,
                       std::initializer_list<const char*> others) const {
    const std::string folder = path.ends_with(page) ? path.substr(0, path.size() - page.size()) : "";
    ScrapeAttempt attempt{reader, {Http(path)}};
    for (const char* other : others) attempt.fetches.push_back(Http(folder + other, true));
    return attempt;
  }
  ScrapeAttempt Traefik() const {
    return Beside(PageReader::kTraefik, Path(kMetricsPath), kMetricsPath, {kTraefikRouters, kTraefikServices});
  }
  ScrapeAttempt Envoy() const {
    ScrapeAttempt attempt = Beside(PageReader::kEnvoy, Path(kEnvoyStats), kEnvoyStats, {kEnvoyClusters});
    std::string& url = attempt.fetches.front().url;
    url += url.find('?') == std::string::npos ? "?usedonly" : "&usedonly";
    return attempt;
  }
  ScrapeAttempt Caddy() const {
    return Beside(PageReader::kCaddy, Path(kMetricsPath), kMetricsPath, {kCaddyUpstreams, kCaddyServers});
  }
  // `api` ends in the version.
  ScrapeAttempt NginxPlus(const std::string& api) const {
    return {PageReader::kNginxPlus, {Http(api + "/http/server_zones"), Http(api + "/http/upstreams", true)}};
  }
  ScrapeAttempt Apache() const {
    ScrapeAttempt attempt = One(PageReader::kApache, Path(kApachePath));
    std::string& url = attempt.fetches.front().url;
    if (url.find("?auto") == std::string::npos) url += url.find('?') == std::string::npos ? "?auto" : "&auto";
    return attempt;
  }
  std::string Path(const char* usual) const { return config_.metrics_path.value_or(usual); }
  bool is_unix() const { return address_.starts_with(kUnixPrefix); }

 private:
  const ScrapeConfig& config_;
  const std::string& address_;
};

std::string WithCsv(const std::string& path) {
  return path.find(kCsv) == std::string::npos ? path + std::string(kCsv) : path;
}

void AddHaproxy(const ScrapeConfig& config, const Planner& planner, std::vector<ScrapeAttempt>& plan) {
  if (config.metrics_path) {
    plan.push_back(planner.One(PageReader::kHaproxy, WithCsv(*config.metrics_path)));
    return;
  }
  if (planner.is_unix()) plan.push_back({PageReader::kHaproxy, {planner.StatsSocket()}});
  for (const char* path : kHaproxyPaths) plan.push_back(planner.One(PageReader::kHaproxy, path));
}

// Where `path` is an API of NGINX Plus, or lies in a version of it ("/api", "/x/api/8/http"): up to the version.
std::optional<std::string> NginxPlusApiOf(std::string path) {
  while (path.ends_with('/')) path.pop_back();
  const std::string with_slash = path + '/';
  const std::size_t api = with_slash.find("/api/");
  if (api == std::string::npos) return std::nullopt;
  const std::size_t version = api + std::string_view("/api/").size();
  const std::size_t end = with_slash.find_first_not_of("0123456789", version);
  if (end == std::string::npos) return with_slash.substr(0, version - 1);
  const bool is_version = end > version && with_slash[end] == '/';
  return is_version ? std::optional(with_slash.substr(0, end)) : std::nullopt;
}

void AddNginxPlus(const std::string& api, const Planner& planner, std::vector<ScrapeAttempt>& plan) {
  if (!api.ends_with("/api")) {
    plan.push_back(planner.NginxPlus(api));
    return;
  }
  for (const char* version : kNginxPlusVersions) plan.push_back(planner.NginxPlus(api + version));
}

void AddNginx(const ScrapeConfig& config, const Planner& planner, std::vector<ScrapeAttempt>& plan) {
  if (!config.metrics_path) {
    for (const char* path : kNginxPaths) plan.push_back(planner.One(PageReader::kNginx, path));
    AddNginxPlus(kNginxPlusApi, planner, plan);
  } else if (const auto api = NginxPlusApiOf(*config.metrics_path)) {
    AddNginxPlus(*api, planner, plan);
  } else {
    plan.push_back(planner.One(PageReader::kNginx, *config.metrics_path));
  }
}

void AddAngie(const ScrapeConfig& config, const Planner& planner, std::vector<ScrapeAttempt>& plan) {
  if (config.metrics_path) {
    plan.push_back(planner.One(PageReader::kAngie, *config.metrics_path));
    return;
  }
  for (const char* path : kAngiePaths) plan.push_back(planner.One(PageReader::kAngie, path));
}

std::vector<ScrapeAttempt> DetectionPlan(const ScrapeConfig& config, const Planner& planner) {
  std::vector<ScrapeAttempt> plan;
  if (planner.is_unix() && !config.metrics_path) plan.push_back({PageReader::kHaproxy, {planner.StatsSocket()}});
  plan.push_back(planner.One(PageReader::kDetect, planner.Path(kMetricsPath)));
  if (config.metrics_path) {
    plan.push_back(planner.One(PageReader::kHaproxy, WithCsv(*config.metrics_path)));
  } else {
    for (const char* path : kHaproxyPaths) plan.push_back(planner.One(PageReader::kHaproxy, path));
  }
  plan.push_back(planner.Traefik());
  plan.push_back(planner.Caddy());
  plan.push_back(planner.Envoy());
  AddNginx(config, planner, plan);
  AddAngie(config, planner, plan);
  plan.push_back(planner.Apache());
  plan.push_back(planner.Agbero());
  plan.push_back(planner.One(PageReader::kOpenMetrics, planner.Path(kMetricsPath)));
  return plan;
}

}  // namespace

const char* PageReaderName(PageReader reader) {
  switch (reader) {
    case PageReader::kDetect:
      return "";
    case PageReader::kOpenMetrics:
      return "openmetrics";
    case PageReader::kMapped:
      return "openmetrics with mapping";
    case PageReader::kHaproxy:
      return "haproxy";
    case PageReader::kAgbero:
      return "agbero";
    case PageReader::kTraefik:
      return "traefik";
    case PageReader::kEnvoy:
      return "envoy";
    case PageReader::kCaddy:
      return "caddy";
    case PageReader::kNginx:
      return "nginx";
    case PageReader::kNginxPlus:
      return "nginx plus";
    case PageReader::kAngie:
      return "angie";
    case PageReader::kApache:
      return "apache";
  }
  return "";
}

std::string SourceOf(const FetchPlan& plan) {
  if (plan.transport == Transport::kStatsSocket) return std::string(kUnixPrefix) + plan.unix_socket;
  if (plan.unix_socket.empty()) return plan.url;
  const std::size_t scheme_end = plan.url.find("://");
  std::string source = plan.url.substr(0, scheme_end) + "+unix://";
  AppendEncoded(plan.unix_socket, source);
  return source + plan.url.substr(plan.url.find('/', scheme_end + 3));
}

std::vector<ScrapeAttempt> MakeScrapePlan(const ScrapeConfig& config, const std::string& address) {
  const Planner planner(config, address);
  if (config.mapping) return {planner.One(PageReader::kMapped, planner.Path(kMetricsPath))};
  std::vector<ScrapeAttempt> plan;
  switch (config.proxy) {
    case ProxyKind::kOpenMetrics:
      plan.push_back(planner.One(PageReader::kOpenMetrics, planner.Path(kMetricsPath)));
      break;
    case ProxyKind::kHaproxy:
      AddHaproxy(config, planner, plan);
      break;
    case ProxyKind::kAgbero:
      plan.push_back(planner.Agbero());
      break;
    case ProxyKind::kTraefik:
      plan.push_back(planner.Traefik());
      break;
    case ProxyKind::kEnvoy:
      plan.push_back(planner.Envoy());
      break;
    case ProxyKind::kCaddy:
      plan.push_back(planner.Caddy());
      break;
    case ProxyKind::kNginx:
      AddNginx(config, planner, plan);
      break;
    case ProxyKind::kAngie:
      AddAngie(config, planner, plan);
      break;
    case ProxyKind::kApache:
      plan.push_back(planner.Apache());
      break;
    case ProxyKind::kAuto:
      plan = DetectionPlan(config, planner);
      break;
  }
  return plan;
}

}  // namespace proxy_telemetry

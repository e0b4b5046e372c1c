#include "scrape_plan.h"

#include <array>
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
    std::string uptime = config_.metrics_path.value_or(kUptimePath);
    std::string metrics = kMetricsPath;
    for (const std::string_view page : {kUptimePath, kMetricsPath}) {
      if (!uptime.ends_with(page)) continue;
      metrics = uptime.substr(0, uptime.size() - page.size()) + kMetricsPath;
      uptime = uptime.substr(0, uptime.size() - page.size()) + kUptimePath;
      break;
    }
    return {PageReader::kAgbero, {Http(uptime), Http(metrics, true)}};
  }
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

std::vector<ScrapeAttempt> DetectionPlan(const ScrapeConfig& config, const Planner& planner) {
  std::vector<ScrapeAttempt> plan;
  if (planner.is_unix() && !config.metrics_path) plan.push_back({PageReader::kHaproxy, {planner.StatsSocket()}});
  plan.push_back(planner.One(PageReader::kDetect, config.metrics_path.value_or(kMetricsPath)));
  if (config.metrics_path) {
    plan.push_back(planner.One(PageReader::kHaproxy, WithCsv(*config.metrics_path)));
  } else {
    for (const char* path : kHaproxyPaths) plan.push_back(planner.One(PageReader::kHaproxy, path));
  }
  plan.push_back(planner.Agbero());
  plan.push_back(planner.One(PageReader::kOpenMetrics, config.metrics_path.value_or(kMetricsPath)));
  return plan;
}

}  // namespace

std::vector<ScrapeAttempt> MakeScrapePlan(const ScrapeConfig& config, const std::string& address) {
  const Planner planner(config, address);
  std::vector<ScrapeAttempt> plan;
  switch (config.proxy) {
    case ProxyKind::kOpenMetrics:
      plan.push_back(planner.One(PageReader::kOpenMetrics, config.metrics_path.value_or(kMetricsPath)));
      break;
    case ProxyKind::kHaproxy:
      AddHaproxy(config, planner, plan);
      break;
    case ProxyKind::kAgbero:
      plan.push_back(planner.Agbero());
      break;
    case ProxyKind::kAuto:
      plan = DetectionPlan(config, planner);
      break;
  }
  return plan;
}

}  // namespace proxy_telemetry

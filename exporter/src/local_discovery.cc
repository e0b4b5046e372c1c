#include "exporter/local_discovery.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/clock.h"
#include "base/labels.h"
#include "exporter/proxies.h"
#include "fetch.h"
#include "scrape_plan.h"

namespace proxy_telemetry {
namespace {

constexpr std::int64_t kProbeMs = 1000;
static_assert(kProbeMs < kDiscoveryMs);
// Traefik's own series begin behind some 10 KiB of those of its runtime.
constexpr std::size_t kProbeBytes = std::size_t{64} * 1024;
// A small server is not to be flooded.
constexpr long kProbesPerAddress = 4;

// Whose page this is, when its reader can read it: HAProxy's and agbero's do not take their expositions.
std::optional<ProxyKind> OwnerOf(std::string_view page) {
  switch (SniffPage(page)) {
    case PageKind::kHaproxyCsv:
      return ProxyKind::kHaproxy;
    case PageKind::kAgberoUptime:
      return ProxyKind::kAgbero;
    case PageKind::kNginxStub:
    case PageKind::kNginxVts:
      return ProxyKind::kNginx;
    case PageKind::kAngie:
      return ProxyKind::kAngie;
    case PageKind::kApache:
      return ProxyKind::kApache;
    case PageKind::kExposition: {
      const ProxyKind kind = ProxyOfExposition(page);
      const bool read = kind != ProxyKind::kOpenMetrics && kind != ProxyKind::kHaproxy && kind != ProxyKind::kAgbero;
      return read ? std::optional(kind) : std::nullopt;
    }
    case PageKind::kHtml:
    case PageKind::kUnknown:
      break;
  }
  return std::nullopt;
}

// One page of one place.
struct Probe {
  std::size_t place;
  std::string page;  // its first bytes
  std::unique_ptr<Fetch> fetch;
};

// All probes as transfers of one multi handle.
class Probes {
 public:
  explicit Probes(CURLM* multi) : multi_(multi) {
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, kProbesPerAddress);
    config_.follow_redirects = false;
  }
  ~Probes() {
    for (const auto& probe : probes_) curl_multi_remove_handle(multi_, probe->fetch->easy());
    probes_.clear();
    curl_multi_cleanup(multi_);
  }
  Probes(const Probes&) = delete;
  Probes& operator=(const Probes&) = delete;

  void Add(std::size_t place, const FetchPlan& plan) {
    auto probe = std::make_unique<Probe>();
    probe->place = place;
    auto fetch = Fetch::Make(plan, config_, kProbeMs, [&page = probe->page](std::string_view, std::string_view piece) {
      page += piece.substr(0, kProbeBytes - std::min(page.size(), kProbeBytes));
      return page.size() < kProbeBytes ? Status::Ok() : Status::ResourceExhausted("enough seen");
    });
    if (!fetch.ok() || curl_multi_add_handle(multi_, (*fetch)->easy()) != CURLM_OK) return;
    probe->fetch = std::move(*fetch);
    by_easy_[probe->fetch->easy()] = probe.get();
    probes_.push_back(std::move(probe));
  }

  // Calls `came(place, page)` for each page that comes until the deadline.
  template <typename Came>
  void Run(std::int64_t deadline_ms, const Came& came) {
    for (int running = 1; running > 0;) {
      if (curl_multi_perform(multi_, &running) != CURLM_OK) return;
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const Probe& probe = *by_easy_.at(message->easy_handle);
        const bool whole = probe.fetch->Finish(message->data.result).ok();
        if (whole || probe.page.size() == kProbeBytes) came(probe.place, probe.page);
      }
      const std::int64_t left_ms = deadline_ms - Clock::System().SteadyMs();
      if (left_ms <= 0) return;
      if (running > 0) curl_multi_poll(multi_, nullptr, 0, static_cast<int>(left_ms), nullptr);
    }
  }

 private:
  ScrapeConfig config_;
  CURLM* const multi_;
  std::vector<std::unique_ptr<Probe>> probes_;
  std::unordered_map<CURL*, const Probe*> by_easy_;
};

bool IsThere(const std::string& address) {
  constexpr std::string_view kUnix = "unix:";
  return !address.starts_with(kUnix) || access(address.c_str() + kUnix.size(), F_OK) == 0;
}

bool SendsLogToSocket(ProxyKind kind) { return kind == ProxyKind::kNginx || kind == ProxyKind::kAngie; }

RelabelRule DropsWhatTheLogTells() {
  RelabelRule rule;
  rule.source_labels = {std::string(kNameLabel)};
  rule.regex =
      "proxy_(http|backend)_requests_total|proxy_(request|response)_bytes_total|proxy_http_request_duration_seconds.*";
  rule.action = RelabelAction::kDrop;
  return rule;
}

}  // namespace

std::vector<LocalProxy> UsualPlaces() {
  // Sockets first: they need no port and no HTTP, and tell the same.
  return {{ProxyKind::kHaproxy, "unix:/run/haproxy/admin.sock"},
          {ProxyKind::kHaproxy, "unix:/run/haproxy.sock"},
          {ProxyKind::kHaproxy, "unix:/var/lib/haproxy/stats"},
          {ProxyKind::kHaproxy, "127.0.0.1:8404"},
          {ProxyKind::kHaproxy, "127.0.0.1:1936"},
          {ProxyKind::kHaproxy, "127.0.0.1:9000"},
          {ProxyKind::kHaproxy, "127.0.0.1:8080"},
          {ProxyKind::kTraefik, "127.0.0.1:8080"},
          {ProxyKind::kEnvoy, "127.0.0.1:9901"},
          {ProxyKind::kCaddy, "127.0.0.1:2019"},
          {ProxyKind::kNginx, "127.0.0.1:80"},
          {ProxyKind::kNginx, "127.0.0.1:8080"},
          {ProxyKind::kAngie, "127.0.0.1:80"},
          {ProxyKind::kAngie, "127.0.0.1:8080"},
          {ProxyKind::kApache, "127.0.0.1:80"},
          {ProxyKind::kAgbero, "127.0.0.1:9090"}};
}

std::vector<LocalProxy> FindLocalProxies(const std::vector<LocalProxy>& places) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return {};
  CURLM* const multi = curl_multi_init();
  if (multi == nullptr) return {};
  const std::int64_t deadline_ms = Clock::System().SteadyMs() + kDiscoveryMs;
  Probes probes(multi);
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (!IsThere(places[i].address)) continue;
    ScrapeConfig config;
    config.proxy = places[i].kind;
    for (const ScrapeAttempt& attempt : MakeScrapePlan(config, places[i].address)) {
      // NGINX Plus' pages have nothing that nobody else's could have.
      if (attempt.reader != PageReader::kNginxPlus) probes.Add(i, attempt.fetches.front());
    }
  }
  std::vector<bool> is_right(places.size());
  probes.Run(deadline_ms, [&](std::size_t place, std::string_view page) {
    if (OwnerOf(page) == places[place].kind) is_right[place] = true;
  });
  std::vector<LocalProxy> found;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const bool known =
        std::any_of(found.begin(), found.end(), [&](const LocalProxy& f) { return f.kind == places[i].kind; });
    if (is_right[i] && !known) found.push_back(places[i]);
  }
  return found;
}

std::vector<std::string> LocalProxyPlaces() {
  std::vector<std::string> addresses;
  for (const LocalProxy& place : UsualPlaces()) {
    if (std::find(addresses.begin(), addresses.end(), place.address) == addresses.end()) {
      addresses.push_back(place.address);
    }
  }
  return addresses;
}

bool CanMakeLocalLogSocket() {
  const std::string folder = std::filesystem::path(kLocalLogSocket).parent_path().string();
  // Others must get through to the socket.
  if (mkdir(folder.c_str(), 0755) == 0) return chmod(folder.c_str(), 0755) == 0;
  return access(folder.c_str(), W_OK) == 0;
}

std::string LocalLogJob(ProxyKind kind) { return std::string(ProxyKindName(kind)) + "_log"; }

Config ConfigForLocalProxies(const std::vector<LocalProxy>& proxies, const LocalLogs& logs) {
  Config config;
  const auto add_log = [&config](ProxyKind kind, std::string listen) {
    ScrapeConfig& job = config.scrape_configs.emplace_back();
    job.job_name = LocalLogJob(kind);
    job.proxy = kind;
    job.access_log.emplace();
    job.access_log->listen = std::move(listen);
  };
  bool socket_is_taken = !logs.socket;
  for (const LocalProxy& proxy : proxies) {
    ScrapeConfig& job = config.scrape_configs.emplace_back();
    job.job_name = ProxyKindName(proxy.kind);
    job.proxy = proxy.kind;
    job.static_configs.push_back({{proxy.address}, {}});
    if (logs.used.contains(proxy.kind)) job.metric_relabel_configs.push_back(DropsWhatTheLogTells());
    if (proxy.kind == ProxyKind::kHaproxy) add_log(proxy.kind, std::string("udp://") + kLocalLogAddress);
    if (SendsLogToSocket(proxy.kind) && !socket_is_taken) {
      add_log(proxy.kind, std::string("unixgram:") + kLocalLogSocket);
      socket_is_taken = true;
    }
  }
  return config;
}

}  // namespace proxy_telemetry

// Daemon without a configuration file: watches what runs on this machine.
#include <sstream>
#include <string>
#include <utility>

#include "base/duration.h"
#include "base/log.h"
#include "daemon.h"

namespace proxy_telemetry {
namespace {

constexpr std::int64_t kLookAgainMs = 60'000;

void LogFound(const std::vector<LocalProxy>& proxies, const LocalLogs& logs) {
  for (const LocalProxy& proxy : proxies) {
    const char* kind = ProxyKindName(proxy.kind);
    LogInfo("proxy found on this machine", {{"proxy", kind}, {"target", proxy.address}});
    std::istringstream lines(HowToTellMore(proxy, logs));
    for (std::string line; std::getline(lines, line);) LogInfo("it could tell more", {{"proxy", kind}, {"how", line}});
  }
}

// Whether the log of that job had requests within the last day.
bool HadRequests(const tsdb::View& view, const std::string& job, std::int64_t now_ms) {
  tsdb::Selection selection;
  selection.matchers = {tsdb::Matcher::Equal(std::string(kNameLabel), kLogLinesName), tsdb::Matcher::Equal("job", job)};
  selection.start_ms = now_ms - kDayMs;
  selection.end_ms = now_ms;
  const auto cursor = view.Select(selection);
  while (cursor->Next()) {
    if (cursor->points().back().value > cursor->points().front().value) return true;
  }
  return false;
}

}  // namespace

Config Daemon::LookForLocalProxies() {
  local_proxies_ = FindLocalProxies();
  local_logs_.socket = CanMakeLocalLogSocket();
  LogFound(local_proxies_, local_logs_);
  return ConfigForLocalProxies(local_proxies_, local_logs_);
}

// Before the first round, which would count once more what their logs have counted.
Config Daemon::WithLogsOfBefore() {
  const auto view = store_->NewView();
  for (const LocalProxy& proxy : local_proxies_) {
    if (HadRequests(*view, LocalLogJob(proxy.kind), clock_.WallMs())) local_logs_.used.insert(proxy.kind);
  }
  return ConfigForLocalProxies(local_proxies_, local_logs_);
}

void Daemon::KeepLookingForLocalProxies() {
  MutexLock lock(reload_mutex_);
  const std::int64_t now_ms = clock_.SteadyMs();
  if (local_proxies_.empty() && now_ms - last_look_ms_ >= kLookAgainMs) {
    last_look_ms_ = now_ms;
    Config config = LookForLocalProxies();
    if (!local_proxies_.empty()) Apply(std::make_shared<const Config>(std::move(config)));
  } else if (NoteUsedLogs()) {
    Apply(std::make_shared<const Config>(ConfigForLocalProxies(local_proxies_, local_logs_)));
  }
}

// True when a proxy has begun to send its log.
bool Daemon::NoteUsedLogs() {
  const LogReaderStats stats = log_reader_->stats();
  bool news = false;
  for (const LocalProxy& proxy : local_proxies_) {
    const auto lines = stats.lines.find(LocalLogJob(proxy.kind));
    if (lines == stats.lines.end() || lines->second == 0 || !local_logs_.used.insert(proxy.kind).second) continue;
    news = true;
    LogInfo("a proxy sends its access log: requests are counted from there, and no more from its counters",
            {{"proxy", ProxyKindName(proxy.kind)}});
  }
  return news;
}

}  // namespace proxy_telemetry

#include "logs/log_restore.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "proxy_metrics.h"

namespace proxy_telemetry {
namespace {

std::vector<tsdb::Matcher> MatchersOf(const Labels& target_labels) {
  return {tsdb::Matcher::Equal("job", std::string(target_labels.Get("job"))),
          tsdb::Matcher::Equal("instance", std::string(target_labels.Get("instance")))};
}

// A counter that was written by this program: whole and not negative; else 0.
std::uint64_t CountOf(double value) {
  constexpr double kMax = 9007199254740992;  // beyond it doubles skip whole numbers
  return value >= 0 && value <= kMax ? static_cast<std::uint64_t>(value) : 0;
}

std::optional<double> BoundOf(std::string_view text) {
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  double bound = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bound);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return bound;
}

class Restorer {
 public:
  Restorer(LogHosts& hosts, std::int64_t now_ms) : hosts_(hosts), now_ms_(now_ms) {}

  // `name`: without kKeptPrefix.
  void Add(std::string_view name, const Labels& labels, double value) {
    if (!labels.Has("host")) return AddTotal(name, labels.Get(kRenamedLabel), value);
    LogHost& host = hosts_.Restore(std::string(labels.Get("host")), now_ms_);
    host.is_new = false;
    const auto is = [name](ProxyMetric metric, std::string_view suffix = "") {
      const std::string& family = ProxyMetricFamily(metric).name;
      return name.size() == family.size() + suffix.size() && name.starts_with(family) && name.ends_with(suffix);
    };
    if (name == kLogHostSeenName) {
      host.last_request_ms = std::min(now_ms_, static_cast<std::int64_t>(CountOf(value)) * 1000);
    } else if (is(ProxyMetric::kHttpRequests)) {
      const auto* const code = std::find(kLogClasses.begin(), kLogClasses.end(), labels.Get("code"));
      if (code != kLogClasses.end())
        host.requests[static_cast<std::size_t>(code - kLogClasses.begin())] = CountOf(value);
    } else if (is(ProxyMetric::kRequestBytes)) {
      host.tells_request_bytes = true;
      host.request_bytes = value;
    } else if (is(ProxyMetric::kResponseBytes)) {
      host.tells_response_bytes = true;
      host.response_bytes = value;
    } else if (name == kDurationBinName) {
      if (const auto bound = BoundOf(labels.Get(kBinLabel)))
        host.durations.RestoreBin(LatencyHistogram::BinOf(*bound), CountOf(value));
    } else if (is(ProxyMetric::kHttpRequestDuration, "_sum")) {
      host.durations.RestoreSum(value);
    } else if (is(ProxyMetric::kHttpUpstreamDuration, "_sum")) {
      UpstreamOf(host).RestoreSum(value);
    } else if (is(ProxyMetric::kHttpUpstreamDuration, "_bucket")) {
      if (const auto bound = BoundOf(labels.Get("le"))) upstream_buckets_[&host][*bound] = CountOf(value);
    }
  }

  RestoredLog Finish() && {
    for (const auto& [host, buckets] : upstream_buckets_) {
      std::uint64_t below = 0;
      for (const auto& [bound, count] : buckets) {
        UpstreamOf(*host).RestoreBin(LatencyHistogram::BinOf(bound), count - std::min(count, below));
        below = std::max(count, below);
      }
    }
    for (const auto& [renamed, position] : positions_) restored_.positions.push_back(position);
    return std::move(restored_);
  }

 private:
  static LatencyHistogram& UpstreamOf(LogHost& host) {
    if (!host.upstream_durations) host.upstream_durations = std::make_unique<LatencyHistogram>();
    return *host.upstream_durations;
  }

  void AddTotal(std::string_view name, std::string_view renamed, double value) {
    const std::uint64_t count = CountOf(value);
    if (name == kLogLinesName) restored_.totals.lines = count;
    if (name == kLogOtherLinesName) restored_.totals.other = count;
    if (name == kLogUnreadableLinesName) restored_.totals.unreadable = count;
    if (name == kLogLostLinesName) restored_.totals.lost = count;
    if (!name.starts_with("proxy_telemetry_log_file_")) return;
    LogFile::Position& position = positions_[std::string(renamed)];
    if (name == kLogFileOffsetName) position.offset = count;
    if (name == kLogFileInodeName) position.inode = count;
    if (name == kLogFileFingerprintName) position.fingerprint = count;
    if (name == kLogFileNamedName) position.named_ms = static_cast<std::int64_t>(count);
  }

  LogHosts& hosts_;
  const std::int64_t now_ms_;
  RestoredLog restored_;
  std::map<std::string, LogFile::Position> positions_;  // by the label `renamed`, the current file first
  std::map<LogHost*, std::map<double, std::uint64_t>> upstream_buckets_;  // cumulative, by bound
};

// When the log's last good round was; 0: never.
std::int64_t LastRoundMs(const tsdb::View& view, const Labels& target_labels, std::int64_t now_ms) {
  tsdb::Selection selection;
  selection.matchers = MatchersOf(target_labels);
  selection.matchers.push_back(tsdb::Matcher::Equal(std::string(kNameLabel), kLogLinesName));
  selection.start_ms = now_ms;
  selection.end_ms = now_ms;
  selection.with_previous = true;
  std::int64_t last_ms = 0;
  const auto cursor = view.Select(selection);
  while (cursor->Next()) last_ms = std::max(last_ms, cursor->points().back().ts_ms);
  return last_ms;
}

}  // namespace

namespace {

// What the round at `last_ms` has of hosts under names that begin with `prefix` or, with "", under all others, and all
// that is of none; false: nothing of a host.
bool RestoreRound(const tsdb::View& view, const Labels& target_labels, std::int64_t last_ms, std::string_view prefix,
                  Restorer& restorer) {
  tsdb::Selection selection;
  selection.matchers = MatchersOf(target_labels);
  selection.start_ms = last_ms;
  selection.end_ms = last_ms;
  bool has_hosts = false;
  const auto cursor = view.Select(selection);
  while (cursor->Next()) {
    const Labels& labels = cursor->labels();
    const std::string_view name = labels.metric_name();
    const bool is_of_host = labels.Has("host");
    const bool is_seen = name == kLogHostSeenName;
    if (is_of_host && !is_seen && name.starts_with(kKeptPrefix) == prefix.empty()) continue;
    const double value = cursor->points().back().value;
    if (!std::isfinite(value)) continue;
    has_hosts = has_hosts || (is_of_host && !is_seen);
    restorer.Add(is_of_host && !is_seen ? name.substr(prefix.size()) : name, labels, value);
  }
  if (!cursor->status().ok()) {
    LogWarn("counters of an access log cannot all be taken up: the history is damaged; those begin at 0",
            {{"instance", target_labels.Get("instance")}, {"reason", cursor->status().message()}});
  }
  return has_hosts;
}

}  // namespace

RestoredLog RestoreLog(const tsdb::View& view, const Labels& target_labels, std::int64_t now_ms, LogHosts& hosts) {
  const std::int64_t last_ms = LastRoundMs(view, target_labels, now_ms);
  if (last_ms == 0) return {};
  // All of a log's series are in each of its rounds: what is not in the last one had gone before.
  Restorer restorer(hosts, now_ms);
  if (!RestoreRound(view, target_labels, last_ms, kKeptPrefix, restorer)) {
    RestoreRound(view, target_labels, last_ms, "", restorer);
  }
  RestoredLog restored = std::move(restorer).Finish();
  restored.last_round_ms = last_ms;
  return restored;
}

}  // namespace proxy_telemetry

#include "history_series.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "base/log.h"
#include "config/latency_bounds.h"

namespace proxy_telemetry::history {
namespace {

struct FeedName {
  std::string_view name;
  Feed feed;
};
constexpr std::array<FeedName, 8> kFeedNames{{{"proxy_http_requests_total", Feed::kHttpRequests},
                                              {"proxy_backend_requests_total", Feed::kBackendRequests},
                                              {"proxy_http_request_errors_total", Feed::kRequestErrors},
                                              {"proxy_http_request_duration_seconds_bucket", Feed::kDurationBucket},
                                              {"proxy_http_request_duration_bin_total", Feed::kDurationBin},
                                              {"proxy_backends_up", Feed::kBackendsUp},
                                              {"proxy_backend_up", Feed::kBackendUp},
                                              {"proxy_backend_request_duration_seconds", Feed::kBackendP99}}};
constexpr std::string_view kLastScrapeName = "proxy_last_scrape_timestamp_seconds";

// Room made for a target's points at its first series, so that they are not moved again and again.
constexpr std::size_t kUsualSeries = 24;
constexpr std::size_t kReservedPointsMax = std::size_t{256} * 1024;

std::optional<Feed> FeedOf(std::string_view name) {
  for (const FeedName& feed : kFeedNames) {
    if (feed.name == name) return feed.feed;
  }
  return std::nullopt;
}

// "5xx", or three digits of which the first is 5.
bool IsServerError(std::string_view code) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return code == "5xx" || (code.size() == 3 && code[0] == '5' && is_digit(code[1]) && is_digit(code[2]));
}

// The bound of a bucket; nullopt for what cannot be one.
std::optional<double> ParseBound(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double bound = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bound);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (std::isnan(bound) || bound == -std::numeric_limits<double>::infinity()) return std::nullopt;
  return bound;
}

// Where the bin that ends at `bound` begins.
double FineBoundBelow(double bound) {
  const auto bounds = FineBounds();
  const auto at = std::lower_bound(bounds.begin(), bounds.end(), bound);
  return at == bounds.begin() ? 0 : *std::prev(at);
}

std::vector<tsdb::Matcher> MakeFeedMatchers() {
  std::string names;
  for (const FeedName& feed : kFeedNames) {
    if (!names.empty()) names += '|';
    names += feed.name;
  }
  std::vector<tsdb::Matcher> matchers;
  // Both expressions are constants that compile; of the feeds only the p99 has a quantile label.
  for (auto& [name, value] :
       {std::pair{std::string(kNameLabel), names}, std::pair<std::string, std::string>{"quantile", "|0\\.99"}}) {
    Result<tsdb::Matcher> matcher = tsdb::Matcher::Make(tsdb::MatchType::kRegex, name, value);
    if (matcher.ok()) matchers.push_back(std::move(matcher).value());
  }
  return matchers;
}

bool IsPoint(const tsdb::Point& point) { return point.value >= 0 && point.value <= std::numeric_limits<double>::max(); }

// Appends the points that are some and returns how many. Nearly all are: copying first and counting then is fastest.
std::size_t CopyPoints(std::span<const tsdb::Point> points, std::vector<tsdb::Point>& out) {
  const std::size_t size_before = out.size();
  out.resize(size_before + points.size());
  tsdb::Point* end = out.data() + size_before;
  for (const tsdb::Point& point : points) {
    *end = point;
    end += IsPoint(point) ? 1 : 0;
  }
  const auto size = static_cast<std::size_t>(end - out.data());
  out.resize(size);
  return size - size_before;
}

// Sorts series into targets as the store's cursor brings them.
class HostReader {
 public:
  explicit HostReader(std::int64_t start_ms) : start_ms_(start_ms) {}

  void Add(const tsdb::SeriesCursor& cursor) {
    const std::optional<Feed> feed = FeedOf(cursor.label(kNameLabel));
    if (!feed) return;
    const std::span<const tsdb::Point> points = cursor.points();
    FeedSeries series;
    series.feed = *feed;
    const std::string_view code = cursor.label("code");
    series.has_code = !code.empty();
    series.is_server_error = IsServerError(code);
    if (*feed == Feed::kBackendRequests || *feed == Feed::kBackendP99) series.backend = cursor.label("backend");
    if (*feed == Feed::kDurationBucket || *feed == Feed::kDurationBin) {
      const std::optional<double> bound = ParseBound(cursor.label(*feed == Feed::kDurationBin ? "bin" : "le"));
      if (!bound) return;
      series.le = *bound;
    }
    TargetSeries& target = TargetOf(cursor.label("job"), cursor.label("instance"));
    if (target.points.empty()) target.points.reserve(std::min(kReservedPointsMax, kUsualSeries * points.size()));
    series.first_point = target.points.size();
    series.point_count = CopyPoints(points, target.points);
    host_.has_unusable = host_.has_unusable || series.point_count != points.size();
    series.lost_previous = !points.empty() && points.front().ts_ms < start_ms_ && !IsPoint(points.front());
    // A reported p99 counts at its own time only; some proxies say NaN for hours.
    host_.lost_previous = host_.lost_previous || (series.lost_previous && *feed != Feed::kBackendP99);
    if (series.point_count > 0) target.series.push_back(std::move(series));
  }

  HostSeries Finish() && {
    std::erase_if(host_.targets, [](const TargetSeries& target) { return target.series.empty(); });
    std::sort(host_.targets.begin(), host_.targets.end(), [](const TargetSeries& a, const TargetSeries& b) {
      return std::tie(a.job, a.instance) < std::tie(b.job, b.instance);
    });
    for (TargetSeries& target : host_.targets) AddBounds(target);
    std::sort(host_.bounds.begin(), host_.bounds.end());
    host_.bounds.erase(std::unique(host_.bounds.begin(), host_.bounds.end()), host_.bounds.end());
    return std::move(host_);
  }

 private:
  void AddBounds(TargetSeries& target) {
    const auto is_bin = [](const FeedSeries& series) { return series.feed == Feed::kDurationBin; };
    const bool has_bins = std::any_of(target.series.begin(), target.series.end(), is_bin);
    if (has_bins) {
      host_.has_bins = true;
      host_.bounds.push_back(std::numeric_limits<double>::infinity());
      std::erase_if(target.series, [](const FeedSeries& series) { return series.feed == Feed::kDurationBucket; });
    }
    for (const FeedSeries& series : target.series) {
      if (series.feed != Feed::kDurationBucket && !is_bin(series)) continue;
      host_.bounds.push_back(series.le);
      if (is_bin(series)) host_.bounds.push_back(FineBoundBelow(series.le));
    }
  }

  TargetSeries& TargetOf(std::string_view job, std::string_view instance) {
    // The store brings a target's series one behind the other: the one of before is nearly always the one.
    if (latest_ < host_.targets.size()) {
      TargetSeries& latest = host_.targets[latest_];
      if (latest.job == job && latest.instance == instance) return latest;
    }
    const auto [found, added] = by_key_.try_emplace({std::string(job), std::string(instance)}, host_.targets.size());
    if (added) host_.targets.push_back({std::string(job), std::string(instance), {}, {}});
    latest_ = found->second;
    return host_.targets[latest_];
  }

  const std::int64_t start_ms_;
  HostSeries host_;
  std::map<std::pair<std::string, std::string>, std::size_t> by_key_;  // into host_.targets
  std::size_t latest_ = 0;
};

}  // namespace

std::int64_t TargetSeries::FirstMs() const {
  std::int64_t first_ms = kNeverMs;
  for (const FeedSeries& feed_series : series) first_ms = std::min(first_ms, points[feed_series.first_point].ts_ms);
  return first_ms;
}

std::optional<std::int64_t> TargetSeries::LastBeforeMs(std::int64_t ts_ms) const {
  std::optional<std::int64_t> last_ms;
  for (const FeedSeries& feed_series : series) {
    const std::span<const tsdb::Point> of_series = PointsOf(feed_series);
    const auto from = std::partition_point(of_series.begin(), of_series.end(),
                                           [ts_ms](const tsdb::Point& point) { return point.ts_ms < ts_ms; });
    if (from != of_series.begin()) last_ms = std::max(last_ms.value_or(std::prev(from)->ts_ms), std::prev(from)->ts_ms);
  }
  return last_ms;
}

const std::vector<tsdb::Matcher>& FeedMatchers() {
  static const std::vector<tsdb::Matcher> kMatchers = MakeFeedMatchers();
  return kMatchers;
}

Result<HostSeries> ReadHost(const tsdb::View& view, const HistoryQuery& query, const HostRange& range) {
  tsdb::Selection selection;
  selection.matchers = FeedMatchers();
  selection.matchers.push_back(tsdb::Matcher::Equal("host", query.host));
  if (query.job) selection.matchers.push_back(tsdb::Matcher::Equal("job", *query.job));
  if (query.instance) selection.matchers.push_back(tsdb::Matcher::Equal("instance", *query.instance));
  selection.start_ms = range.start_ms;
  selection.end_ms = range.end_ms;
  selection.with_previous = true;
  selection.resolution_ms = range.resolution_ms;
  selection.ends_of_ms = range.ends_of_ms;
  selection.all_until_ms = range.all_until_ms;
  selection.limits = {kSeriesMax, kPointsMax, kReadTimeMaxMs};

  HostReader reader(range.start_ms);
  const std::unique_ptr<tsdb::SeriesCursor> cursor = view.Select(selection);
  while (cursor->Next()) reader.Add(*cursor);
  const Status status = cursor->status();
  if (status.code() == StatusCode::kCorruption) {
    LogWarn("history lacks samples: the store is damaged; proxy-telemetry verify shows where",
            {{"host", query.host}, {"reason", status.message()}});
  } else if (!status.ok()) {
    return status;
  }
  return std::move(reader).Finish();
}

std::optional<std::int64_t> LastScrapeBeforeMs(const tsdb::View& view, const TargetSeries& target, std::int64_t ts_ms) {
  tsdb::Selection selection;
  selection.matchers = {tsdb::Matcher::Equal(std::string(kNameLabel), std::string(kLastScrapeName)),
                        tsdb::Matcher::Equal("job", target.job), tsdb::Matcher::Equal("instance", target.instance)};
  selection.start_ms = ts_ms;
  selection.end_ms = ts_ms;
  selection.with_previous = true;
  std::optional<std::int64_t> last_ms;
  const std::unique_ptr<tsdb::SeriesCursor> cursor = view.Select(selection);
  while (cursor->Next()) {
    for (const tsdb::Point& point : cursor->points()) {
      // The value is the time of the success: failed scrapes repeat it.
      if (point.ts_ms < ts_ms && std::isfinite(point.value)) last_ms = std::llround(point.value * 1000);
    }
  }
  return last_ms;
}

}  // namespace proxy_telemetry::history

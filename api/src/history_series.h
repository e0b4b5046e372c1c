// What the store holds of one host, sorted by target: the input of everything in history_*.
//
// Plain values, filled by ReadHost for one request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/history.h"
#include "base/status.h"
#include "tsdb/store.h"

namespace proxy_telemetry::history {

// Of one host at once: points take 256 MiB then. A request beyond it fails and says how to ask for less.
inline constexpr std::size_t kPointsMax = std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t kSeriesMax = 100'000;
inline constexpr std::int64_t kReadTimeMaxMs = 30'000;

// A time later than any sample.
inline constexpr std::int64_t kNeverMs = std::numeric_limits<std::int64_t>::max();

// The metrics a sample is made of. A host with a point of one of them has a sample at that time.
enum class Feed {
  kHttpRequests,     // proxy_http_requests_total
  kBackendRequests,  // proxy_backend_requests_total
  kRequestErrors,    // proxy_http_request_errors_total
  kDurationBucket,   // proxy_http_request_duration_seconds_bucket
  kDurationBin,      // proxy_http_request_duration_bin_total: finer, and not cumulative; then the buckets do not count
  kBackendsUp,       // proxy_backends_up
  kBackendUp,        // proxy_backend_up
  kBackendP99,       // proxy_backend_request_duration_seconds{quantile="0.99"}
};

struct FeedSeries {
  Feed feed = Feed::kHttpRequests;
  bool has_code = false;
  bool is_server_error = false;  // code 5xx
  double le = 0;                 // of kDurationBucket and kDurationBin: the bound in seconds
  // Its point before the time asked for is none to count with (NaN, say): the series is not new all the same.
  bool lost_previous = false;
  std::string backend;          // of kBackendRequests and kBackendP99
  std::size_t first_point = 0;  // into TargetSeries::points
  std::size_t point_count = 0;  // at least 1
};

// The host's series from one (job, instance).
struct TargetSeries {
  std::string job;
  std::string instance;
  std::vector<FeedSeries> series;
  // Of all series, one behind the other. Values are finite and not negative: anything else is no point here.
  std::vector<tsdb::Point> points;

  std::span<const tsdb::Point> PointsOf(const FeedSeries& feed_series) const {
    return std::span(points).subspan(feed_series.first_point, feed_series.point_count);
  }
  // kNeverMs when there is none.
  std::int64_t FirstMs() const;
  // The last point before `ts_ms`; nullopt when there is none.
  std::optional<std::int64_t> LastBeforeMs(std::int64_t ts_ms) const;
};

struct HostSeries {
  std::vector<TargetSeries> targets;  // sorted by job, then instance
  std::vector<double> bounds;         // all `le` of all targets, and where bins begin, ascending
  bool has_bins = false;
  bool lost_previous = false;  // of a series that counts: reading from further back may find a usable point
  bool has_unusable = false;   // some points are none to count with
};

// The matchers that every series of the feeds passes and no other.
const std::vector<tsdb::Matcher>& FeedMatchers();

// What is read of a host, as tsdb::Selection has it.
struct HostRange {
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  std::int64_t resolution_ms = 0;
  std::int64_t ends_of_ms = 0;
  std::int64_t all_until_ms = 0;
};

// The points of `range`, and the last one before of each series. Where the store is damaged, what is left, and a line
// in the log.
Result<HostSeries> ReadHost(const tsdb::View& view, const HistoryQuery& query, const HostRange& range);

// When that target was last scraped with success before `ts_ms`; nullopt when it never was.
std::optional<std::int64_t> LastScrapeBeforeMs(const tsdb::View& view, const TargetSeries& target, std::int64_t ts_ms);

}  // namespace proxy_telemetry::history

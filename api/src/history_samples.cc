#include "history_samples.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

#include "history_gauges.h"

namespace proxy_telemetry::history {
namespace {

// All timestamps of all series, ascending, distinct. Nearly always every series has the same ones.
std::vector<std::int64_t> UnionOfTimestamps(const TargetSeries& target) {
  std::vector<std::int64_t> all;
  std::vector<std::int64_t> merged;
  for (const FeedSeries& series : target.series) {
    const auto ts_of = [](const tsdb::Point& point) { return point.ts_ms; };
    const std::span<const tsdb::Point> points = target.PointsOf(series);
    const auto same_ts = [](std::int64_t ts_ms, const tsdb::Point& point) { return ts_ms == point.ts_ms; };
    if (std::equal(all.begin(), all.end(), points.begin(), points.end(), same_ts)) continue;
    std::vector<std::int64_t> own(points.size());
    std::transform(points.begin(), points.end(), own.begin(), ts_of);
    merged.clear();
    std::set_union(all.begin(), all.end(), own.begin(), own.end(), std::back_inserter(merged));
    all.swap(merged);
  }
  return all;
}

// Requests and 5xx of one metric. Empty columns until a series of it is added.
struct RequestColumns {
  std::vector<double> requests;
  std::vector<double> errors;
  std::int64_t since_ms = kNeverMs;       // first point of any series
  std::int64_t code_since_ms = kNeverMs;  // first point of a series with a code
};

class SampleBuilder {
 public:
  SampleBuilder(const TargetSeries& target, std::span<const double> bounds, std::int64_t from_ms,
                std::optional<std::int64_t> prior_scrape_ms)
      : target_(target), bounds_(bounds), prior_scrape_ms_(prior_scrape_ms), all_ts_ms_(UnionOfTimestamps(target)) {
    const auto from = std::lower_bound(all_ts_ms_.begin(), all_ts_ms_.end(), from_ms);
    first_row_ = static_cast<std::size_t>(from - all_ts_ms_.begin());
    samples_.ts_ms.assign(from, all_ts_ms_.end());
  }

  TargetSamples Build() && {
    if (samples_.size() == 0) return std::move(samples_);
    AddElapsed();
    for (const FeedSeries& series : target_.series) AddCounter(series);
    if (has_bins_) AddUpBins();
    CombineRequests();
    const GaugeRows rows{all_ts_ms_, first_row_};
    samples_.backends_up = BackendsUp(target_, rows, samples_.elapsed_ms);
    AddReportedP99(rows);
    return std::move(samples_);
  }

 private:
  void AddElapsed() {
    samples_.elapsed_ms.resize(samples_.size());
    for (std::size_t row = 0; row < samples_.size(); ++row) {
      const std::size_t i = first_row_ + row;
      if (i > 0) {
        samples_.elapsed_ms[row] = all_ts_ms_[i] - all_ts_ms_[i - 1];
      } else if (prior_scrape_ms_) {
        samples_.elapsed_ms[row] = all_ts_ms_[i] - *prior_scrape_ms_;
      }
    }
  }

  // Adds the increases of `series` to every `stride`th cell of `column`. Its first point counts from 0 when the target
  // was scraped before; a fall is a reset, from which the new value counts.
  void AddIncreases(const FeedSeries& series, double* column, std::size_t stride) const {
    const std::span<const tsdb::Point> points = target_.PointsOf(series);
    std::size_t i = 0;
    for (std::size_t k = 0; k < points.size(); ++k) {
      while (all_ts_ms_[i] < points[k].ts_ms) ++i;
      if (i < first_row_) continue;
      double increase = points[k].value;
      if (k > 0) {
        if (increase >= points[k - 1].value) increase -= points[k - 1].value;
      } else if (series.lost_previous || (i == 0 && !prior_scrape_ms_)) {
        increase = 0;
      }
      column[(i - first_row_) * stride] += increase;
    }
  }

  void AddCounter(const FeedSeries& series) {
    switch (series.feed) {
      case Feed::kHttpRequests:
        return AddRequests(series, http_);
      case Feed::kBackendRequests:
        return AddRequests(series, backend_);
      case Feed::kRequestErrors:
        other_errors_.resize(samples_.size());
        return AddIncreases(series, other_errors_.data(), 1);
      case Feed::kDurationBin:
        has_bins_ = true;
        return AddBuckets(series);
      case Feed::kDurationBucket:
        return AddBuckets(series);
      case Feed::kBackendsUp:
      case Feed::kBackendUp:
      case Feed::kBackendP99:
        return;
    }
  }

  void AddRequests(const FeedSeries& series, RequestColumns& columns) const {
    const std::int64_t first_ms = target_.PointsOf(series).front().ts_ms;
    columns.requests.resize(samples_.size());
    columns.errors.resize(samples_.size());
    columns.since_ms = std::min(columns.since_ms, first_ms);
    if (series.has_code) columns.code_since_ms = std::min(columns.code_since_ms, first_ms);
    AddIncreases(series, columns.requests.data(), 1);
    if (series.is_server_error) AddIncreases(series, columns.errors.data(), 1);
  }

  void AddBuckets(const FeedSeries& series) {
    samples_.bucket_count = bounds_.size();
    samples_.bucket_since_ms.resize(bounds_.size(), kNeverMs);
    samples_.buckets.resize(samples_.size() * bounds_.size());
    const auto found = std::lower_bound(bounds_.begin(), bounds_.end(), series.le);
    const auto bucket = static_cast<std::size_t>(found - bounds_.begin());
    AddIncreases(series, samples_.buckets.data() + bucket, bounds_.size());
    const std::int64_t first_ms = target_.PointsOf(series).front().ts_ms;
    samples_.bucket_since_ms[bucket] = std::min(samples_.bucket_since_ms[bucket], first_ms);
    histogram_since_ms_ = std::min(histogram_since_ms_, first_ms);
  }

  // Bins become a cumulative histogram. A bin without a series had no request: it is 0 since the others are there.
  void AddUpBins() {
    std::fill(samples_.bucket_since_ms.begin(), samples_.bucket_since_ms.end(), histogram_since_ms_);
    for (std::size_t row = 0; row < samples_.size(); ++row) {
      double* const buckets = samples_.buckets.data() + row * bounds_.size();
      std::partial_sum(buckets, buckets + bounds_.size(), buckets);
    }
  }

  // Host counters where the target has them by then, else those of its backends; errors by code where it tells codes,
  // else its count of errors. "By then", so that an answer does not depend on what came later.
  void CombineRequests() {
    samples_.requests.resize(samples_.size());
    samples_.errors.resize(samples_.size());
    for (std::size_t row = 0; row < samples_.size(); ++row) {
      const std::int64_t ts_ms = samples_.ts_ms[row];
      const RequestColumns& columns = ts_ms >= http_.since_ms ? http_ : backend_;
      if (!columns.requests.empty()) samples_.requests[row] = columns.requests[row];
      if (ts_ms >= columns.code_since_ms) {
        samples_.errors[row] = columns.errors[row];
      } else if (!other_errors_.empty()) {
        samples_.errors[row] = other_errors_[row];
      }
    }
  }

  // Only for scrapes that brought requests (such a p99 stands still without) and before there is a histogram.
  void AddReportedP99(const GaugeRows& rows) {
    ReportedP99 reported = BackendP99(target_, rows);
    if (reported.count.empty()) return;
    for (std::size_t row = 0; row < samples_.size(); ++row) {
      if (samples_.requests[row] > 0 && samples_.ts_ms[row] < histogram_since_ms_) continue;
      reported.sum_ms[row] = 0;
      reported.count[row] = 0;
    }
    samples_.p99_sum_ms = std::move(reported.sum_ms);
    samples_.p99_count = std::move(reported.count);
  }

  const TargetSeries& target_;
  const std::span<const double> bounds_;
  const std::optional<std::int64_t> prior_scrape_ms_;
  const std::vector<std::int64_t> all_ts_ms_;  // with those before from_ms
  std::size_t first_row_ = 0;                  // into all_ts_ms_: the first one from from_ms on
  RequestColumns http_;
  RequestColumns backend_;
  std::vector<double> other_errors_;
  std::int64_t histogram_since_ms_ = kNeverMs;
  bool has_bins_ = false;
  TargetSamples samples_;
};

}  // namespace

std::int64_t StaleAfterMs(std::int64_t elapsed_ms) { return std::clamp(2 * elapsed_ms, kStaleMinMs, kStaleMaxMs); }

double SecondsToMs(double seconds) {
  constexpr double kMsPerSecond = 1000;
  constexpr double kNanosPerMs = 1e6;
  constexpr double kRounding = 2 * std::numeric_limits<double>::epsilon();
  const double product_ms = seconds * kMsPerSecond;
  const double decimal_ms = std::nearbyint(product_ms * kNanosPerMs) / kNanosPerMs;
  return std::fabs(decimal_ms - product_ms) <= kRounding * std::fabs(product_ms) ? decimal_ms : product_ms;
}

TargetSamples DeriveSamples(const TargetSeries& series, std::span<const double> bounds, std::int64_t from_ms,
                            std::optional<std::int64_t> prior_scrape_ms) {
  return SampleBuilder(series, bounds, from_ms, prior_scrape_ms).Build();
}

}  // namespace proxy_telemetry::history

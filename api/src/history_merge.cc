#include "history_merge.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "histogram_quantile.h"

namespace proxy_telemetry::history {
namespace {

constexpr double kQuantile = 0.99;
constexpr double kMsPerSecond = 1000;
constexpr double kPercentMax = 100;
// The largest integer that a double, and so every JSON client, holds exactly.
constexpr double kBackendsMax = 9007199254740991;

// Between 0 and `max`; NaN and -0 become 0.
double Bounded(double value, double max = std::numeric_limits<double>::max()) {
  return value > 0 ? std::min(value, max) : 0;
}

// Where within a fine bin the quantile lies is not known: its middle, by ratio, is never more than 5 % off.
double CentreOfFineBin(double quantile, std::span<const double> bounds) {
  constexpr double kFineRatioMax = 1.1000001;
  const auto end = std::lower_bound(bounds.begin(), bounds.end(), quantile);
  if (end == bounds.begin() || end == bounds.end()) return quantile;
  const double begin = *std::prev(end);
  return begin > 0 && *end <= begin * kFineRatioMax ? std::sqrt(begin * *end) : quantile;
}

}  // namespace

Pool::Pool(std::span<const double> bounds, bool has_bins)
    : bounds_(bounds), has_bins_(has_bins), buckets_(bounds.size()), has_bucket_(bounds.size()) {}

void Pool::Clear() {
  std::fill(buckets_.begin(), buckets_.end(), 0);
  std::fill(has_bucket_.begin(), has_bucket_.end(), 0);
  requests_sec_ = requests_ = errors_ = backends_up_ = p99_sum_ms_ = p99_count_ = 0;
}

void Pool::AddRate(double requests, std::int64_t elapsed_ms) {
  if (elapsed_ms > 0) requests_sec_ += requests / (static_cast<double>(elapsed_ms) / kMsPerSecond);
}

void Pool::AddCounts(const TargetSamples& samples, std::size_t row, double weight) {
  requests_ += weight * samples.requests[row];
  errors_ += weight * samples.errors[row];
  const std::span<const double> buckets = samples.BucketsOf(row);
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (samples.bucket_since_ms[i] > samples.ts_ms[row]) continue;
    has_bucket_[i] = 1;
    buckets_[i] += weight * buckets[i];
  }
}

void Pool::AddReportedP99(const TargetSamples& samples, std::size_t row) {
  if (samples.p99_count.empty()) return;
  p99_sum_ms_ += samples.p99_sum_ms[row];
  p99_count_ += samples.p99_count[row];
}

bool Pool::HasObservations() const {
  return std::any_of(buckets_.begin(), buckets_.end(), [](double count) { return count > 0; });
}

double Pool::P99Ms() {
  if (!HasObservations()) return ReportedP99Ms();
  used_bounds_.clear();
  used_buckets_.clear();
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    if (has_bucket_[i] == 0) continue;
    used_bounds_.push_back(bounds_[i]);
    used_buckets_.push_back(buckets_[i]);
  }
  const double quantile = HistogramQuantile(kQuantile, used_bounds_, used_buckets_);
  return SecondsToMs(has_bins_ ? CentreOfFineBin(quantile, used_bounds_) : quantile);
}

HistorySample Pool::Sample(std::int64_t ts_ms, double p99_ms, double backends_up) const {
  HistorySample sample;
  sample.ts_s = ts_ms / kSecondMs - (ts_ms % kSecondMs < 0 ? 1 : 0);
  sample.requests_sec = Bounded(requests_sec_);
  sample.p99_ms = Bounded(p99_ms);
  if (requests_ > 0) sample.error_rate = Bounded(kPercentMax * errors_ / requests_, kPercentMax);
  sample.active_backends = static_cast<std::int64_t>(Bounded(std::floor(backends_up + 0.5), kBackendsMax));
  return sample;
}

Timeline::Timeline(const HostSamples& host, std::int64_t start_ms, std::int64_t end_ms)
    : host_(host), counts_(host.targets.size()), pool_(host.bounds, host.has_bins) {
  std::vector<std::int64_t> merged;
  for (const TargetSamples& target : host.targets) {
    const auto from = std::lower_bound(target.ts_ms.begin(), target.ts_ms.end(), start_ms);
    const auto to = std::upper_bound(from, target.ts_ms.end(), end_ms);
    merged.clear();
    std::set_union(ts_ms_.begin(), ts_ms_.end(), from, to, std::back_inserter(merged));
    ts_ms_.swap(merged);
  }
}

std::span<const std::size_t> Timeline::CountsAt(std::size_t i) {
  for (std::size_t t = 0; t < counts_.size(); ++t) {
    const std::vector<std::int64_t>& target_ts_ms = host_.targets[t].ts_ms;
    while (counts_[t] < target_ts_ms.size() && target_ts_ms[counts_[t]] <= ts_ms_[i]) ++counts_[t];
  }
  return counts_;
}

std::vector<std::size_t> Timeline::CountsBefore() const {
  std::vector<std::size_t> counts;
  for (const TargetSamples& target : host_.targets) {
    const auto from = std::lower_bound(target.ts_ms.begin(), target.ts_ms.end(), ts_ms_.front());
    counts.push_back(static_cast<std::size_t>(from - target.ts_ms.begin()));
  }
  return counts;
}

HistorySample Timeline::SampleAt(std::size_t i) {
  pool_.Clear();
  // Increases over different intervals are brought to the interval of the first target, so that each weighs by its
  // rate; with one target, or equal intervals, they stay the very numbers that were counted.
  std::int64_t common_ms = 0;
  const std::span<const std::size_t> counts = CountsAt(i);
  for (std::size_t t = 0; t < counts.size(); ++t) {
    if (counts[t] == 0) continue;
    const TargetSamples& target = host_.targets[t];
    const std::size_t row = counts[t] - 1;
    if (!target.IsLive(row, ts_ms_[i])) continue;
    pool_.AddBackendsUp(target.backends_up[row]);
    pool_.AddReportedP99(target, row);
    const std::int64_t elapsed_ms = target.elapsed_ms[row];
    if (elapsed_ms <= 0) continue;
    if (common_ms == 0) common_ms = elapsed_ms;
    pool_.AddRate(target.requests[row], elapsed_ms);
    pool_.AddCounts(target, row, static_cast<double>(common_ms) / static_cast<double>(elapsed_ms));
  }
  return pool_.Sample(ts_ms_[i], pool_.P99Ms(), pool_.backends_up());
}

void Timeline::GaugesAt(std::size_t i, Pool& pool) {
  const std::span<const std::size_t> counts = CountsAt(i);
  for (std::size_t t = 0; t < counts.size(); ++t) {
    if (counts[t] == 0) continue;
    const TargetSamples& target = host_.targets[t];
    if (!target.IsLive(counts[t] - 1, ts_ms_[i])) continue;
    pool.AddBackendsUp(target.backends_up[counts[t] - 1]);
    pool.AddReportedP99(target, counts[t] - 1);
  }
}

}  // namespace proxy_telemetry::history

// Pool and Timeline: several targets that serve the same host become one row of samples.
//
// A sample of the host is what every live target said last: a target scraped a second later than another one keeps
// counting in between, and none counts twice. With one target a sample of the host is a sample of the target.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "api/history.h"
#include "history_samples.h"

namespace proxy_telemetry::history {

struct HostSamples {
  std::vector<TargetSamples> targets;
  std::vector<double> bounds;  // of every target's buckets
  bool has_bins = false;       // as HostSeries has it
};

// A sum over samples of several targets, from which one sample of the answer is made.
class Pool {
 public:
  // `bounds` outlive the pool. `has_bins`: some of them are of fine bins.
  Pool(std::span<const double> bounds, bool has_bins);

  void Clear();
  // Requests per second of one target.
  void AddRate(double requests, std::int64_t elapsed_ms);
  // Requests, errors and buckets of a row, `weight` times: ratios and quantiles are taken of these sums.
  void AddCounts(const TargetSamples& samples, std::size_t row, double weight);
  void AddReportedP99(const TargetSamples& samples, std::size_t row);
  void AddBackendsUp(double backends_up) { backends_up_ += backends_up; }

  bool HasObservations() const;
  // The quantile of the pooled buckets; without observations in them the mean of the reported values; else 0.
  double P99Ms();
  // The mean of the values that backends reported; 0 without.
  double ReportedP99Ms() const { return p99_count_ > 0 ? p99_sum_ms_ / p99_count_ : 0; }
  bool HasReportedP99() const { return p99_count_ > 0; }
  double backends_up() const { return backends_up_; }
  // Every field finite and none negative, whatever was added.
  HistorySample Sample(std::int64_t ts_ms, double p99_ms, double backends_up) const;

 private:
  std::span<const double> bounds_;
  const bool has_bins_;
  std::vector<double> buckets_;
  std::vector<char> has_bucket_;  // whether a target added has this bound: only those make the histogram
  std::vector<double> used_bounds_;
  std::vector<double> used_buckets_;
  double requests_sec_ = 0;
  double requests_ = 0;
  double errors_ = 0;
  double backends_up_ = 0;
  double p99_sum_ms_ = 0;
  double p99_count_ = 0;
};

// The host's samples from start_ms to end_ms in time order, made when asked for.
class Timeline {
 public:
  // `host` outlives the timeline.
  Timeline(const HostSamples& host, std::int64_t start_ms, std::int64_t end_ms);

  std::span<const std::int64_t> ts_ms() const { return ts_ms_; }
  std::span<const TargetSamples> targets() const { return host_.targets; }
  // For sums over this host's samples.
  Pool NewPool() const { return {host_.bounds, host_.has_bins}; }

  // The sample at ts_ms()[i]. Calls go forward: i never falls.
  HistorySample SampleAt(std::size_t i);

  // Live backends and reported p99 at ts_ms()[i], added to a cleared `pool`. Calls go forward.
  void GaugesAt(std::size_t i, Pool& pool);

  // How many samples of each target lie at or before ts_ms()[i]. Calls go forward.
  std::span<const std::size_t> CountsAt(std::size_t i);
  // How many samples of each target lie before ts_ms().front().
  std::vector<std::size_t> CountsBefore() const;

 private:
  const HostSamples& host_;
  std::vector<std::int64_t> ts_ms_;
  std::vector<std::size_t> counts_;  // of each target: samples at or before the last i asked for
  Pool pool_;
};

}  // namespace proxy_telemetry::history

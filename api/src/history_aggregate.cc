#include "history_aggregate.h"

#include <algorithm>
#include <cstddef>
#include <span>

namespace proxy_telemetry::history {
namespace {

// The samples of one bucket: [first, last] of the timeline.
struct Bucket {
  std::size_t first = 0;
  std::size_t last = 0;
};

HistorySample MaxOf(Timeline& timeline, const Bucket& bucket) {
  HistorySample max = timeline.SampleAt(bucket.first);
  for (std::size_t i = bucket.first + 1; i <= bucket.last; ++i) {
    const HistorySample sample = timeline.SampleAt(i);
    max.requests_sec = std::max(max.requests_sec, sample.requests_sec);
    max.p99_ms = std::max(max.p99_ms, sample.p99_ms);
    max.error_rate = std::max(max.error_rate, sample.error_rate);
    max.active_backends = std::max(max.active_backends, sample.active_backends);
  }
  return max;
}

// Exact over a bucket: per target what it counted over the time in which it counted it, then the targets added.
class BucketAverage {
 public:
  BucketAverage(Timeline& timeline, std::int64_t step_ms)
      : timeline_(timeline), step_ms_(step_ms), sum_(timeline.NewPool()), at_(timeline.NewPool()) {
    if (!timeline.ts_ms().empty()) counts_before_ = timeline.CountsBefore();
  }

  // Buckets one behind the other.
  HistorySample Over(const Bucket& bucket) {
    sum_.Clear();
    double p99_sum_ms = 0;
    double p99_samples = 0;
    double backends_up = 0;
    for (std::size_t i = bucket.first; i <= bucket.last; ++i) {
      at_.Clear();
      timeline_.GaugesAt(i, at_);
      backends_up += at_.backends_up();
      if (!at_.HasReportedP99()) continue;
      p99_sum_ms += at_.ReportedP99Ms();
      p99_samples += 1;
    }
    const std::int64_t first_ms = timeline_.ts_ms()[bucket.first];
    const std::span<const std::size_t> counts = timeline_.CountsAt(bucket.last);
    for (std::size_t t = 0; t < counts.size(); ++t)
      AddTarget(timeline_.targets()[t], counts_before_[t], counts[t], first_ms);
    counts_before_.assign(counts.begin(), counts.end());

    const double reported_p99_ms = p99_samples > 0 ? p99_sum_ms / p99_samples : 0;
    const double p99_ms = sum_.HasObservations() ? sum_.P99Ms() : reported_p99_ms;
    return sum_.Sample(first_ms, p99_ms, backends_up / static_cast<double>(bucket.last - bucket.first + 1));
  }

 private:
  // Rows [from, to) of `target` lie in the bucket.
  void AddTarget(const TargetSamples& target, std::size_t from, std::size_t to, std::int64_t first_ms) {
    if (from < to) {
      double requests = 0;
      std::int64_t elapsed_ms = 0;
      for (std::size_t row = from; row < to; ++row) {
        if (target.elapsed_ms[row] <= 0) continue;
        requests += target.requests[row];
        elapsed_ms += target.elapsed_ms[row];
        sum_.AddCounts(target, row, 1);
      }
      return sum_.AddRate(requests, elapsed_ms);
    }
    // Scraped less often than once per bucket: its newest sample stands for it, as in every sample of the timeline.
    if (to == 0 || target.elapsed_ms[to - 1] <= 0 || !target.IsLive(to - 1, first_ms)) return;
    const std::int64_t elapsed_ms = target.elapsed_ms[to - 1];
    sum_.AddRate(target.requests[to - 1], elapsed_ms);
    sum_.AddCounts(target, to - 1, static_cast<double>(step_ms_) / static_cast<double>(elapsed_ms));
  }

  Timeline& timeline_;
  const std::int64_t step_ms_;
  Pool sum_;
  Pool at_;
  std::vector<std::size_t> counts_before_;  // per target: samples before the bucket
};

}  // namespace

void AppendBuckets(Timeline& timeline, Aggregate aggregate, std::int64_t step_ms, std::vector<HistorySample>& out) {
  BucketAverage average(timeline, step_ms);
  const std::span<const std::int64_t> ts_ms = timeline.ts_ms();
  for (Bucket bucket; bucket.first < ts_ms.size(); bucket.first = bucket.last + 1) {
    bucket.last = bucket.first;
    const std::int64_t number = FloorDiv(ts_ms[bucket.first], step_ms);
    while (bucket.last + 1 < ts_ms.size() && FloorDiv(ts_ms[bucket.last + 1], step_ms) == number) ++bucket.last;
    switch (aggregate) {
      case Aggregate::kFirst:
        out.push_back(timeline.SampleAt(bucket.first));
        break;
      case Aggregate::kLast:
        out.push_back(timeline.SampleAt(bucket.last));
        break;
      case Aggregate::kMax:
        out.push_back(MaxOf(timeline, bucket));
        break;
      case Aggregate::kAvg:
        out.push_back(average.Over(bucket));
        break;
    }
  }
}

}  // namespace proxy_telemetry::history

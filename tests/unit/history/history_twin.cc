#include "history_twin.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace proxy_telemetry::history_test {
namespace {

using TargetKey = std::pair<std::string, std::string>;
using Histogram = std::map<double, double>;  // bound to count at or below it

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kDay = 24 * 60 * kMinute;

struct TwinSample {
  std::int64_t elapsed_ms = 0;
  double requests = 0;
  double errors = 0;
  Histogram buckets;
  double p99_sum = 0;
  double p99_count = 0;
  double backends_up = 0;

  std::int64_t StaleAfter() const { return std::min(std::max(5 * kMinute, 2 * elapsed_ms), kDay); }
};

using TargetTimeline = std::map<std::int64_t, TwinSample>;

bool Usable(double value) { return std::isfinite(value) && value >= 0; }

std::string NameOf(const FakeSeries& series) { return std::string(series.labels.metric_name()); }
std::string LabelOf(const FakeSeries& series, std::string_view name) { return std::string(series.labels.Get(name)); }

bool IsFeed(const FakeSeries& series) {
  static const std::set<std::string> names = {"proxy_http_requests_total",
                                              "proxy_backend_requests_total",
                                              "proxy_http_request_errors_total",
                                              "proxy_http_request_duration_seconds_bucket",
                                              "proxy_backends_up",
                                              "proxy_backend_up",
                                              "proxy_backend_request_duration_seconds"};
  const std::string name = NameOf(series);
  if (name == "proxy_backend_request_duration_seconds") return LabelOf(series, "quantile") == "0.99";
  return names.contains(name);
}

std::optional<double> At(const FakeSeries& series, std::int64_t ts) {
  for (const tsdb::Point& point : series.points) {
    if (point.ts_ms == ts) return point.value;
  }
  return std::nullopt;
}

std::optional<double> Before(const FakeSeries& series, std::int64_t ts) {
  std::optional<double> value;
  for (const tsdb::Point& point : series.points) {
    if (point.ts_ms < ts) value = point.value;
  }
  return value;
}

class TwinTarget {
 public:
  TwinTarget(std::vector<FakeSeries> series, std::optional<std::int64_t> prior_scrape)
      : series_(std::move(series)), prior_scrape_(prior_scrape) {
    for (const FakeSeries& one : series_) {
      for (const tsdb::Point& point : one.points) times_.insert(point.ts_ms);
    }
  }

  TargetTimeline Derive() const {
    TargetTimeline timeline;
    for (const std::int64_t ts : times_) timeline[ts] = SampleAt(ts);
    return timeline;
  }

 private:
  bool KnownBy(std::string_view name, bool with_code, std::int64_t ts) const {
    return std::any_of(series_.begin(), series_.end(), [&](const FakeSeries& one) {
      return NameOf(one) == name && one.points.front().ts_ms <= ts && (!with_code || !LabelOf(one, "code").empty());
    });
  }

  double IncreaseAt(const FakeSeries& series, std::int64_t ts) const {
    const std::optional<double> now = At(series, ts);
    if (!now) return 0;
    const std::optional<double> before = Before(series, ts);
    if (before) return *now >= *before ? *now - *before : *now;
    const bool target_seen_before = ts != *times_.begin() || prior_scrape_;
    return target_seen_before ? *now : 0;
  }

  TwinSample SampleAt(std::int64_t ts) const {
    TwinSample sample;
    const auto place = times_.find(ts);
    if (place != times_.begin()) {
      sample.elapsed_ms = ts - *std::prev(place);
    } else if (prior_scrape_) {
      sample.elapsed_ms = ts - *prior_scrape_;
    }
    const std::string source =
        KnownBy("proxy_http_requests_total", false, ts) ? "proxy_http_requests_total" : "proxy_backend_requests_total";
    const bool codes = KnownBy(source, true, ts);
    for (const FakeSeries& one : series_) {
      const std::string name = NameOf(one);
      const std::string code = LabelOf(one, "code");
      const double increase = IncreaseAt(one, ts);
      if (name == source) sample.requests += increase;
      if (name == source && codes && code.size() == 3 && code[0] == '5') sample.errors += increase;
      if (name == "proxy_http_request_errors_total" && !codes) sample.errors += increase;
      if (name == "proxy_http_request_duration_seconds_bucket" && one.points.front().ts_ms <= ts) {
        sample.buckets[std::strtod(LabelOf(one, "le").c_str(), nullptr)] += increase;
      }
    }
    AddP99(ts, sample);
    sample.backends_up = BackendsUpAt(ts, sample.StaleAfter());
    return sample;
  }

  void AddP99(std::int64_t ts, TwinSample& sample) const {
    if (sample.requests <= 0 || KnownBy("proxy_http_request_duration_seconds_bucket", false, ts)) return;
    for (const FakeSeries& one : series_) {
      if (NameOf(one) != "proxy_backend_request_duration_seconds" || !At(one, ts)) continue;
      bool counts = false;
      double served = 0;
      for (const FakeSeries& other : series_) {
        if (NameOf(other) != "proxy_backend_requests_total") continue;
        if (LabelOf(other, "backend") != LabelOf(one, "backend")) continue;
        counts = true;
        served += At(other, ts).value_or(0);
      }
      if (counts && served <= 0) continue;
      sample.p99_sum += *At(one, ts) * 1000;
      sample.p99_count += 1;
    }
  }

  std::optional<double> GaugeAt(std::string_view name, std::int64_t ts) const {
    std::optional<double> sum;
    for (const FakeSeries& one : series_) {
      if (NameOf(one) == name && At(one, ts)) sum = sum.value_or(0) + *At(one, ts);
    }
    return sum;
  }

  double BackendsUpAt(std::int64_t ts, std::int64_t stale_after) const {
    for (auto time = times_.rbegin(); time != times_.rend(); ++time) {
      if (*time > ts) continue;
      if (ts - *time > stale_after) return 0;
      for (const std::string_view name : {"proxy_backends_up", "proxy_backend_up"}) {
        if (const auto sum = GaugeAt(name, *time)) return *sum;
      }
    }
    return 0;
  }

  std::vector<FakeSeries> series_;
  std::optional<std::int64_t> prior_scrape_;
  std::set<std::int64_t> times_;
};

// histogram_quantile(0.99), 0 where it is NaN.
double QuantileOf(Histogram buckets) {
  if (buckets.size() < 2 || !std::isinf(buckets.rbegin()->first)) return 0;
  double highest = 0;
  for (auto& [bound, count] : buckets) {
    if (count < highest || std::fabs(count - highest) < 1e-12 * (count + highest)) count = highest;
    highest = count;
  }
  if (highest <= 0) return 0;
  const double rank = 0.99 * highest;
  double below = 0;
  double lower = 0;
  for (const auto& [bound, count] : buckets) {
    if (std::isinf(bound)) return lower;
    if (count >= rank) return lower + (bound - lower) * ((rank - below) / (count - below));
    below = count;
    lower = bound;
  }
  return 0;
}

std::map<TargetKey, TargetTimeline> DeriveTargets(const std::vector<FakeSeries>& all, const HistoryQuery& query) {
  std::map<TargetKey, std::vector<FakeSeries>> by_target;
  std::map<TargetKey, std::int64_t> first_seen;
  for (FakeSeries series : all) {
    const TargetKey key{LabelOf(series, "job"), LabelOf(series, "instance")};
    if (!IsFeed(series) || LabelOf(series, "host") != query.host) continue;
    if ((query.job && key.first != *query.job) || (query.instance && key.second != *query.instance)) continue;
    std::erase_if(series.points, [](const tsdb::Point& point) { return !Usable(point.value); });
    if (series.points.empty()) continue;
    const std::int64_t first = series.points.front().ts_ms;
    first_seen[key] = first_seen.contains(key) ? std::min(first_seen[key], first) : first;
    by_target[key].push_back(std::move(series));
  }
  std::map<TargetKey, TargetTimeline> targets;
  for (const auto& [key, series] : by_target) {
    bool host_known = false;
    for (const auto& [other, first] : first_seen) host_known = host_known || first < first_seen[key];
    std::optional<std::int64_t> prior;
    for (const FakeSeries& candidate : all) {
      if (!host_known || NameOf(candidate) != "proxy_last_scrape_timestamp_seconds") continue;
      if (LabelOf(candidate, "job") != key.first || LabelOf(candidate, "instance") != key.second) continue;
      for (const tsdb::Point& point : candidate.points) {
        if (point.ts_ms < first_seen[key] && Usable(point.value)) prior = std::llround(point.value * 1000);
      }
    }
    targets[key] = TwinTarget(series, prior).Derive();
  }
  return targets;
}

// What a target said last at or before `ts`, unless that is stale.
const TwinSample* LiveAt(const TargetTimeline& timeline, std::int64_t ts) {
  auto next = timeline.upper_bound(ts);
  if (next == timeline.begin()) return nullptr;
  --next;
  return ts - next->first <= next->second.StaleAfter() ? &next->second : nullptr;
}

struct Sum {
  double rate = 0;
  double requests = 0;
  double errors = 0;
  Histogram buckets;

  void AddCounts(const TwinSample& sample, double weight) {
    requests += sample.requests * weight;
    errors += sample.errors * weight;
    for (const auto& [bound, count] : sample.buckets) buckets[bound] += count * weight;
  }
  bool Observed() const {
    return std::any_of(buckets.begin(), buckets.end(), [](const auto& bucket) { return bucket.second > 0; });
  }
  HistorySample ToSample(std::int64_t ts, double reported_p99, double backends_up) const {
    HistorySample sample;
    sample.ts_s = ts / 1000;
    sample.requests_sec = rate;
    sample.p99_ms = Observed() ? QuantileOf(buckets) * 1000 : reported_p99;
    sample.error_rate = requests > 0 ? std::min(100.0, 100 * errors / requests) : 0;
    sample.active_backends = static_cast<std::int64_t>(std::floor(backends_up + 0.5));
    return sample;
  }
};

struct Gauges {
  double backends_up = 0;
  double p99_sum = 0;
  double p99_count = 0;
  double P99() const { return p99_count > 0 ? p99_sum / p99_count : 0; }
};

Gauges GaugesAt(const std::map<TargetKey, TargetTimeline>& targets, std::int64_t ts) {
  Gauges gauges;
  for (const auto& [key, timeline] : targets) {
    const TwinSample* live = LiveAt(timeline, ts);
    if (live == nullptr) continue;
    gauges.backends_up += live->backends_up;
    gauges.p99_sum += live->p99_sum;
    gauges.p99_count += live->p99_count;
  }
  return gauges;
}

HistorySample HostSampleAt(const std::map<TargetKey, TargetTimeline>& targets, std::int64_t ts) {
  Sum sum;
  double common = 0;
  for (const auto& [key, timeline] : targets) {
    const TwinSample* live = LiveAt(timeline, ts);
    if (live == nullptr || live->elapsed_ms == 0) continue;
    const auto elapsed = static_cast<double>(live->elapsed_ms);
    if (common == 0) common = elapsed;
    sum.rate += live->requests / (elapsed / 1000);
    sum.AddCounts(*live, common / elapsed);
  }
  const Gauges gauges = GaugesAt(targets, ts);
  return sum.ToSample(ts, gauges.P99(), gauges.backends_up);
}

HistorySample AverageOf(const std::map<TargetKey, TargetTimeline>& targets, const std::vector<std::int64_t>& times,
                        std::int64_t step) {
  Sum sum;
  for (const auto& [key, timeline] : targets) {
    double requests = 0;
    double elapsed = 0;
    bool any = false;
    for (const auto& [ts, sample] : timeline) {
      if (ts < times.front() || ts > times.back()) continue;
      any = true;
      requests += sample.requests;
      elapsed += static_cast<double>(sample.elapsed_ms);
      sum.AddCounts(sample, 1);
    }
    const TwinSample* live = LiveAt(timeline, times.front());
    if (!any && live != nullptr && live->elapsed_ms > 0) {
      elapsed = static_cast<double>(live->elapsed_ms);
      requests = live->requests;
      sum.AddCounts(*live, static_cast<double>(step) / elapsed);
    }
    if (elapsed > 0) sum.rate += requests / (elapsed / 1000);
  }
  double backends_up = 0;
  double p99_sum = 0;
  double p99_count = 0;
  for (const std::int64_t ts : times) {
    const Gauges gauges = GaugesAt(targets, ts);
    backends_up += gauges.backends_up;
    if (gauges.p99_count > 0) {
      p99_sum += gauges.P99();
      p99_count += 1;
    }
  }
  return sum.ToSample(times.front(), p99_count > 0 ? p99_sum / p99_count : 0,
                      backends_up / static_cast<double>(times.size()));
}

}  // namespace

std::vector<HistorySample> TwinQueryHistory(const std::vector<FakeSeries>& all, const HistoryQuery& query) {
  const std::map<TargetKey, TargetTimeline> targets = DeriveTargets(all, query);
  std::set<std::int64_t> times;
  for (const auto& [key, timeline] : targets) {
    for (const auto& [ts, sample] : timeline) {
      if (ts >= query.start_ms && ts <= query.end_ms) times.insert(ts);
    }
  }
  std::map<std::int64_t, std::vector<std::int64_t>> buckets;
  for (const std::int64_t ts : times) buckets[ts / query.step_ms].push_back(ts);
  std::vector<HistorySample> answer;
  for (const auto& [number, of_bucket] : buckets) {
    if (query.aggregate == Aggregate::kAvg) {
      answer.push_back(AverageOf(targets, of_bucket, query.step_ms));
      continue;
    }
    if (query.aggregate != Aggregate::kMax) {
      const bool first = query.aggregate == Aggregate::kFirst;
      answer.push_back(HostSampleAt(targets, first ? of_bucket.front() : of_bucket.back()));
      continue;
    }
    HistorySample max = HostSampleAt(targets, of_bucket.front());
    for (const std::int64_t ts : of_bucket) {
      const HistorySample sample = HostSampleAt(targets, ts);
      max.requests_sec = std::max(max.requests_sec, sample.requests_sec);
      max.p99_ms = std::max(max.p99_ms, sample.p99_ms);
      max.error_rate = std::max(max.error_rate, sample.error_rate);
      max.active_backends = std::max(max.active_backends, sample.active_backends);
    }
    answer.push_back(max);
  }
  return answer;
}

}  // namespace proxy_telemetry::history_test

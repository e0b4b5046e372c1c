// p99 from the fine bins of access logs: within 5 % of the exact percentile of the same requests.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>

#include "api/history.h"
#include "base/number.h"
#include "config/latency_bounds.h"
#include "fake_store.h"

namespace proxy_telemetry {
namespace {

using history_test::FakeStore;

constexpr const char* kBins = "proxy_http_request_duration_bin_total";
constexpr const char* kBuckets = "proxy_http_request_duration_seconds_bucket";

// Counts requests as an access log's reader does: only bins that have any, not cumulative.
class Bins {
 public:
  void Count(double seconds) {
    const auto bounds = FineBounds();
    const auto bound = std::lower_bound(bounds.begin(), bounds.end(), seconds);
    ++counts_[bound == bounds.end() ? INFINITY : *bound];
  }
  void Store(std::int64_t ts_s, FakeStore& store) const {
    double requests = 0;
    for (const auto& [bound, count] : counts_) {
      std::string text;
      AppendNumber(bound, text);
      store.Add(kBins, {{"bin", text}}, ts_s, count);
      requests += count;
    }
    store.Add("proxy_http_requests_total", {{"code", "2xx"}}, ts_s, requests);
  }

 private:
  std::map<double, double> counts_;
};

std::vector<HistorySample> All(const FakeStore& store, Aggregate aggregate = Aggregate::kFirst,
                               std::int64_t step_ms = 1000) {
  HistoryQuery query;
  query.host = "h";
  query.end_ms = 100'000'000;
  query.step_ms = step_ms;
  query.aggregate = aggregate;
  Result<std::vector<HistorySample>> samples = QueryHistory(store, query);
  EXPECT_TRUE(samples.ok()) << samples.status().message();
  return samples.ok() ? *samples : std::vector<HistorySample>{};
}

// The nearest-rank percentile.
double ExactP99Ms(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  return seconds[static_cast<std::size_t>(std::ceil(0.99 * static_cast<double>(seconds.size()))) - 1] * 1000;
}

TEST(HistoryBins, P99IsWithinFivePercentOfTheExactOne) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 200; ++round) {
    FakeStore store;
    Bins bins;
    bins.Store(60, store);
    bins.Count(0.0002);
    bins.Store(60, store);
    std::lognormal_distribution<double> latency(std::uniform_real_distribution<double>(-7, 1)(random),
                                                std::uniform_real_distribution<double>(0, 2)(random));
    std::vector<double> seconds;
    const auto count = std::uniform_int_distribution<int>(1, 3000)(random);
    for (int i = 0; i < count; ++i) {
      seconds.push_back(std::clamp(latency(random), 0.00011, 99.0));
      bins.Count(seconds.back());
    }
    bins.Store(120, store);
    const auto samples = All(store);
    ASSERT_EQ(samples.size(), 2U);
    const double exact_ms = ExactP99Ms(seconds);
    EXPECT_NEAR(samples[1].p99_ms, exact_ms, 0.05 * exact_ms) << count << " requests";
  }
}

TEST(HistoryBins, ABinThatComesLaterCountsFromZero) {
  FakeStore store;
  store.Add(kBins, {{"bin", "0.01"}}, 60, 1000);
  store.Add("proxy_http_requests_total", {}, 60, 1000);
  store.Add(kBins, {{"bin", "0.01"}}, 120, 1000);
  store.Add(kBins, {{"bin", "1"}}, 120, 50);
  store.Add("proxy_http_requests_total", {}, 120, 1050);
  const auto samples = All(store);
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_NEAR(samples[1].p99_ms, std::sqrt(0.96 * 1) * 1000, 1e-6);
}

TEST(HistoryBins, TheCoarseBucketsOfTheSameTargetDoNotCount) {
  FakeStore store;
  for (const auto& [ts_s, count] : {std::pair{60, 0}, {120, 100}}) {
    store.Add(kBins, {{"bin", "0.22"}}, ts_s, count);
    store.Add(kBuckets, {{"le", "0.1"}}, ts_s, 0);
    store.Add(kBuckets, {{"le", "1"}}, ts_s, count);
    store.Add(kBuckets, {{"le", "+Inf"}}, ts_s, count);
    store.Add("proxy_http_requests_total", {}, ts_s, count);
  }
  const auto samples = All(store);
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_NEAR(samples[1].p99_ms, std::sqrt(0.2 * 0.22) * 1000, 1e-6);
}

TEST(HistoryBins, AverageTakesThePercentileOfTheWholeBucket) {
  FakeStore store;
  Bins bins;
  bins.Count(0.5);
  bins.Store(60, store);
  std::vector<double> seconds;
  for (int minute = 2; minute <= 10; ++minute) {
    for (int i = 0; i < 100; ++i) {
      seconds.push_back(minute == 5 && i < 50 ? 2.0 : 0.02);
      bins.Count(seconds.back());
    }
    bins.Store(minute * 60, store);
  }
  const auto samples = All(store, Aggregate::kAvg, 3'600'000);
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_NEAR(samples[0].p99_ms, ExactP99Ms(seconds), 0.05 * ExactP99Ms(seconds));
}

TEST(HistoryBins, SlowerThanTheLastBoundIsTheLastBound) {
  FakeStore store;
  for (const auto& [ts_s, count] : {std::pair{60, 0}, {120, 100}}) {
    store.Add(kBins, {{"bin", "+Inf"}}, ts_s, count);
    store.Add("proxy_http_requests_total", {}, ts_s, count);
  }
  const auto samples = All(store);
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_NEAR(samples[1].p99_ms, 100'000, 5'000);
}

TEST(HistoryBins, BesideATargetWithBucketsBothCount) {
  FakeStore store;
  const auto labels = [](const char* name, const char* instance, std::vector<Label> more) {
    more.insert(more.end(), {{"__name__", name}, {"job", "j"}, {"instance", instance}, {"host", "h"}});
    return Labels(std::move(more));
  };
  for (const auto& [ts_ms, count] : {std::pair{60'000, 0}, {120'000, 1000}}) {
    store.Add(labels(kBins, "log", {{"bin", "0.01"}}), ts_ms, count);
    store.Add(labels("proxy_http_requests_total", "log", {}), ts_ms, count);
    store.Add(labels(kBuckets, "scraped", {{"le", "0.5"}}), ts_ms, 0);
    store.Add(labels(kBuckets, "scraped", {{"le", "5"}}), ts_ms, count);
    store.Add(labels(kBuckets, "scraped", {{"le", "+Inf"}}), ts_ms, count);
    store.Add(labels("proxy_http_requests_total", "scraped", {}), ts_ms, count);
  }
  const auto samples = All(store);
  ASSERT_EQ(samples.size(), 2U);
  // Half of the requests are fast, the slow half lies between 0.5 s and 5 s: rank 1980 of 2000, 980 of its 1000.
  EXPECT_NEAR(samples[1].p99_ms, (0.5 + 4.5 * 0.98) * 1000, 1e-6);
}

}  // namespace
}  // namespace proxy_telemetry

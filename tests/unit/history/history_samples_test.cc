// The contract's "What the numbers mean", with numbers that can be checked by hand. One target.
#include "history_samples.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "api/history.h"
#include "fake_store.h"

namespace proxy_telemetry {
namespace {

using history_test::FakeStore;

constexpr double kInf = std::numeric_limits<double>::infinity();

std::vector<HistorySample> All(const FakeStore& store, std::int64_t start_s = 0, std::int64_t end_s = 100'000) {
  HistoryQuery query;
  query.host = "h";
  query.start_ms = start_s * 1000;
  query.end_ms = end_s * 1000 + 999;
  query.step_ms = 1000;
  Result<std::vector<HistorySample>> samples = QueryHistory(store, query);
  EXPECT_TRUE(samples.ok()) << samples.status().message();
  return samples.ok() ? *samples : std::vector<HistorySample>{};
}

void AddBuckets(FakeStore& store, std::int64_t ts_s, double le_100ms, double le_500ms, double all) {
  const std::string name = "proxy_http_request_duration_seconds_bucket";
  store.Add(name, {{"le", "0.1"}}, ts_s, le_100ms);
  store.Add(name, {{"le", "0.5"}}, ts_s, le_500ms);
  store.Add(name, {{"le", "+Inf"}}, ts_s, all);
}

TEST(HistorySamples, DividesTheIncreaseByTheTimeSinceTheSampleBefore) {
  FakeStore store;
  store.Add("proxy_http_requests_total", {{"code", "2xx"}}, 60, 1000);
  store.Add("proxy_http_requests_total", {{"code", "2xx"}}, 120, 1600);
  store.Add("proxy_http_requests_total", {{"code", "2xx"}}, 150, 1615);
  const auto samples = All(store);
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_EQ(samples[0].ts_s, 60);
  EXPECT_EQ(samples[0].requests_sec, 0);  // the first sample ever
  EXPECT_EQ(samples[1].requests_sec, 10);
  EXPECT_EQ(samples[2].requests_sec, 0.5);
}

TEST(HistorySamples, ReadsTheSampleBeforeTheWindow) {
  FakeStore store;
  store.Add("proxy_http_requests_total", {{"code", "2xx"}}, 60, 1000);
  store.Add("proxy_http_requests_total", {{"code", "2xx"}}, 50'000, 1000 + 49'940);
  const auto samples = All(store, 49'000);
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_EQ(samples[0].requests_sec, 1);
}

TEST(HistorySamples, GivesTheShareOf5xxInPercent) {
  FakeStore store;
  const char* codes[] = {"200", "404", "500", "503"};
  for (const char* code : codes) store.Add("proxy_http_requests_total", {{"code", code}}, 60, 100);
  const double next[] = {190, 105, 103, 102};
  for (int i = 0; i < 4; ++i) store.Add("proxy_http_requests_total", {{"code", codes[i]}}, 120, next[i]);
  const auto samples = All(store);
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0].error_rate, 0);
  EXPECT_EQ(samples[1].error_rate, 5);  // 3 and 2 of 100
}

TEST(HistorySamples, KnowsA5xxByItsClassOrThreeDigits) {
  for (const auto& [code, is_error] : {std::pair{"5xx", true},
                                       {"500", true},
                                       {"599", true},
                                       {"4xx", false},
                                       {"5", false},
                                       {"50", false},
                                       {"5000", false},
                                       {"5XX", false},
                                       {"50x", false},
                                       {"other", false}}) {
    FakeStore store;
    store.Add("proxy_http_requests_total", {{"code", code}}, 60, 0);
    store.Add("proxy_http_requests_total", {{"code", code}}, 120, 10);
    EXPECT_EQ(All(store)[1].error_rate, is_error ? 100 : 0) << code;
  }
}

TEST(HistorySamples, CountsAFallenCounterFromZero) {
  FakeStore store;
  store.Add("proxy_http_requests_total", {{"code", "2xx"}}, 60, 5000);
  store.Add("proxy_http_requests_total", {{"code", "5xx"}}, 60, 700);
  store.Add("proxy_http_requests_total", {{"code", "2xx"}}, 120, 90);
  store.Add("proxy_http_requests_total", {{"code", "5xx"}}, 120, 30);
  const auto samples = All(store);
  EXPECT_EQ(samples[1].requests_sec, 2);
  EXPECT_EQ(samples[1].error_rate, 25);
}

TEST(HistorySamples, CountsANewSeriesOnAKnownTargetFromZero) {
  FakeStore store;
  store.Add("proxy_http_requests_total", {{"code", "2xx"}}, 60, 5000);
  store.Add("proxy_http_requests_total", {{"code", "2xx"}}, 120, 5030);
  store.Add("proxy_http_requests_total", {{"code", "5xx"}}, 120, 30);
  const auto samples = All(store);
  EXPECT_EQ(samples[1].requests_sec, 1);
  EXPECT_EQ(samples[1].error_rate, 50);
}

TEST(HistorySamples, MakesNoSpikeOfABackendThatGoesAndComesBack) {
  FakeStore store;
  const std::string name = "proxy_backend_requests_total";
  for (const std::int64_t ts : {60, 120, 180, 240}) store.Add(name, {{"backend", "a"}}, ts, static_cast<double>(ts));
  store.Add(name, {{"backend", "b"}}, 60, 100'000);
  store.Add(name, {{"backend", "b"}}, 240, 100'060);
  const auto samples = All(store);
  ASSERT_EQ(samples.size(), 4U);
  EXPECT_EQ(samples[1].requests_sec, 1);
  EXPECT_EQ(samples[2].requests_sec, 1);
  EXPECT_EQ(samples[3].requests_sec, 2);  // what b did since it was last seen
}

TEST(HistorySamples, RunsARateOverAHoleFromTheLastSampleKept) {
  FakeStore store;
  store.Add("proxy_http_requests_total", {{"code", "2xx"}}, 60, 100);
  store.Add("proxy_http_requests_total", {{"code", "2xx"}}, 660, 700);
  EXPECT_EQ(All(store)[1].requests_sec, 1);
}

TEST(HistorySamples, PrefersTheHostsCounterToThoseOfItsBackends) {
  FakeStore store;
  for (const std::int64_t ts : {60, 120}) {
    store.Add("proxy_http_requests_total", {{"code", "2xx"}}, ts, static_cast<double>(ts));
    store.Add("proxy_backend_requests_total", {{"code", "5xx"}, {"backend", "a"}}, ts, static_cast<double>(10 * ts));
  }
  EXPECT_EQ(All(store)[1].requests_sec, 1);
  EXPECT_EQ(All(store)[1].error_rate, 0);
}

TEST(HistorySamples, TakesBackendCountersAndTheirCodesWhereTheHostHasNone) {
  FakeStore store;
  for (const std::int64_t ts : {60, 120}) {
    store.Add("proxy_backend_requests_total", {{"code", "2xx"}, {"backend", "a"}}, ts, static_cast<double>(3 * ts));
    store.Add("proxy_backend_requests_total", {{"code", "5xx"}, {"backend", "b"}}, ts, static_cast<double>(ts));
  }
  EXPECT_EQ(All(store)[1].requests_sec, 4);
  EXPECT_EQ(All(store)[1].error_rate, 25);
}

TEST(HistorySamples, DoesNotLetALaterHostCounterChangeEarlierSamples) {
  FakeStore store;
  for (const std::int64_t ts : {60, 120, 180}) {
    store.Add("proxy_backend_requests_total", {{"backend", "a"}}, ts, static_cast<double>(ts));
  }
  const auto before = All(store);
  store.Add("proxy_http_requests_total", {{"code", "2xx"}}, 240, 60);
  const auto after = All(store);
  EXPECT_EQ(before[1].requests_sec, 1);
  EXPECT_EQ(after[1].requests_sec, 1);
  EXPECT_EQ(after[3].requests_sec, 1);
}

TEST(HistorySamples, CountsErrorsOnlyWhereThereAreNoCodes) {
  FakeStore store;
  store.Add("proxy_http_requests_total", {}, 60, 0);
  store.Add("proxy_http_request_errors_total", {}, 60, 0);
  store.Add("proxy_http_requests_total", {}, 120, 100);
  store.Add("proxy_http_request_errors_total", {}, 120, 7);
  EXPECT_EQ(All(store)[1].error_rate, 7);
  store.Add("proxy_http_requests_total", {{"code", "2xx"}}, 180, 50);
  store.Add("proxy_http_request_errors_total", {}, 180, 8);
  EXPECT_EQ(All(store)[1].error_rate, 7);
  EXPECT_EQ(All(store)[2].error_rate, 0);
}

TEST(HistorySamples, KeepsErrorsWithinAHundredPercent) {
  FakeStore store;
  for (const std::int64_t ts : {60, 120}) {
    store.Add("proxy_http_requests_total", {}, ts, static_cast<double>(ts));
    store.Add("proxy_http_request_errors_total", {}, ts, static_cast<double>(3 * ts));
  }
  EXPECT_EQ(All(store)[1].error_rate, 100);
}

TEST(HistorySamples, TakesTheP99OfTheBucketIncreases) {
  FakeStore store;
  AddBuckets(store, 60, 1'000'000, 1'000'000, 1'000'000);
  AddBuckets(store, 120, 1'000'090, 1'000'100, 1'000'100);
  AddBuckets(store, 180, 1'000'090, 1'000'100, 1'000'200);
  AddBuckets(store, 240, 1'000'090, 1'000'100, 1'000'200);
  const auto samples = All(store);
  ASSERT_EQ(samples.size(), 4U);
  EXPECT_EQ(samples[0].p99_ms, 0);
  EXPECT_DOUBLE_EQ(samples[1].p99_ms, 460);
  EXPECT_EQ(samples[2].p99_ms, 500);  // all in +Inf: the highest finite bound
  EXPECT_EQ(samples[3].p99_ms, 0);    // no requests
}

TEST(HistorySamples, AddsBucketsOfOneBoundHoweverItIsWritten) {
  FakeStore store;
  const std::string name = "proxy_http_request_duration_seconds_bucket";
  for (const std::int64_t ts : {60, 120}) {
    const double count = ts == 60 ? 0 : 50;
    store.Add(name, {{"le", "0.1"}, {"method", "GET"}}, ts, count * 0.9);
    store.Add(name, {{"le", "0.10"}, {"method", "PUT"}}, ts, count * 0.9);
    store.Add(name, {{"le", "0.5"}, {"method", "GET"}}, ts, count);
    store.Add(name, {{"le", "5e-1"}, {"method", "PUT"}}, ts, count);
    store.Add(name, {{"le", "+Inf"}, {"method", "GET"}}, ts, count);
    store.Add(name, {{"le", "Inf"}, {"method", "PUT"}}, ts, count);
    store.Add(name, {{"le", "nonsense"}}, ts, count * 100);
    store.Add(name, {{"le", "NaN"}}, ts, count * 100);
    store.Add(name, {{"le", "-Inf"}}, ts, count * 100);
  }
  EXPECT_DOUBLE_EQ(All(store)[1].p99_ms, 460);
}

TEST(HistorySamples, HasNoP99OfAHistogramWithoutInf) {
  FakeStore store;
  for (const std::int64_t ts : {60, 120}) {
    for (const char* le : {"0.1", "0.5"}) {
      store.Add("proxy_http_request_duration_seconds_bucket", {{"le", le}}, ts, static_cast<double>(ts));
    }
  }
  EXPECT_EQ(All(store)[1].p99_ms, 0);
}

void AddBackend(FakeStore& store, const std::string& backend, std::int64_t ts_s, double requests, double p99_s) {
  store.Add("proxy_backend_requests_total", {{"backend", backend}}, ts_s, requests);
  store.Add("proxy_backend_request_duration_seconds", {{"backend", backend}, {"quantile", "0.5"}}, ts_s, 17);
  store.Add("proxy_backend_request_duration_seconds", {{"backend", backend}, {"quantile", "0.99"}}, ts_s, p99_s);
}

TEST(HistorySamples, TakesTheMeanOfReportedP99OverBackendsThatServed) {
  FakeStore store;
  const double requests_of_a[] = {100, 160, 160, 170};
  for (int i = 0; i < 4; ++i) {
    AddBackend(store, "a", 60 * (i + 1), requests_of_a[i], 0.25);
    AddBackend(store, "b", 60 * (i + 1), i < 3 ? 0 : 2, 0.75);
  }
  const auto samples = All(store);
  ASSERT_EQ(samples.size(), 4U);
  EXPECT_EQ(samples[0].p99_ms, 0);    // the first sample counts nothing
  EXPECT_EQ(samples[1].p99_ms, 250);  // b has served nothing
  EXPECT_EQ(samples[2].p99_ms, 0);    // no request since
  EXPECT_EQ(samples[3].p99_ms, 500);
}

TEST(HistorySamples, GivesDecimalSecondsAsTheDecimalMilliseconds) {
  for (const auto& [seconds, ms] : {std::pair{0.0452, 45.2}, {0.0021, 2.1}, {0.001001, 1.001}, {1.1, 1100}, {0, 0}}) {
    EXPECT_EQ(history::SecondsToMs(seconds), ms);
  }
  for (int us = 1; us < 200'000; ++us) ASSERT_EQ(history::SecondsToMs(us / 1e6), us / 1000.0);  // as the original
  EXPECT_EQ(history::SecondsToMs(1.0 / 3), 1000.0 / 3);
  EXPECT_EQ(history::SecondsToMs(1e300), 1e303);
  EXPECT_EQ(history::SecondsToMs(kInf), kInf);
}

TEST(HistorySamples, FindsTheLastUsablePointBehindThoseThatAreNot) {
  FakeStore store;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (std::int64_t ts = 0; ts <= 36'000; ts += 60) {
    const bool hole = ts > 7200 && ts < 21'600;
    store.Add("proxy_http_requests_total", {{"code", "2xx"}}, ts, hole ? nan : static_cast<double>(ts));
    store.Add("proxy_backends_up", {}, ts, 1);
  }
  EXPECT_EQ(All(store, 21'600, 21'600)[0].requests_sec, 14'400.0 / 60);
  EXPECT_EQ(All(store, 21'660, 21'660)[0].requests_sec, 1);
}

TEST(HistorySamples, CountsNothingWhereNoUsablePointIsFound) {
  FakeStore store;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (std::int64_t hour = 0; hour < 50; ++hour) {
    store.Add("proxy_http_requests_total", {{"code", "2xx"}}, hour * 3600, hour < 49 ? nan : 1e9);
    store.Add("proxy_backends_up", {}, hour * 3600, 1);
  }
  const auto samples = All(store, 49 * 3600, 49 * 3600);
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_EQ(samples[0].requests_sec, 0);
  EXPECT_LT(store.select_count, 10);
}

TEST(HistorySamples, PrefersTheHistogramToReportedP99) {
  FakeStore store;
  for (const std::int64_t ts : {60, 120, 180}) {
    AddBackend(store, "a", ts, static_cast<double>(ts), 0.3);
    if (ts > 120) AddBuckets(store, ts, 0, static_cast<double>(ts), static_cast<double>(ts));
  }
  EXPECT_EQ(All(store)[1].p99_ms, 300);  // there was none yet
  EXPECT_DOUBLE_EQ(All(store)[2].p99_ms, 496);
}

TEST(HistorySamples, CountsLiveBackends) {
  FakeStore store;
  store.Add("proxy_backends_up", {}, 60, 3);
  store.Add("proxy_backends_up", {}, 120, 2);
  for (const std::int64_t ts : {60, 120}) store.Add("proxy_backend_up", {{"backend", "a"}}, ts, 1);
  const auto samples = All(store);
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0].active_backends, 3);
  EXPECT_EQ(samples[1].active_backends, 2);
}

TEST(HistorySamples, AddsUpBackendsWhereTheHostHasNoNumber) {
  FakeStore store;
  for (const char* backend : {"a", "b", "c"}) {
    store.Add("proxy_backend_up", {{"backend", backend}}, 60, backend == std::string("c") ? 0 : 1);
  }
  store.Add("proxy_backend_up", {{"backend", "a"}}, 120, 1);
  EXPECT_EQ(All(store)[0].active_backends, 2);
  EXPECT_EQ(All(store)[1].active_backends, 1);  // b went away
}

TEST(HistorySamples, CarriesBackendsOverAScrapeWithoutThemUntilTheyAreStale) {
  FakeStore store;
  store.Add("proxy_backends_up", {}, 60, 3);
  for (const std::int64_t ts : {60, 120, 360, 420}) store.Add("proxy_http_requests_total", {}, ts, 0);
  const auto samples = All(store);
  ASSERT_EQ(samples.size(), 4U);
  EXPECT_EQ(samples[1].active_backends, 3);
  EXPECT_EQ(samples[2].active_backends, 3);  // 300 s old
  EXPECT_EQ(samples[3].active_backends, 0);  // 360 s old, at an interval of 60 s
  EXPECT_EQ(All(store, 360, 360)[0].active_backends, 3);
}

TEST(HistorySamples, TakesWhatIsNoCountForNoPoint) {
  FakeStore store;
  const double stale = std::bit_cast<double>(std::uint64_t{0x7ff0000000000002});
  double ts_value = 100;
  std::int64_t ts = 60;
  for (const double value : {100.0, stale, std::numeric_limits<double>::quiet_NaN(), kInf, -kInf, -5.0, 400.0}) {
    store.Add("proxy_http_requests_total", {{"code", "2xx"}}, ts, value);
    store.Add("proxy_backends_up", {}, ts, value == 400 || value == 100 ? 2 : value);
    ts += 60;
    ts_value = value;
  }
  const auto samples = All(store);
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(ts_value, 400);
  EXPECT_EQ(samples[1].ts_s, 420);
  EXPECT_DOUBLE_EQ(samples[1].requests_sec, 300.0 / 360);
  EXPECT_EQ(samples[1].active_backends, 2);
}

TEST(HistorySamples, StaysFiniteWithTheLargestNumbers) {
  FakeStore store;
  const double huge = std::numeric_limits<double>::max();
  for (const std::int64_t ts : {60, 61, 62}) {
    const double value = ts == 61 ? huge : 0;
    for (const char* code : {"500", "501"}) store.Add("proxy_http_requests_total", {{"code", code}}, ts, value);
    store.Add("proxy_backends_up", {}, ts, huge);
    store.Add("proxy_backends_up", {{"rack", "a"}}, ts, huge);
    const std::string bucket = "proxy_http_request_duration_seconds_bucket";
    store.Add(bucket, {{"le", "1e308"}}, ts, 0);
    store.Add(bucket, {{"le", "+Inf"}}, ts, value);
    store.Add(bucket, {{"le", "+Inf"}, {"method", "GET"}}, ts, value);
  }
  const auto samples = All(store);
  ASSERT_EQ(samples.size(), 3U);
  for (const HistorySample& sample : samples) {
    EXPECT_TRUE(std::isfinite(sample.requests_sec) && sample.requests_sec >= 0);
    EXPECT_TRUE(std::isfinite(sample.p99_ms) && sample.p99_ms >= 0);
    EXPECT_TRUE(sample.error_rate >= 0 && sample.error_rate <= 100);
    EXPECT_EQ(sample.active_backends, 9007199254740991);
  }
  EXPECT_EQ(samples[1].requests_sec, huge);
}

TEST(HistorySamples, IgnoresOtherMetricsAndOtherHosts) {
  FakeStore store;
  store.Add("proxy_response_bytes_total", {}, 60, 1);
  store.Add("proxy_http_request_duration_seconds_sum", {}, 60, 1);
  store.Add("proxy_backend_request_duration_seconds", {{"quantile", "0.5"}}, 60, 1);
  store.Add("proxy_http_requests_total", {{"host", "H"}}, 60, 1);
  store.Add("proxy_http_requests_total", {{"host", "h2"}}, 60, 1);
  EXPECT_TRUE(All(store).empty());
}

}  // namespace
}  // namespace proxy_telemetry

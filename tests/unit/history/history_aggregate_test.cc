// One point per bucket: first, last, max and avg, with numbers that can be checked by hand.
#include <gtest/gtest.h>

#include "api/history.h"
#include "fake_store.h"

namespace proxy_telemetry {
namespace {

using history_test::FakeStore;

HistoryQuery Query(Aggregate aggregate, std::int64_t step_ms = 60'000) {
  HistoryQuery query;
  query.host = "h";
  query.start_ms = 0;
  query.end_ms = 100'000'000;
  query.step_ms = step_ms;
  query.aggregate = aggregate;
  return query;
}

std::vector<HistorySample> Answer(const FakeStore& store, const HistoryQuery& query) {
  Result<std::vector<HistorySample>> samples = QueryHistory(store, query);
  EXPECT_TRUE(samples.ok()) << samples.status().message();
  return samples.ok() ? *samples : std::vector<HistorySample>{};
}

// Five scrapes, the last four in one bucket [600, 660): 10, 40, 0 and 5 requests per second.
FakeStore FourInABucket() {
  FakeStore store;
  const std::int64_t ts[] = {590, 600, 620, 640, 650};
  const double requests[] = {1000, 1100, 1900, 1900, 1950};
  const double errors[] = {0, 0, 80, 80, 105};
  const double backends[] = {9, 2, 3, 3, 2};
  const double fast[] = {0, 100, 100, 100, 100};
  const double slow[] = {0, 100, 900, 900, 950};
  for (int i = 0; i < 5; ++i) {
    store.Add("proxy_http_requests_total", {{"code", "2xx"}}, ts[i], requests[i] - errors[i]);
    store.Add("proxy_http_requests_total", {{"code", "5xx"}}, ts[i], errors[i]);
    store.Add("proxy_backends_up", {}, ts[i], backends[i]);
    const std::string bucket = "proxy_http_request_duration_seconds_bucket";
    store.Add(bucket, {{"le", "1"}}, ts[i], fast[i]);
    store.Add(bucket, {{"le", "2"}}, ts[i], slow[i]);
    store.Add(bucket, {{"le", "+Inf"}}, ts[i], slow[i]);
  }
  return store;
}

TEST(HistoryAggregate, FirstIsTheFirstSampleAsItWasTaken) {
  const auto points = Answer(FourInABucket(), Query(Aggregate::kFirst));
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].ts_s, 590);
  EXPECT_EQ(points[1].ts_s, 600);
  EXPECT_EQ(points[1].requests_sec, 10);  // since 590, a sample of another bucket
  EXPECT_EQ(points[1].error_rate, 0);
  EXPECT_DOUBLE_EQ(points[1].p99_ms, 990);
  EXPECT_EQ(points[1].active_backends, 2);
}

TEST(HistoryAggregate, LastIsTheLastSampleAsItWasTaken) {
  const auto points = Answer(FourInABucket(), Query(Aggregate::kLast));
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[1].ts_s, 650);
  EXPECT_EQ(points[1].requests_sec, 5);
  EXPECT_EQ(points[1].error_rate, 50);
  EXPECT_EQ(points[1].active_backends, 2);
}

TEST(HistoryAggregate, MaxIsTheLargestOfEachFieldAtTheFirstTime) {
  const auto points = Answer(FourInABucket(), Query(Aggregate::kMax));
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[1].ts_s, 600);
  EXPECT_EQ(points[1].requests_sec, 40);
  EXPECT_EQ(points[1].error_rate, 50);
  EXPECT_DOUBLE_EQ(points[1].p99_ms, 1990);
  EXPECT_EQ(points[1].active_backends, 3);
}

TEST(HistoryAggregate, AvgIsExactOverTheBucket) {
  const auto points = Answer(FourInABucket(), Query(Aggregate::kAvg));
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].requests_sec, 0);
  EXPECT_EQ(points[1].ts_s, 600);
  EXPECT_DOUBLE_EQ(points[1].requests_sec, 950.0 / 60);
  EXPECT_DOUBLE_EQ(points[1].error_rate, 100 * 105.0 / 950);
  EXPECT_DOUBLE_EQ(points[1].p99_ms, 1000 + 1000 * (0.99 * 950 - 100) / 850);
  EXPECT_EQ(points[1].active_backends, 3);  // 2.5 is rounded up
}

TEST(HistoryAggregate, TheFirstSampleEverBringsNoTimeIntoTheAverage) {
  FakeStore store;
  store.Add("proxy_http_requests_total", {}, 600, 1000);
  store.Add("proxy_http_requests_total", {}, 610, 1100);
  EXPECT_EQ(Answer(store, Query(Aggregate::kAvg))[0].requests_sec, 10);
}

TEST(HistoryAggregate, AveragesReportedP99OverSamplesWithRequests) {
  FakeStore store;
  const double requests[] = {10, 20, 20, 30};
  const double p99[] = {8, 1, 4, 2};
  for (int i = 0; i < 4; ++i) {
    store.Add("proxy_backend_requests_total", {{"backend", "a"}}, 600 + 10 * i, requests[i]);
    store.Add("proxy_backend_request_duration_seconds", {{"backend", "a"}, {"quantile", "0.99"}}, 600 + 10 * i, p99[i]);
  }
  EXPECT_EQ(Answer(store, Query(Aggregate::kAvg))[0].p99_ms, 1500);
  EXPECT_EQ(Answer(store, Query(Aggregate::kMax))[0].p99_ms, 2000);
}

TEST(HistoryAggregate, CutsBucketsByTimeDividedByStep) {
  FakeStore store;
  for (std::int64_t ts = 100; ts < 300; ++ts) store.Add("proxy_http_requests_total", {}, ts, 0);
  const auto points = Answer(store, Query(Aggregate::kFirst));
  ASSERT_EQ(points.size(), 4U);
  EXPECT_EQ(points[0].ts_s, 100);
  EXPECT_EQ(points[1].ts_s, 120);
  EXPECT_EQ(points[2].ts_s, 180);
  EXPECT_EQ(points[3].ts_s, 240);
  EXPECT_EQ(Answer(store, Query(Aggregate::kLast))[0].ts_s, 119);
}

TEST(HistoryAggregate, CutsBucketsOfAStepThatIsNotWholeSeconds) {
  FakeStore store;
  for (std::int64_t ts = 0; ts < 6; ++ts) store.Add("proxy_http_requests_total", {}, ts, 0);
  const auto points = Answer(store, Query(Aggregate::kFirst, 1500));
  ASSERT_EQ(points.size(), 4U);  // [0, 1.5) [1.5, 3) [3, 4.5) [4.5, 6)
  EXPECT_EQ(points[1].ts_s, 2);
  EXPECT_EQ(points[2].ts_s, 3);
  EXPECT_EQ(points[3].ts_s, 5);
}

TEST(HistoryAggregate, LeavesSamplesOutsideTheWindowOutOfItsBuckets) {
  const FakeStore store = FourInABucket();
  HistoryQuery query = Query(Aggregate::kAvg);
  query.start_ms = 620'000;
  query.end_ms = 640'000;
  const auto points = Answer(store, query);
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].ts_s, 620);
  EXPECT_EQ(points[0].requests_sec, 20);  // 800 and 0 over 20 s each
  query.aggregate = Aggregate::kLast;
  EXPECT_EQ(Answer(store, query)[0].ts_s, 640);
}

TEST(HistoryAggregate, AnswersYearsInSlicesThatDoNotShow) {
  FakeStore store;
  constexpr std::int64_t kStepS = 6 * 3600;
  for (std::int64_t i = 0; i < 1500; ++i) {
    store.Add("proxy_http_requests_total", {}, i * kStepS, static_cast<double>(i * kStepS));
  }
  HistoryQuery query = Query(Aggregate::kAvg, 86'400'000);
  query.end_ms = 1500 * kStepS * 1000;
  const auto points = Answer(store, query);
  ASSERT_EQ(points.size(), 375U);
  for (std::size_t i = 1; i < points.size(); ++i) {
    ASSERT_EQ(points[i].requests_sec, 1) << i;
    ASSERT_EQ(points[i].ts_s, static_cast<std::int64_t>(i) * 86'400);
  }
  EXPECT_GT(store.select_count, 10);
}

TEST(HistoryAggregate, RefusesAStepOfNothing) {
  EXPECT_FALSE(QueryHistory(FakeStore(), Query(Aggregate::kFirst, 0)).ok());
}

}  // namespace
}  // namespace proxy_telemetry

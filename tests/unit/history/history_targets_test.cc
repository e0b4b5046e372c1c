// One host behind several targets: what each said last is added up.
#include <gtest/gtest.h>

#include "api/history.h"
#include "fake_store.h"

namespace proxy_telemetry {
namespace {

using history_test::FakeStore;

class HistoryTargets : public testing::Test {
 protected:
  void Requests(const std::string& instance, std::int64_t ts_s, double value, const std::string& code = "2xx") {
    store_.Add("proxy_http_requests_total", {{"instance", instance}, {"code", code}}, ts_s, value);
  }
  void Scraped(const std::string& instance, std::int64_t ts_s) {
    store_.Add(
        Labels(
            {{std::string(kNameLabel), "proxy_last_scrape_timestamp_seconds"}, {"job", "j"}, {"instance", instance}}),
        ts_s * 1000, static_cast<double>(ts_s));
  }
  std::vector<HistorySample> All(std::int64_t start_s = 0, std::int64_t end_s = 1'000'000) {
    query_.start_ms = start_s * 1000;
    query_.end_ms = end_s * 1000 + 999;
    Result<std::vector<HistorySample>> samples = QueryHistory(store_, query_);
    EXPECT_TRUE(samples.ok()) << samples.status().message();
    return samples.ok() ? *samples : std::vector<HistorySample>{};
  }

  FakeStore store_;
  HistoryQuery query_{.host = "h", .step_ms = 1000, .job = std::nullopt, .instance = std::nullopt};
};

TEST_F(HistoryTargets, AddsRatesOfTargetsScrapedAtDifferentTimes) {
  for (std::int64_t i = 1; i <= 4; ++i) {
    Requests("a", 60 * i, static_cast<double>(600 * i));
    Requests("b", 60 * i + 1, static_cast<double>(120 * i));
  }
  const auto samples = All();
  ASSERT_EQ(samples.size(), 8U);
  for (std::size_t i = 3; i < samples.size(); ++i) EXPECT_EQ(samples[i].requests_sec, 12) << i;
}

TEST_F(HistoryTargets, MergesTargetsScrapedAtTheSameTime) {
  for (std::int64_t i = 1; i <= 3; ++i) {
    Requests("a", 60 * i, static_cast<double>(600 * i));
    Requests("b", 60 * i, static_cast<double>(60 * i), "5xx");
    store_.Add("proxy_backends_up", {{"instance", "a"}}, 60 * i, 2);
    store_.Add("proxy_backends_up", {{"instance", "b"}}, 60 * i, 3);
  }
  const auto samples = All();
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_EQ(samples[2].requests_sec, 11);
  EXPECT_DOUBLE_EQ(samples[2].error_rate, 100.0 / 11);
  EXPECT_EQ(samples[2].active_backends, 5);
}

TEST_F(HistoryTargets, WeighsErrorsAndBucketsByRate) {
  const std::string bucket = "proxy_http_request_duration_seconds_bucket";
  const auto add = [&](const std::string& instance, std::int64_t ts_s, double requests, double errors, double fast) {
    Requests(instance, ts_s, requests - errors);
    Requests(instance, ts_s, errors, "5xx");
    store_.Add(bucket, {{"instance", instance}, {"le", "1"}}, ts_s, fast);
    store_.Add(bucket, {{"instance", instance}, {"le", "2"}}, ts_s, requests);
    store_.Add(bucket, {{"instance", instance}, {"le", "+Inf"}}, ts_s, requests);
  };
  add("a", 0, 0, 0, 0);
  add("b", 60, 0, 0, 0);
  add("a", 120, 1200, 120, 1200);  // 10 per second, 1 of them errors, all fast
  add("b", 120, 600, 0, 0);        // 10 per second, all slow
  const auto samples = All();
  ASSERT_EQ(samples.size(), 3U);
  EXPECT_EQ(samples[2].requests_sec, 20);
  EXPECT_DOUBLE_EQ(samples[2].error_rate, 5);
  EXPECT_DOUBLE_EQ(samples[2].p99_ms, 1980);  // rank 99 of 100: the 49th of 50 in (1, 2]
}

TEST_F(HistoryTargets, LeavesOutATargetThatIsStale) {
  for (std::int64_t ts = 60; ts <= 900; ts += 60) {
    Requests("a", ts, static_cast<double>(ts));
    if (ts <= 240) Requests("b", ts, static_cast<double>(ts));
  }
  const auto samples = All();
  ASSERT_EQ(samples.size(), 15U);
  EXPECT_EQ(samples[8].ts_s, 540);
  EXPECT_EQ(samples[8].requests_sec, 2);  // b is 300 s old
  EXPECT_EQ(samples[9].requests_sec, 1);  // 360 s
}

TEST_F(HistoryTargets, KeepsATargetThatIsScrapedRarely) {
  for (std::int64_t ts = 0; ts <= 7200; ts += 60) {
    Requests("a", ts, static_cast<double>(ts));
    if (ts % 1800 == 0) Requests("b", ts, static_cast<double>(2 * ts));
  }
  for (const HistorySample& sample : All(1800)) EXPECT_EQ(sample.requests_sec, 3) << sample.ts_s;
}

TEST_F(HistoryTargets, FindsATargetsSampleFarBeforeTheWindow) {
  for (std::int64_t ts = 0; ts <= 7200; ts += 60) Requests("a", ts, static_cast<double>(ts));
  for (const std::int64_t ts : {0, 1800, 3600}) Requests("b", ts, static_cast<double>(2 * ts));
  const auto samples = All(6000, 6000);
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_EQ(samples[0].requests_sec, 3);
  EXPECT_EQ(All(7200, 7200)[0].requests_sec, 3);
}

TEST_F(HistoryTargets, ReadsNoFurtherBackThanADayForATargetThatIsGone) {
  Requests("b", 0, 0);
  Requests("b", 60, 60);
  for (std::int64_t ts = 600'000; ts <= 600'600; ts += 60) Requests("a", ts, static_cast<double>(ts));
  for (const HistorySample& sample : All(600'060, 600'600)) EXPECT_EQ(sample.requests_sec, 1);
  EXPECT_EQ(store_.earliest_start_ms, 599'760'000);
}

TEST_F(HistoryTargets, CountsNothingOnATargetSeenForTheFirstTime) {
  for (const std::int64_t ts : {60, 120, 180}) Requests("a", ts, static_cast<double>(ts));
  Requests("b", 120, 6000);
  Requests("b", 180, 6060);
  const auto samples = All();
  EXPECT_EQ(samples[1].requests_sec, 1);
  EXPECT_EQ(samples[2].requests_sec, 2);
}

TEST_F(HistoryTargets, CountsAKnownHostOnAnOlderTargetFromZero) {
  for (const std::int64_t ts : {60, 120, 180}) Requests("a", ts, static_cast<double>(ts));
  for (const std::int64_t ts : {80, 140, 200}) Scraped("b", ts);
  Requests("b", 140, 120);
  Requests("b", 200, 180);
  const auto samples = All();
  ASSERT_EQ(samples.size(), 5U);
  EXPECT_EQ(samples[2].ts_s, 140);
  EXPECT_EQ(samples[2].requests_sec, 3);  // 120 since the scrape at 80
  EXPECT_EQ(samples[4].requests_sec, 2);
}

TEST_F(HistoryTargets, CountsNothingForAHostThatIsNewEverywhere) {
  for (const std::int64_t ts : {60, 120, 180}) Scraped("a", ts);
  Requests("a", 120, 600);
  Requests("a", 180, 660);
  const auto samples = All();
  EXPECT_EQ(samples[0].requests_sec, 0);
  EXPECT_EQ(samples[1].requests_sec, 1);
}

TEST_F(HistoryTargets, TellsJobsAndInstancesApart) {
  for (const std::int64_t ts : {60, 120}) {
    Requests("a", ts, static_cast<double>(ts));
    Requests("b", ts, static_cast<double>(2 * ts));
    store_.Add("proxy_http_requests_total", {{"instance", "a"}, {"job", "k"}}, ts, static_cast<double>(4 * ts));
  }
  EXPECT_EQ(All()[1].requests_sec, 7);
  query_.instance = "a";
  EXPECT_EQ(All()[1].requests_sec, 5);
  query_.job = "k";
  EXPECT_EQ(All()[1].requests_sec, 4);
  query_.instance = std::nullopt;
  query_.job = "j";
  EXPECT_EQ(All()[1].requests_sec, 3);
  query_.job = "J";
  EXPECT_TRUE(All().empty());
}

TEST_F(HistoryTargets, AveragesEachTargetOverItsOwnTime) {
  for (const std::int64_t ts : {540, 600, 615, 630, 645}) Requests("a", ts, static_cast<double>(ts));
  for (const std::int64_t ts : {500, 610, 640}) Requests("b", ts, static_cast<double>(3 * ts));
  for (const std::int64_t ts : {0, 590}) Requests("c", ts, static_cast<double>(5 * ts));
  query_.step_ms = 60'000;
  query_.aggregate = Aggregate::kAvg;
  const auto points = All(600, 659);
  ASSERT_EQ(points.size(), 1U);
  EXPECT_DOUBLE_EQ(points[0].requests_sec, 9);  // c, not scraped in the minute, counts as in every sample
}

TEST_F(HistoryTargets, ServesWhatADamagedStoreStillHas) {
  for (const std::int64_t ts : {60, 120}) Requests("a", ts, static_cast<double>(ts));
  store_.cursor_status = Status::Corruption("block 7: checksum");
  EXPECT_EQ(All().size(), 2U);
}

TEST_F(HistoryTargets, FailsWhenTheStoreFails) {
  store_.cursor_status = Status::IoError("read: Input/output error");
  const auto failed = QueryHistory(store_, query_);
  EXPECT_EQ(failed.status().code(), StatusCode::kIoError);
  EXPECT_EQ(failed.status().message(), "read: Input/output error");
}

}  // namespace
}  // namespace proxy_telemetry

// QueryHistory against its slow twin, on scripted counters that reset, come, go and lie.
#include "history_twin.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <optional>
#include <random>

#include "api/history.h"
#include "fake_store.h"

namespace proxy_telemetry {
namespace {

using history_test::FakeStore;
using history_test::TwinQueryHistory;

constexpr std::int64_t kBaseMs = 1'710'500'000'000;
constexpr double kTolerance = 1e-9;

// One series that a proxy reports, most of the time.
struct ScriptedSeries {
  Labels labels;
  bool counter = true;
  double value = 0;
  int cumulative_share = 100;  // of the requests, in percent, that count here
};

class Script {
 public:
  explicit Script(unsigned seed) : random_(seed) {}

  FakeStore Run() {
    FakeStore store;
    const int targets = Pick(1, 3);
    for (int target = 0; target < targets; ++target) RunTarget(target, store);
    return store;
  }

  int Pick(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool Chance(int percent) { return Pick(1, 100) <= percent; }

 private:
  Labels Named(std::string name, std::vector<Label> more = {}) const {
    more.push_back({std::string(kNameLabel), std::move(name)});
    more.push_back({"job", job_});
    more.push_back({"instance", instance_});
    more.push_back({"host", "h"});
    return Labels(std::move(more));
  }

  std::vector<ScriptedSeries> MakeSeries() {
    std::vector<ScriptedSeries> all;
    const auto add = [&](std::string name, std::vector<Label> more, bool counter = true, int share = 100) {
      all.push_back({Named(std::move(name), std::move(more)), counter, Chance(50) ? 0.0 : Pick(0, 5000) * 1.0, share});
    };
    if (Chance(60)) {
      for (const char* code : {"2xx", "404", "5xx", "503", ""}) {
        if (Chance(60)) add("proxy_http_requests_total", {{"code", code}});
      }
    }
    if (Chance(60)) {
      for (const char* backend : {"a", "b"}) {
        for (const char* code : {"", "200", "500"}) {
          if (Chance(50)) add("proxy_backend_requests_total", {{"backend", backend}, {"code", code}});
        }
        if (Chance(50)) {
          add("proxy_backend_request_duration_seconds", {{"backend", backend}, {"quantile", "0.99"}}, false);
          add("proxy_backend_request_duration_seconds", {{"backend", backend}, {"quantile", "0.5"}}, false);
        }
        if (Chance(50)) add("proxy_backend_up", {{"backend", backend}}, false);
      }
    }
    if (Chance(40)) add("proxy_http_request_errors_total", {});
    if (Chance(50)) {
      int share = 0;
      for (const char* le : {"0.05", "0.1", "0.5", "2.5", "+Inf"}) {
        share = std::min(100, share + Pick(10, 40));
        if (!Chance(90)) continue;
        add("proxy_http_request_duration_seconds_bucket", {{"le", le}}, true, le[0] == '+' ? 100 : share);
      }
    }
    if (Chance(60)) add("proxy_backends_up", {}, false);
    return all;
  }

  void RunTarget(int number, FakeStore& store) {
    job_ = Chance(20) ? "" : "j";
    instance_ = std::to_string(number);
    constexpr std::int64_t kIntervalsMs[] = {15'000, 60'000, 60'000, 420'000, 1'200'000};
    const std::int64_t interval_ms = kIntervalsMs[Pick(0, 4)];
    const std::int64_t phase_ms = Pick(0, 3) * 5000 + (Chance(20) ? Pick(0, 999) : 0);
    const int first_with_host = Chance(50) ? 0 : Pick(1, 10);
    std::vector<ScriptedSeries> all = MakeSeries();
    const int rounds = Pick(5, 60);
    for (int round = 0; round < rounds; ++round) {
      const std::int64_t ts_ms = kBaseMs + phase_ms + round * interval_ms;
      const int requests = Chance(30) ? 0 : Pick(1, 1000);
      const bool restarted = Chance(4);
      for (ScriptedSeries& series : all) Advance(series, requests, restarted);
      if (Chance(8)) continue;  // the scrape failed
      store.Add(Labels({{std::string(kNameLabel), "proxy_last_scrape_timestamp_seconds"},
                        {"job", job_},
                        {"instance", instance_}}),
                ts_ms, static_cast<double>(ts_ms) / 1000);
      if (round < first_with_host) continue;
      for (const ScriptedSeries& series : all) Report(series, ts_ms, store);
    }
  }

  void Advance(ScriptedSeries& series, int requests, bool restarted) {
    if (!series.counter) {
      series.value = Pick(0, 3);
      return;
    }
    if (restarted || Chance(1)) series.value = 0;
    series.value += requests * series.cumulative_share / 100;
  }

  void Report(const ScriptedSeries& series, std::int64_t ts_ms, FakeStore& store) {
    if (Chance(5)) return;
    constexpr double kLies[] = {std::numeric_limits<double>::quiet_NaN(),
                                std::bit_cast<double>(std::uint64_t{0x7ff0000000000002}),
                                std::numeric_limits<double>::infinity(), -1};
    const bool lies = !series.labels.Has("quantile") && Chance(2);
    store.Add(series.labels, ts_ms, lies ? kLies[Pick(0, 3)] : series.value);
  }

  std::mt19937 random_;
  std::string job_;
  std::string instance_;
};

HistoryQuery RandomQuery(Script& script) {
  HistoryQuery query;
  query.host = "h";
  query.start_ms = kBaseMs + script.Pick(-60, 3600) * 1000;
  query.end_ms = query.start_ms + script.Pick(0, 7200) * 1000 + script.Pick(0, 1) * 999;
  constexpr std::int64_t kStepsMs[] = {1000, 1500, 15'000, 60'000, 61'000, 300'000, 3'600'000, 86'400'000};
  query.step_ms = kStepsMs[script.Pick(0, 7)];
  query.aggregate = static_cast<Aggregate>(script.Pick(0, 3));
  if (script.Chance(10)) query.job = "j";
  if (script.Chance(10)) query.instance = "0";
  return query;
}

void ExpectClose(double actual, double expected, const std::string& what) {
  EXPECT_LE(std::fabs(actual - expected), kTolerance * std::max(1.0, std::fabs(expected)))
      << what << " " << actual << " " << expected;
}

void ExpectSame(const std::vector<HistorySample>& actual, const std::vector<HistorySample>& expected,
                const std::string& where) {
  ASSERT_EQ(actual.size(), expected.size()) << where;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const std::string what = where + " ts " + std::to_string(expected[i].ts_s) + " point " + std::to_string(i);
    ASSERT_EQ(actual[i].ts_s, expected[i].ts_s) << what;
    ExpectClose(actual[i].requests_sec, expected[i].requests_sec, what + " requests_sec");
    ExpectClose(actual[i].p99_ms, expected[i].p99_ms, what + " p99_ms");
    ExpectClose(actual[i].error_rate, expected[i].error_rate, what + " error_rate");
    EXPECT_EQ(actual[i].active_backends, expected[i].active_backends) << what;
  }
}

TEST(HistoryTwin, AgreesOnRandomScripts) {
  const unsigned first_seed = 1'710'501'000;
  std::size_t points = 0;
  std::size_t with_requests = 0;
  std::size_t with_p99 = 0;
  std::size_t with_errors = 0;
  for (unsigned seed = first_seed; seed < first_seed + 150; ++seed) {
    Script script(seed);
    const FakeStore store = script.Run();
    for (int i = 0; i < 12; ++i) {
      const HistoryQuery query = RandomQuery(script);
      const auto actual = QueryHistory(store, query);
      ASSERT_TRUE(actual.ok());
      ExpectSame(*actual, TwinQueryHistory(store.series(), query),
                 "seed " + std::to_string(seed) + " query " + std::to_string(i));
      if (HasFailure()) return;
      for (const HistorySample& sample : *actual) {
        points += 1;
        with_requests += sample.requests_sec > 0 ? 1U : 0U;
        with_p99 += sample.p99_ms > 0 ? 1U : 0U;
        with_errors += sample.error_rate > 0 ? 1U : 0U;
      }
    }
  }
  // The scripts must show something of everything, or agreeing proves nothing.
  EXPECT_GT(with_requests, points / 10);
  EXPECT_GT(with_p99, points / 20);
  EXPECT_GT(with_errors, points / 20);
  RecordProperty("points", static_cast<int>(points));
}

TEST(HistoryTwin, AnswersTheSameForASampleWhateverTheWindow) {
  const unsigned first_seed = 42;
  std::size_t compared = 0;
  for (unsigned seed = first_seed; seed < first_seed + 200; ++seed) {
    Script script(seed);
    const FakeStore store = script.Run();
    HistoryQuery query;
    query.host = "h";
    query.step_ms = 1;  // every sample
    query.start_ms = kBaseMs - 1000;
    query.end_ms = kBaseMs + 100'000'000;
    const auto all = QueryHistory(store, query);
    ASSERT_TRUE(all.ok());
    query.start_ms = kBaseMs + script.Pick(0, 3600) * 1000;
    query.end_ms = query.start_ms + script.Pick(0, 3600) * 1000 + 999;
    const auto part = QueryHistory(store, query);
    ASSERT_TRUE(part.ok());
    std::vector<HistorySample> expected;
    for (const HistorySample& sample : *all) {
      if (sample.ts_s * 1000 >= query.start_ms && sample.ts_s * 1000 <= query.end_ms) expected.push_back(sample);
    }
    ASSERT_EQ(part->size(), expected.size()) << "seed " << seed;
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ((*part)[i].ts_s, expected[i].ts_s) << "seed " << seed;
      EXPECT_EQ((*part)[i].requests_sec, expected[i].requests_sec) << "seed " << seed;
      EXPECT_EQ((*part)[i].p99_ms, expected[i].p99_ms) << "seed " << seed;
      EXPECT_EQ((*part)[i].error_rate, expected[i].error_rate) << "seed " << seed;
      EXPECT_EQ((*part)[i].active_backends, expected[i].active_backends) << "seed " << seed;
      ++compared;
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(compared, 1000U);
}

}  // namespace
}  // namespace proxy_telemetry

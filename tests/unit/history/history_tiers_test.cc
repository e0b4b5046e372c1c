// Where a tier and all samples overlap, history says the same of both, to the bit.
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "api/history.h"
#include "base/duration.h"
#include "support/scratch_dir.h"
#include "tsdb/store.h"

namespace proxy_telemetry {
namespace {

constexpr std::int64_t kBaseMs = 1'710'460'800'000 + 7 * kHourMs + 123'000;
constexpr std::int64_t kIntervalMs = 60 * kSecondMs;

// All samples, whatever would be enough.
class AllSamplesView final : public tsdb::View {
 public:
  explicit AllSamplesView(std::shared_ptr<const tsdb::View> view) : view_(std::move(view)) {}

  std::unique_ptr<tsdb::SeriesCursor> Select(const tsdb::Selection& selection) const override {
    tsdb::Selection all = selection;
    all.resolution_ms = 0;
    all.ends_of_ms = 0;
    return view_->Select(all);
  }
  std::vector<std::string> LabelValues(std::string_view name, std::span<const tsdb::Matcher> matchers) const override {
    return view_->LabelValues(name, matchers);
  }
  std::vector<std::string> LabelNames(std::span<const tsdb::Matcher> matchers) const override {
    return view_->LabelNames(matchers);
  }
  std::vector<Labels> MatchingSeries(std::span<const tsdb::Matcher> matchers) const override {
    return view_->MatchingSeries(matchers);
  }

 private:
  const std::shared_ptr<const tsdb::View> view_;
};

class HistoryOnTiers : public testing::Test {
 protected:
  HistoryOnTiers() {
    all_ = Open("all", {});
    tiered_ = Open("tiered", {{5 * kMinuteMs, 0}, {kHourMs, 0}});
  }

  std::unique_ptr<tsdb::Store> Open(const std::string& name, std::vector<tsdb::TierOptions> tiers) {
    tsdb::StoreOptions options;
    options.path = root_.path() / name;
    options.tiers = std::move(tiers);
    options.retention_ms = retention_ms_;
    options.group_labels = tsdb::DefaultGroupLabels();
    options.block_ticks = 50;
    auto store = tsdb::Store::Open(options);
    EXPECT_TRUE(store.ok()) << store.status().message();
    return store.ok() ? std::move(*store) : nullptr;
  }

  static Labels Named(const char* name, const char* label, const std::string& value) {
    return Labels({{"__name__", name}, {"job", "j"}, {"instance", "i"}, {"host", "h"}, {label, value}});
  }

  // One in so many values is none to count with.
  double Odd(double value) {
    if (odd_share_ == 0 || random_() % odd_share_ != 0) return value;
    const std::array<double, 4> odd{std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                                    -std::numeric_limits<double>::infinity(), -7};
    return odd[random_() % odd.size()];
  }

  // Counters that rise, are reset, and come late; a gauge; rounds that are missing.
  void Fill(std::int64_t rounds, std::int64_t first_round = 0) {
    struct Counter {
      Labels labels;
      std::uint64_t per_round;
      double value = 0;
    };
    std::vector<Counter> counters{{Named("proxy_http_requests_total", "code", "2xx"), 300},
                                  {Named("proxy_http_requests_total", "code", "5xx"), 3}};
    for (const char* le : {"0.01", "0.1", "1", "+Inf"}) {
      counters.push_back({Named("proxy_http_request_duration_seconds_bucket", "le", le), 100});
    }
    const Labels up = Named("proxy_backends_up", "", "");
    for (std::int64_t round = first_round; round < rounds; ++round) {
      now_ms_ = kBaseMs + round * kIntervalMs;
      if (random_() % 97 == 0) continue;
      if (random_() % 401 == 0) {
        for (Counter& counter : counters) counter.value = 0;
      }
      std::vector<tsdb::SeriesHandle> handles;
      std::vector<std::pair<Labels, double>> samples{{up, static_cast<double>(random_() % 3)}};
      double sum = 0;
      for (std::size_t i = 0; i < counters.size(); ++i) {
        counters[i].value += static_cast<double>(random_() % counters[i].per_round);
        if (i >= 2) sum = counters[i].value = std::max(sum, counters[i].value);
        if (i != 1 || round > rounds / 3) samples.emplace_back(counters[i].labels, Odd(counters[i].value));
      }
      for (tsdb::Store* store : {all_.get(), tiered_.get()}) {
        tsdb::Round appended{now_ms_, {}};
        for (const auto& [labels, value] : samples) {
          handles.push_back(store->Intern(labels));
          appended.samples.push_back({handles.back().get(), value});
        }
        ASSERT_TRUE(store->Append({&appended, 1}).ok());
      }
    }
  }

  static std::vector<HistorySample> Query(const tsdb::View& view, const HistoryQuery& query) {
    const auto samples = QueryHistory(view, query);
    EXPECT_TRUE(samples.ok()) << samples.status().message();
    return samples.ok() ? *samples : std::vector<HistorySample>();
  }
  static std::vector<HistorySample> Query(const tsdb::Store& store, const HistoryQuery& query) {
    return Query(*store.NewView(), query);
  }
  std::vector<HistorySample> Expected(const HistoryQuery& query) const {
    return Query(AllSamplesView(all_->NewView()), query);
  }

  static void ExpectSame(const std::vector<HistorySample>& a, const std::vector<HistorySample>& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].ts_s, b[i].ts_s) << i;
      EXPECT_EQ(a[i].requests_sec, b[i].requests_sec) << "sample " << i << " at " << a[i].ts_s;
      EXPECT_EQ(a[i].p99_ms, b[i].p99_ms) << i;
      EXPECT_EQ(a[i].error_rate, b[i].error_rate) << i;
    }
  }

  void ExpectSameAtAllSteps() const {
    for (const std::int64_t step_ms :
         {kMinuteMs, 5 * kMinuteMs, 7 * kMinuteMs, 15 * kMinuteMs, kHourMs, 6 * kHourMs, kDayMs}) {
      for (const Aggregate aggregate : {Aggregate::kFirst, Aggregate::kAvg, Aggregate::kLast, Aggregate::kMax}) {
        for (const std::int64_t back_ms : {kDayMs, 5 * kDayMs, 30 * kDayMs}) {
          SCOPED_TRACE(std::to_string(step_ms) + " " + std::to_string(back_ms) + " " +
                       std::to_string(static_cast<int>(aggregate)));
          HistoryQuery query;
          query.host = "h";
          query.start_ms = now_ms_ - back_ms;
          query.step_ms = step_ms;
          query.aggregate = aggregate;
          for (query.end_ms = now_ms_; query.end_ms > now_ms_ - kDayMs; query.end_ms -= kDayMs / 3) {
            const auto expected = Expected(query);
            ASSERT_FALSE(expected.empty());
            ExpectSame(Query(*all_, query), expected);
            ExpectSame(Query(*tiered_, query), expected);
            if (HasFailure()) return;
          }
        }
      }
    }
  }

  std::int64_t retention_ms_ = 0;
  std::uint64_t odd_share_ = 0;
  const ScratchDir root_;
  std::unique_ptr<tsdb::Store> all_;
  std::unique_ptr<tsdb::Store> tiered_;
  std::mt19937_64 random_{20240315};
  std::int64_t now_ms_ = 0;
};

TEST_F(HistoryOnTiers, SaysTheSameAsOnAllSamples) {
  Fill(6 * 1440);
  ASSERT_GT(tiered_->stats().tiers[2].samples, 0U);
  ExpectSameAtAllSteps();
}

TEST_F(HistoryOnTiers, SaysTheSameWithPointsThatAreNoneToCountWith) {
  odd_share_ = 40;
  Fill(6 * 1440);
  ExpectSameAtAllSteps();
}

TEST_F(HistoryOnTiers, SaysTheSameWhenTheTiersCameLaterThanTheSamples) {
  tiered_ = Open("late", {});
  Fill(2 * 1440);
  tiered_.reset();
  tiered_ = Open("late", {{5 * kMinuteMs, 0}});
  Fill(4 * 1440, 2 * 1440);
  tiered_.reset();
  tiered_ = Open("late", {{5 * kMinuteMs, 0}, {kHourMs, 0}});
  Fill(6 * 1440, 4 * 1440);
  ASSERT_GT(tiered_->stats().tiers[2].samples, 0U);
  ExpectSameAtAllSteps();
}

TEST_F(HistoryOnTiers, SaysTheSameWhenATierWasOutOfTheConfigurationForAWhile) {
  tiered_ = Open("gone", {{5 * kMinuteMs, 0}, {kHourMs, 0}});
  Fill(2 * 1440);
  tiered_.reset();
  tiered_ = Open("gone", {{kHourMs, 0}});
  Fill(3 * 1440, 2 * 1440);
  tiered_.reset();
  tiered_ = Open("gone", {});
  Fill(4 * 1440, 3 * 1440);
  tiered_.reset();
  tiered_ = Open("gone", {{5 * kMinuteMs, 0}, {kHourMs, 0}});
  Fill(6 * 1440, 4 * 1440);
  ExpectSameAtAllSteps();
}

class HistoryBeyondRetention : public HistoryOnTiers {
 protected:
  HistoryBeyondRetention() {
    retention_ms_ = 2 * kDayMs;
    tiered_.reset();
    tiered_ = Open("short", {{5 * kMinuteMs, 0}, {kHourMs, 0}});
  }
};

TEST_F(HistoryBeyondRetention, ComesFromTheTiersAlone) {
  Fill(6 * 1440);
  const auto expired = tiered_->Expire(now_ms_);
  ASSERT_TRUE(expired.ok());
  EXPECT_GT(*expired, 0U);
  HistoryQuery query;
  query.host = "h";
  query.start_ms = kBaseMs - kBaseMs % kHourMs;
  query.end_ms = now_ms_;
  for (const std::int64_t step_ms : {kHourMs, 6 * kHourMs, kDayMs}) {
    for (const Aggregate aggregate : {Aggregate::kFirst, Aggregate::kAvg}) {
      query.step_ms = step_ms;
      query.aggregate = aggregate;
      const auto expected = Expected(query);
      ASSERT_FALSE(expected.empty());
      ExpectSame(Query(*tiered_, query), expected);
    }
  }
}

}  // namespace
}  // namespace proxy_telemetry

// Random operations on a store and on its twin: both must say the same all the time.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "base/duration.h"
#include "contents.h"
#include "seed.h"
#include "span.h"
#include "support/scratch_dir.h"
#include "twin.h"

namespace proxy_telemetry::tsdb {
namespace {

class RandomRun {
 public:
  RandomRun(std::int64_t retention_ms, std::int64_t start_ms, std::size_t block_ticks)
      : retention_ms_(retention_ms),
        block_ticks_(block_ticks),
        span_ms_(PartitionSpanMs(retention_ms)),
        now_ms_(start_ms),
        twin_("host", retention_ms, span_ms_, block_ticks),
        random_(SeededRandom()) {
    for (const char* host : {"", "a", "b", "c"}) {
      for (const char* metric : {"requests", "up", "bytes"}) {
        for (const char* code : {"", "2xx", "5xx"}) {
          pool_.push_back(MakeLabels({{"__name__", metric}, {"host", host}, {"code", code}}));
        }
      }
    }
    Reopen();
  }

  void Step() {
    switch (Below(random_, 12)) {
      case 0:
        Reopen();
        break;
      case 1:
        Expire();
        break;
      case 2:
      case 3:
        CompareSelection();
        break;
      case 4:
        CompareLabels();
        break;
      default:
        Append();
    }
    CompareStats();
  }

  void CompareAll() { EXPECT_EQ(Difference(ReadAll(*store_), twin_.Select(Everything())), ""); }

 private:
  void Reopen() {
    handles_.clear();
    store_.reset();
    store_ = OpenStore(scratch_.path(), retention_ms_, {"host"}, block_ticks_);
    ASSERT_TRUE(store_);
    appended_ = out_of_order_ = 0;
    if (Below(random_, 2) == 0) return;
    for (const Labels& labels : pool_) handles_.push_back(store_->Intern(labels));
  }

  double Value() {
    static const std::array<double, 12> kSpecial{0.0,
                                                 -0.0,
                                                 1.0,
                                                 -1.0,
                                                 0.5,
                                                 9007199254740991.0,
                                                 9007199254740992.0,
                                                 9007199254740994.0,
                                                 std::numeric_limits<double>::infinity(),
                                                 std::numeric_limits<double>::quiet_NaN(),
                                                 std::bit_cast<double>(std::uint64_t{0x7ff0000000000002}),
                                                 std::numeric_limits<double>::denorm_min()};
    switch (Below(random_, 4)) {
      case 0:
        return kSpecial[Below(random_, kSpecial.size())];
      case 1:
        return std::bit_cast<double>(random_());
      default:
        return static_cast<double>(Below(random_, 1000000));
    }
  }

  std::int64_t Time() {
    switch (Below(random_, 10)) {
      case 0:
        return now_ms_ - static_cast<std::int64_t>(Below(random_, 3 * static_cast<std::uint64_t>(span_ms_)));
      case 2:
        return now_ms_ - static_cast<std::int64_t>(Below(random_, static_cast<std::uint64_t>(span_ms_) / 8));
      case 1:
        return now_ms_ +=
               span_ms_ / 2 + static_cast<std::int64_t>(Below(random_, 2 * static_cast<std::uint64_t>(span_ms_)));
      default:
        return now_ms_ += 1 + static_cast<std::int64_t>(Below(random_, static_cast<std::uint64_t>(span_ms_) / 20));
    }
  }

  void Append() {
    std::vector<TwinRound> rounds(1 + Below(random_, 4));
    std::vector<SeriesHandle> held;
    std::vector<Round> real;
    for (TwinRound& round : rounds) {
      round.ts_ms = Time();
      const std::uint64_t density = 1 + Below(random_, 4);
      for (const Labels& labels : pool_) {
        if (Below(random_, 4) < density) round.samples.push_back({labels, Value()});
      }
      if (!round.samples.empty() && Below(random_, 8) == 0) round.samples.push_back({round.samples[0].labels, 7});
      real.push_back({round.ts_ms, {}});
      for (const TestSample& sample : round.samples) {
        held.push_back(store_->Intern(sample.labels));
        real.back().samples.push_back({held.back().get(), sample.value});
      }
    }
    const auto result = store_->Append(real);
    ASSERT_TRUE(result.ok()) << result.status().message();
    const AppendResult expected = twin_.Append(rounds);
    EXPECT_EQ(result->appended, expected.appended);
    EXPECT_EQ(result->out_of_order, expected.out_of_order);
    appended_ += expected.appended;
    out_of_order_ += expected.out_of_order;
  }

  void Expire() {
    const auto removed = store_->Expire(now_ms_);
    ASSERT_TRUE(removed.ok()) << removed.status().message();
    twin_.Expire(now_ms_);
  }

  std::vector<Matcher> Matchers() {
    std::vector<Matcher> matchers;
    const auto add = [&](MatchType type, const char* name, const char* value) {
      auto matcher = Matcher::Make(type, name, value);
      ASSERT_TRUE(matcher.ok());
      matchers.push_back(*matcher);
    };
    const auto type = static_cast<MatchType>(Below(random_, 4));
    static const std::array<const char*, 6> kHosts{"", "a", "b", "nobody", "a|b", ".*"};
    static const std::array<const char*, 5> kCodes{"", "2xx", "5xx", "[25]xx|", "4.."};
    if (Below(random_, 3) != 0) add(type, "host", kHosts[Below(random_, kHosts.size())]);
    if (Below(random_, 3) == 0)
      add(static_cast<MatchType>(Below(random_, 4)), "code", kCodes[Below(random_, kCodes.size())]);
    if (Below(random_, 3) == 0) add(MatchType::kEqual, "__name__", "requests");
    return matchers;
  }

  void CompareSelection() {
    Selection selection;
    selection.matchers = Matchers();
    selection.start_ms = now_ms_ - static_cast<std::int64_t>(Below(random_, 6 * static_cast<std::uint64_t>(span_ms_)));
    selection.end_ms =
        selection.start_ms + static_cast<std::int64_t>(Below(random_, 4 * static_cast<std::uint64_t>(span_ms_)));
    selection.with_previous = Below(random_, 2) == 0;
    const Answer answer = Read(*store_->NewView(), selection);
    EXPECT_TRUE(answer.status.ok()) << answer.status.message();
    EXPECT_EQ(Difference(answer.contents, twin_.Select(selection)), "");
  }

  void CompareLabels() {
    const std::vector<Matcher> matchers = Matchers();
    const auto view = store_->NewView();
    EXPECT_EQ(view->MatchingSeries(matchers), twin_.MatchingSeries(matchers));
    EXPECT_EQ(view->LabelNames(matchers), twin_.LabelNames(matchers));
    for (const char* name : {"host", "code", "__name__", "none"}) {
      EXPECT_EQ(view->LabelValues(name, matchers), twin_.LabelValues(name, matchers));
      EXPECT_EQ(view->LabelValues(name, {}), twin_.LabelValues(name, {}));
    }
  }

  void CompareStats() {
    const StoreStats stats = store_->stats();
    EXPECT_EQ(stats.series, twin_.series());
    EXPECT_EQ(stats.min_ts_ms, twin_.min_ts_ms());
    EXPECT_EQ(stats.max_ts_ms, twin_.max_ts_ms());
    EXPECT_EQ(stats.samples_appended, appended_);
    EXPECT_EQ(stats.out_of_order, out_of_order_);
    EXPECT_EQ(stats.append_errors, 0U);
    EXPECT_EQ(stats.quarantined, 0U);
  }

  const std::int64_t retention_ms_;
  const std::size_t block_ticks_;
  const std::int64_t span_ms_;
  std::int64_t now_ms_;
  Twin twin_;
  std::mt19937_64 random_;
  ScratchDir scratch_;
  std::vector<Labels> pool_;
  std::unique_ptr<Store> store_;
  std::vector<SeriesHandle> handles_;  // keeps series known or lets them go, as callers may
  std::uint64_t appended_ = 0;
  std::uint64_t out_of_order_ = 0;
};

void CompareRun(std::int64_t retention_ms, std::int64_t start_ms) {
  for (const std::size_t block_ticks : {std::size_t{2}, std::size_t{7}, kBlockTicksDefault}) {
    SCOPED_TRACE(block_ticks);
    RandomRun run(retention_ms, start_ms, block_ticks);
    for (int i = 0; i < 400 && !testing::Test::HasFailure(); ++i) run.Step();
    run.CompareAll();
  }
}

TEST(RandomOperations, AgreeWithThePlainTwinOverShortPartitions) { CompareRun(8 * kMinuteMs, 1'700'000'000'000); }
TEST(RandomOperations, AgreeWithThePlainTwinForEver) { CompareRun(0, 1'700'000'000'000); }
TEST(RandomOperations, AgreeWithThePlainTwinAroundTheEpoch) { CompareRun(80 * kMinuteMs, -3 * kHourMs); }

}  // namespace
}  // namespace proxy_telemetry::tsdb

// Selection::with_previous: the last point before the start.
#include <gtest/gtest.h>

#include "base/duration.h"
#include "contents.h"
#include "seed.h"
#include "support/scratch_dir.h"
#include "twin.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::int64_t kRetentionMs = 8 * kMinuteMs;  // partitions of a minute

Selection From(std::int64_t start_ms, std::int64_t end_ms) {
  Selection selection;
  selection.start_ms = start_ms;
  selection.end_ms = end_ms;
  selection.with_previous = true;
  return selection;
}

class Previous : public testing::Test {
 protected:
  Contents Select(std::int64_t start_ms, std::int64_t end_ms) {
    const Answer answer = Read(*store_->NewView(), From(start_ms, end_ms));
    EXPECT_TRUE(answer.status.ok());
    return answer.contents;
  }

  ScratchDir scratch_;
  std::unique_ptr<Store> store_ = OpenStore(scratch_.path(), kRetentionMs);
  const Labels x_ = HostSeries("x", "h");
  const Labels y_ = HostSeries("y", "h");
};

TEST_F(Previous, IsFoundAcrossPartitions) {
  MustAppend(*store_, 1000, {{x_, 1}, {y_, 2}});
  MustAppend(*store_, 10 * kMinuteMs, {{x_, 3}});
  EXPECT_EQ(Select(9 * kMinuteMs, 10 * kMinuteMs),
            (Contents{{x_, {MakePoint(1000, 1), MakePoint(10 * kMinuteMs, 3)}}, {y_, {MakePoint(1000, 2)}}}));
  EXPECT_EQ(Select(20 * kMinuteMs, 21 * kMinuteMs),
            (Contents{{x_, {MakePoint(10 * kMinuteMs, 3)}}, {y_, {MakePoint(1000, 2)}}}));
}

TEST_F(Previous, IsNeitherThePointAtTheStartNorOneOfASeriesThatBeganLater) {
  MustAppend(*store_, 1000, {{x_, 1}});
  MustAppend(*store_, 2000, {{x_, 2}});
  MustAppend(*store_, 3000, {{x_, 3}, {y_, 4}});
  EXPECT_EQ(Select(2000, 2500), (Contents{{x_, {MakePoint(1000, 1), MakePoint(2000, 2)}}}));
  EXPECT_EQ(Select(500, 900), Contents{});
  EXPECT_EQ(Select(2500, 3000), (Contents{{x_, {MakePoint(2000, 2), MakePoint(3000, 3)}}, {y_, {MakePoint(3000, 4)}}}));
}

TEST_F(Previous, OfASeriesThatWentIsItsLast) {
  MustAppend(*store_, 1000, {{x_, 1}, {y_, 2}});
  for (int i = 2; i < 50; ++i) MustAppend(*store_, i * 1000, {{x_, 5}});
  EXPECT_EQ(Select(49500, 50000), (Contents{{x_, {MakePoint(49000, 5)}}, {y_, {MakePoint(1000, 2)}}}));
}

TEST_F(Previous, ComesWithAnEmptyRangeToo) {
  MustAppend(*store_, 1000, {{x_, 1}});
  EXPECT_EQ(Select(2000, 1500), (Contents{{x_, {MakePoint(1000, 1)}}}));
}

// One key with far more series than a group takes, which come at different times and not in every round.
TEST(PreviousOfManySeries, AgreesWithThePlainTwinOverSeveralGroups) {
  constexpr std::size_t kSeries = 600;
  std::mt19937_64 random = SeededRandom();
  const ScratchDir scratch;
  auto store = OpenStore(scratch.path(), kRetentionMs, {});
  Twin twin("", kRetentionMs, kMinuteMs);
  for (std::int64_t ts_ms = 0; ts_ms < 5 * kMinuteMs; ts_ms += 10 * kSecondMs) {
    TwinRound round{ts_ms, {}};
    const auto known = 1 + kSeries * static_cast<std::size_t>(ts_ms) / (4 * kMinuteMs);
    for (std::size_t i = 0; i < std::min(known, kSeries); ++i) {
      if (Below(random, 3) == 0) {
        round.samples.push_back({HostSeries("m", std::to_string(i)), static_cast<double>(Below(random, 1000))});
      }
    }
    MustAppend(*store, ts_ms, round.samples);
    twin.Append({round});
  }
  for (int reopened = 0; reopened < 2; ++reopened) {
    for (int i = 0; i < 50; ++i) {
      const auto start_ms = static_cast<std::int64_t>(Below(random, 6 * kMinuteMs));
      const Selection selection = From(start_ms, start_ms + static_cast<std::int64_t>(Below(random, 2 * kMinuteMs)));
      const Answer answer = Read(*store->NewView(), selection);
      EXPECT_TRUE(answer.status.ok());
      ASSERT_EQ(answer.contents, twin.Select(selection)) << "from " << start_ms;
    }
    store.reset();
    store = OpenStore(scratch.path(), kRetentionMs, {});
  }
}

// What only the coarser of two tiers has is not overlooked because the finer one, that came later, begins in the same
// stretch of time by its partitions' names.
TEST(PreviousOfTiers, IsFoundInACoarserTierWhenAFinerOneCameLater) {
  const ScratchDir scratch;
  StoreOptions options = Options(scratch.path());
  options.retention_ms = 2 * kDayMs;
  options.tiers = {{kHourMs, 0}};
  const auto write = [](Store& store, std::int64_t from_ms, std::int64_t to_ms, bool with_b) {
    const SeriesHandle a = store.Intern(HostSeries("a_total", "h"));
    const SeriesHandle b = store.Intern(HostSeries("b_total", "h"));
    std::vector<Round> rounds;
    for (std::int64_t ts_ms = from_ms; ts_ms < to_ms; ts_ms += 20 * kMinuteMs) {
      const double value = static_cast<double>(ts_ms) / 1000;
      Round& round = rounds.emplace_back(Round{ts_ms, {{a.get(), value}}});
      if (with_b) round.samples.push_back({b.get(), value});
    }
    ASSERT_TRUE(store.Append(rounds).ok());
    ASSERT_TRUE(store.Flush().ok());
    ASSERT_TRUE(store.Expire(to_ms).ok());
  };
  {
    const auto store = Store::Open(options);
    ASSERT_TRUE(store.ok());
    write(**store, 0, 18 * kDayMs, true);
    write(**store, 18 * kDayMs, 20 * kDayMs, false);
  }
  options.tiers = {{5 * kMinuteMs, 0}, {kHourMs, 0}};
  const auto store = Store::Open(options);
  ASSERT_TRUE(store.ok());
  write(**store, 20 * kDayMs, 45 * kDayMs, false);
  Selection selection = Everything();
  selection.matchers = {Matcher::Equal("__name__", "b_total")};
  selection.start_ms = 44 * kDayMs;
  selection.with_previous = true;
  const std::int64_t last_ms = 18 * kDayMs - 20 * kMinuteMs;
  EXPECT_EQ(Read(*(*store)->NewView(), selection).contents,
            (Contents{{HostSeries("b_total", "h"), {MakePoint(last_ms, static_cast<double>(last_ms) / 1000)}}}));
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

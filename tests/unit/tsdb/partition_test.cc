// Where partitions begin and end.
#include <gtest/gtest.h>

#include "base/duration.h"
#include "contents.h"
#include "env/store_env.h"
#include "span.h"
#include "superblock.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

std::vector<Superblock> Superblocks(const std::filesystem::path& store) {
  std::vector<Superblock> superblocks;
  for (const auto& entry : std::filesystem::directory_iterator(store / "raw")) {
    const auto superblock = ReadSuperblock(StoreEnv::System(), entry.path());
    EXPECT_TRUE(superblock.ok()) << superblock.status().message();
    if (superblock.ok()) superblocks.push_back(*superblock);
  }
  std::sort(superblocks.begin(), superblocks.end(),
            [](const Superblock& a, const Superblock& b) { return a.start_ms < b.start_ms; });
  return superblocks;
}

TEST(PartitionSpan, FitsEightTimesIntoTheRetention) {
  EXPECT_EQ(PartitionSpanMs(0), kDayMs);
  EXPECT_EQ(PartitionSpanMs(30 * kDayMs), kDayMs);
  EXPECT_EQ(PartitionSpanMs(8 * kDayMs), kDayMs);
  EXPECT_EQ(PartitionSpanMs(8 * kDayMs - 1), 6 * kHourMs);
  EXPECT_EQ(PartitionSpanMs(kDayMs), kHourMs);
  EXPECT_EQ(PartitionSpanMs(8 * kHourMs), kHourMs);
  EXPECT_EQ(PartitionSpanMs(2 * kHourMs), 10 * kMinuteMs);
  EXPECT_EQ(PartitionSpanMs(10 * kMinuteMs), kMinuteMs);
  EXPECT_EQ(PartitionSpanMs(1), kMinuteMs);
}

TEST(PartitionSpan, BeginsAtMultiplesBelowZeroToo) {
  EXPECT_EQ(SpanStartMs(0, 100), 0);
  EXPECT_EQ(SpanStartMs(99, 100), 0);
  EXPECT_EQ(SpanStartMs(100, 100), 100);
  EXPECT_EQ(SpanStartMs(-1, 100), -100);
  EXPECT_EQ(SpanStartMs(-100, 100), -100);
  EXPECT_EQ(SpanStartMs(-101, 100), -200);
}

TEST(Partitions, TakeTheRoundsOfOneAppendOnBothSidesOfABoundary) {
  const ScratchDir scratch;
  auto store = OpenStore(scratch.path(), 8 * kMinuteMs);
  const Labels labels = HostSeries("x", "a");
  const SeriesHandle series = store->Intern(labels);
  std::vector<Round> rounds;
  Contents expected;
  for (const std::int64_t ts_ms : {kMinuteMs - 2, kMinuteMs - 1, kMinuteMs, kMinuteMs + 1, 3 * kMinuteMs}) {
    rounds.push_back({ts_ms, {{series.get(), static_cast<double>(ts_ms)}}});
    expected[labels].push_back(MakePoint(ts_ms, static_cast<double>(ts_ms)));
  }
  std::swap(rounds[1], rounds[3]);
  const auto result = store->Append(rounds);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->appended, 5U);
  ASSERT_TRUE(store->Flush().ok());
  EXPECT_EQ(store->stats().partitions, 3U);
  EXPECT_EQ(ReadAll(*store), expected);
  for (std::int64_t start_ms = kMinuteMs - 3; start_ms < kMinuteMs + 3; ++start_ms) {
    Selection selection = Everything();
    selection.start_ms = start_ms;
    selection.end_ms = kMinuteMs;
    std::vector<BitPoint> points;
    for (const BitPoint& point : expected[labels]) {
      if (point.first >= start_ms && point.first <= kMinuteMs) points.push_back(point);
    }
    const Contents within = points.empty() ? Contents{} : Contents{{labels, points}};
    EXPECT_EQ(Read(*store->NewView(), selection).contents, within) << start_ms;
  }
  store.reset();
  EXPECT_EQ(ReadAll(*OpenStore(scratch.path(), 8 * kMinuteMs)), expected);
}

TEST(Partitions, NeverOverlapWhenTheRetentionChanges) {
  const ScratchDir scratch;
  Contents expected;
  const Labels labels = HostSeries("x", "a");
  std::int64_t ts_ms = 100 * kDayMs + 5 * kHourMs;
  for (const std::int64_t retention_ms :
       {30 * kDayMs, 8 * kMinuteMs, kDayMs, std::int64_t{0}, 2 * kHourMs, 10 * kDayMs}) {
    auto store = OpenStore(scratch.path(), retention_ms);
    for (int i = 0; i < 4; ++i) {
      MustAppend(*store, ts_ms, {{labels, static_cast<double>(i)}});
      expected[labels].push_back(MakePoint(ts_ms, static_cast<double>(i)));
      ts_ms += 7 * kHourMs + kMinuteMs / 2;
    }
    // A late target of its own, behind everything.
    const Labels late = HostSeries("late", std::to_string(retention_ms));
    const std::int64_t late_ms = 100 * kDayMs + retention_ms / kMinuteMs;
    MustAppend(*store, late_ms, {{late, 1}});
    expected[late].push_back(MakePoint(late_ms, 1));
    EXPECT_EQ(ReadAll(*store), expected);
    ASSERT_TRUE(store->Flush().ok());
  }
  const std::vector<Superblock> superblocks = Superblocks(scratch.path());
  EXPECT_GT(superblocks.size(), 6U);
  for (std::size_t i = 1; i < superblocks.size(); ++i) {
    EXPECT_LE(superblocks[i - 1].end_ms, superblocks[i].start_ms);
  }
  EXPECT_EQ(ReadAll(*OpenStore(scratch.path())), expected);
}

TEST(Partitions, AreNotMadeForSamplesThatAreRefused) {
  const ScratchDir scratch;
  const auto store = OpenStore(scratch.path(), 8 * kMinuteMs);
  MustAppend(*store, 10 * kMinuteMs, {{HostSeries("x", "a"), 1}});
  const auto late = AppendRound(*store, kMinuteMs, {{HostSeries("x", "a"), 1}, {HostSeries("y", "a"), 1}});
  ASSERT_TRUE(late.ok());
  EXPECT_EQ(late->appended, 0U);
  EXPECT_EQ(late->out_of_order, 2U);
  ASSERT_TRUE(store->Flush().ok());
  const StoreStats stats = store->stats();
  EXPECT_EQ(stats.partitions, 1U);
  EXPECT_EQ(stats.out_of_order, 2U);
  EXPECT_EQ(stats.series, 1U) << "a series whose only sample was refused is not kept";
  EXPECT_EQ(stats.max_ts_ms, 10 * kMinuteMs);
}

// Time does not go back in an older partition that still has room either.
TEST(Partitions, RefuseLateSamplesOfAGroupThatANewerOneHas) {
  const ScratchDir scratch;
  auto store = OpenStore(scratch.path(), 8 * kMinuteMs);
  const Labels labels = HostSeries("x", "a");
  MustAppend(*store, 1000, {{labels, 1}});
  MustAppend(*store, kMinuteMs, {{labels, 2}});
  for (int reopened = 0; reopened < 2; ++reopened) {
    const auto late = AppendRound(*store, 2000, {{labels, 3}, {HostSeries("x", std::to_string(reopened)), 4}});
    ASSERT_TRUE(late.ok());
    EXPECT_EQ(late->out_of_order, 1U);
    EXPECT_EQ(late->appended, 1U) << "another group's first sample may be that old";
    store.reset();
    store = OpenStore(scratch.path(), 8 * kMinuteMs);
  }
  EXPECT_EQ(ReadAll(*store)[labels], (std::vector<BitPoint>{MakePoint(1000, 1), MakePoint(kMinuteMs, 2)}));
}

TEST(Partitions, LeftHalfMadeByACrashAreRemoved) {
  const ScratchDir scratch;
  {
    const auto store = OpenStore(scratch.path());
    MustAppend(*store, 1000, {{HostSeries("x", "a"), 1}});
    ASSERT_TRUE(store->Flush().ok());
  }
  const auto partitions = scratch.path() / "raw";
  const auto whole = std::filesystem::directory_iterator(partitions)->path();
  std::filesystem::copy(whole, partitions / "86400000-172800000.new", std::filesystem::copy_options::recursive);
  std::filesystem::create_directory(scratch.path() / "trash-5-6");
  const auto store = OpenStore(scratch.path());
  EXPECT_EQ(store->stats().partitions, 1U);
  EXPECT_EQ(store->stats().quarantined, 0U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(partitions), {}), 1);
  EXPECT_FALSE(std::filesystem::exists(scratch.path() / "trash-5-6"));
}

TEST(Partitions, CopiedBesideTheirOriginalAreSetAside) {
  const ScratchDir scratch;
  {
    const auto store = OpenStore(scratch.path());
    MustAppend(*store, 1000, {{HostSeries("x", "a"), 1}});
    ASSERT_TRUE(store->Flush().ok());
  }
  const auto whole = std::filesystem::directory_iterator(scratch.path() / "raw")->path();
  std::filesystem::copy(whole, whole.string() + ".bak", std::filesystem::copy_options::recursive);
  const auto store = OpenStore(scratch.path());
  EXPECT_EQ(store->stats().quarantined, 1U);
  EXPECT_EQ(ReadAll(*store), (Contents{{HostSeries("x", "a"), {MakePoint(1000, 1)}}}));
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

// Many groups are read by two threads; nobody can tell by what comes.
#include "read_ahead.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "base/duration.h"
#include "contents.h"
#include "seed.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::size_t kHosts = 3 * ReadAhead::kGroupsMin;

std::string HostName(std::size_t host) { return "h" + std::to_string(host); }

// Closed and open blocks, two partitions, hosts that come late and hosts with holes.
class ReadAheadTest : public testing::Test {
 protected:
  void Fill(std::size_t hosts, std::int64_t rounds) {
    std::mt19937_64 random = SeededRandom();
    for (std::int64_t round = 0; round < rounds; ++round) {
      std::vector<TestSample> samples;
      for (std::size_t host = 0; host < hosts; ++host) {
        if (random() % 8 == 0 || static_cast<std::int64_t>(host % 16) > round) continue;
        samples.push_back({HostSeries("x_total", HostName(host)), static_cast<double>(round * 3)});
        samples.push_back({HostSeries("y", HostName(host)), static_cast<double>(random() % 100)});
      }
      MustAppend(*store_, kDayMs - 20 * kMinuteMs + round * kMinuteMs, samples);
    }
  }

  // Group by group, each selected alone: that needs no second thread.
  Contents OneByOne(Selection selection) const {
    Contents all;
    const auto view = store_->NewView();
    for (const std::string& host : view->LabelValues("host", {})) {
      selection.matchers = {Matcher::Equal("host", host)};
      all.merge(Read(*view, selection).contents);
    }
    return all;
  }

  const ScratchDir scratch_;
  const std::unique_ptr<Store> store_ = OpenStore(scratch_.path(), 0, {"host"}, 16);
};

TEST_F(ReadAheadTest, SaysTheSameAsEachGroupReadAlone) {
  Fill(kHosts, 60);
  for (const std::int64_t start_ms : {std::int64_t{0}, kDayMs - kMinuteMs, kDayMs + 20 * kMinuteMs}) {
    Selection selection = Everything();
    selection.start_ms = start_ms;
    selection.end_ms = kDayMs + 30 * kMinuteMs;
    selection.with_previous = start_ms != 0;
    const Answer together = Read(*store_->NewView(), selection);
    EXPECT_TRUE(together.status.ok()) << together.status.message();
    EXPECT_EQ(Difference(together.contents, OneByOne(selection)), "");
    EXPECT_EQ(together.contents.size(), 2 * kHosts);
  }
}

TEST_F(ReadAheadTest, GivesTheSameOrderEachTimeWithTheSeriesOfAGroupTogether) {
  Fill(kHosts, 40);
  const auto order = [this] {
    std::vector<std::string> hosts;
    const auto view = store_->NewView();
    const auto cursor = view->Select(Everything());
    while (cursor->Next()) hosts.emplace_back(cursor->label("host"));
    return hosts;
  };
  const std::vector<std::string> first = order();
  ASSERT_EQ(first.size(), 2 * kHosts);
  for (std::size_t i = 0; i < first.size(); i += 2) EXPECT_EQ(first[i], first[i + 1]);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(order(), first);
}

TEST_F(ReadAheadTest, AllThatIsAllowedIsReadAndTheGroupThatExceedsItIsLeftOut) {
  std::vector<TestSample> samples;
  for (std::size_t host = 0; host < kHosts; ++host) samples.push_back({HostSeries("x", HostName(host)), 1});
  for (std::int64_t round = 1; round <= 20; ++round) MustAppend(*store_, round * kMinuteMs, samples);
  Selection selection = Everything();
  selection.limits.samples = kHosts * 20;
  const Answer all = Read(*store_->NewView(), selection);
  EXPECT_TRUE(all.status.ok()) << all.status.message();
  EXPECT_EQ(all.contents.size(), kHosts);
  for (const std::uint64_t allowed : {kHosts * 20 - 1, std::size_t{100 * 20}, std::size_t{19}}) {
    selection.limits.samples = allowed;
    const Answer some = Read(*store_->NewView(), selection);
    EXPECT_EQ(some.status.code(), StatusCode::kResourceExhausted);
    EXPECT_EQ(some.status.message(), "the query reads more than the " + std::to_string(allowed) +
                                         " samples that are allowed; ask for a shorter time or fewer series");
    EXPECT_EQ(some.contents.size(), allowed / 20);
  }
}

TEST_F(ReadAheadTest, AQueryWhoseReaderTakesTooLongEndsAndSaysSo) {
  Fill(kHosts, 20);
  Selection selection = Everything();
  selection.limits.time_ms = 20;
  const auto view = store_->NewView();
  const auto cursor = view->Select(selection);
  ASSERT_TRUE(cursor->Next());
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  std::size_t rest = 0;
  while (cursor->Next()) ++rest;
  EXPECT_LE(rest, 1U) << "more than what is left of the group that was given";
  EXPECT_EQ(cursor->status().code(), StatusCode::kTimeout);
  EXPECT_EQ(cursor->status().message(),
            "the query took longer than the 20 ms that are allowed; ask for a shorter time or fewer series");
}

TEST_F(ReadAheadTest, DamageIsToldAndAllElseIsGiven) {
  Fill(kHosts, 60);
  const Contents whole = ReadAll(*store_);
  ASSERT_TRUE(store_->Flush().ok());
  // Partitions that are over are tables, of which only the ends were looked at.
  ASSERT_TRUE(store_->Expire(30 * kDayMs).ok());
  std::size_t spoiled = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(scratch_.path() / "raw")) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".ldb")) continue;
    const auto size = static_cast<std::streamoff>(entry.file_size());
    if (size < 20000) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(size / 2);
    file << std::string(64, '\x55');
    ++spoiled;
  }
  ASSERT_GT(spoiled, 0U);
  const Answer answer = Read(*store_->NewView(), Everything());
  EXPECT_EQ(answer.status.code(), StatusCode::kCorruption);
  EXPECT_GT(answer.contents.size(), kHosts);
  std::size_t missing = whole.size() - answer.contents.size();
  for (const auto& [labels, points] : answer.contents) {
    const std::vector<BitPoint>& right = whole.at(labels);
    EXPECT_TRUE(std::includes(right.begin(), right.end(), points.begin(), points.end()));
    missing += points.size() < right.size() ? 1 : 0;
  }
  EXPECT_GT(missing, 0U);
}

TEST_F(ReadAheadTest, ACursorMayBeLeftAtAnyPoint) {
  Fill(kHosts, 20);
  const auto view = store_->NewView();
  for (const std::size_t steps : {std::size_t{0}, std::size_t{1}, std::size_t{100}, 2 * kHosts - 1, 2 * kHosts}) {
    const auto cursor = view->Select(Everything());
    for (std::size_t i = 0; i < steps; ++i) ASSERT_TRUE(cursor->Next());
  }
  const auto cursor = view->Select(Everything());
  while (cursor->Next()) {
  }
  EXPECT_FALSE(cursor->Next());
}

TEST_F(ReadAheadTest, ReadsOnWhenMorePointsWaitThanMayBeReadAhead) {
  constexpr std::size_t kMetrics = 256;
  constexpr std::size_t kRounds = 512;
  constexpr std::size_t kLarge = ReadAhead::kGroupsAhead;  // groups, of which the first few are as much as may wait
  static_assert(kLarge * kMetrics * kRounds >= 2 * ReadAhead::kPointsAhead);
  std::vector<SeriesHandle> handles;
  for (std::size_t i = 0; i < kLarge * kMetrics; ++i) {
    handles.push_back(store_->Intern(HostSeries("m" + std::to_string(i % kMetrics), HostName(i / kMetrics))));
  }
  for (std::size_t i = kLarge; i < ReadAhead::kGroupsMin; ++i) {
    handles.push_back(store_->Intern(HostSeries("m", HostName(i))));
  }
  std::vector<Round> rounds(kRounds);
  for (std::size_t i = 0; i < kRounds; ++i) {
    rounds[i].ts_ms = static_cast<std::int64_t>(i + 1) * kSecondMs;
    for (const SeriesHandle& handle : handles) rounds[i].samples.push_back({handle.get(), static_cast<double>(i)});
  }
  ASSERT_TRUE(store_->Append(rounds).ok());
  const auto view = store_->NewView();
  const auto cursor = view->Select(Everything());
  std::size_t series = 0;
  while (cursor->Next()) {
    ++series;
    EXPECT_EQ(cursor->points().size(), kRounds);
  }
  EXPECT_TRUE(cursor->status().ok());
  EXPECT_EQ(series, handles.size());
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

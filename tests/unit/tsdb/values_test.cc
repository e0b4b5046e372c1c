#include "values.h"

#include <gtest/gtest.h>

#include "contents.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

TEST(Values, ComeBackToTheBitFromMemoryAndFromDisk) {
  const ScratchDir scratch;
  auto store = OpenStore(scratch.path());
  Contents expected;
  for (std::size_t round = 0; round < kHardValues.size(); ++round) {
    const auto ts_ms = static_cast<std::int64_t>(round * 1000);
    std::vector<TestSample> samples;
    for (std::size_t i = 0; i < 5; ++i) {
      const Labels labels = HostSeries("m" + std::to_string(i), "a");
      const double value = kHardValues[(round + i) % kHardValues.size()];
      samples.push_back({labels, value});
      expected[labels].push_back(MakePoint(ts_ms, value));
    }
    MustAppend(*store, ts_ms, samples);
  }
  EXPECT_EQ(ReadAll(*store), expected);
  for (int reopened = 0; reopened < 2; ++reopened) {
    store.reset();
    store = OpenStore(scratch.path());
    EXPECT_EQ(ReadAll(*store), expected);
  }
}

TEST(Labels, OfAnyBytesComeBack) {
  const ScratchDir scratch;
  std::string all_bytes;
  for (int c = 0; c < 256; ++c) all_bytes += static_cast<char>(c);
  const std::vector<Labels> series{MakeLabels({{"__name__", all_bytes}, {"host", all_bytes}}), Labels(),
                                   MakeLabels({{"host", std::string(100000, 'x')}})};
  Contents expected;
  std::vector<TestSample> samples;
  for (const Labels& labels : series) {
    samples.push_back({labels, 1});
    expected[labels].push_back(MakePoint(5, 1));
  }
  auto store = OpenStore(scratch.path());
  MustAppend(*store, 5, samples);
  EXPECT_EQ(ReadAll(*store), expected);
  store.reset();
  store = OpenStore(scratch.path());
  EXPECT_EQ(ReadAll(*store), expected);
}

TEST(Handles, AreTheSameObjectForEqualLabelsWhileHeld) {
  const ScratchDir scratch;
  auto store = OpenStore(scratch.path());
  const SeriesHandle first = store->Intern(HostSeries("a", "x"));
  EXPECT_EQ(store->Intern(HostSeries("a", "x")), first);
  EXPECT_NE(store->Intern(HostSeries("a", "y")), first);
  MustAppend(*store, 1, {{HostSeries("a", "x"), 1}});
  EXPECT_EQ(store->Intern(HostSeries("a", "x")), first);
  store.reset();
  EXPECT_EQ(first.use_count(), 1);
}

TEST(Samples, OfASeriesThatComesTwiceInARoundAreTakenOnce) {
  const ScratchDir scratch;
  const auto store = OpenStore(scratch.path());
  const Labels labels = HostSeries("a", "x");
  const auto result = AppendRound(*store, 1, {{labels, 1}, {labels, 2}});
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->appended, 1U);
  EXPECT_EQ(ReadAll(*store), (Contents{{labels, {MakePoint(1, 1)}}}));
}

TEST(Timestamps, BeyondTheRangeAreRefusedAndNothingIsWritten) {
  const ScratchDir scratch;
  const auto store = OpenStore(scratch.path());
  const SeriesHandle series = store->Intern(HostSeries("a", "x"));
  for (const std::int64_t bad_ms : {INT64_MIN, INT64_MAX}) {
    const std::vector<Round> rounds{{5, {{series.get(), 1}}}, {bad_ms, {{series.get(), 1}}}};
    EXPECT_EQ(store->Append(rounds).status().code(), StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(ReadAll(*store), Contents{});
  constexpr std::int64_t kFarMs = std::int64_t{1} << 60;
  MustAppend(*store, -kFarMs, {{HostSeries("a", "x"), 1}});
  MustAppend(*store, kFarMs, {{HostSeries("a", "x"), 2}});
  EXPECT_EQ(ReadAll(*store).begin()->second.size(), 2U);
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

// A view is the store of one moment.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/duration.h"
#include "contents.h"
#include "env/store_env.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

TEST(View, DoesNotSeeWhatCameLater) {
  const ScratchDir scratch;
  const auto store = OpenStore(scratch.path());
  const Labels a = HostSeries("x", "a");
  const Labels b = HostSeries("y", "a");
  const auto empty = store->NewView();
  MustAppend(*store, 1000, {{a, 1}});
  const auto first = store->NewView();
  MustAppend(*store, 2000, {{a, 2}, {b, 3}});
  MustAppend(*store, 3 * kDayMs, {{HostSeries("z", "c"), 4}});

  EXPECT_EQ(Read(*empty, Everything()).contents, Contents{});
  EXPECT_EQ(empty->LabelValues("host", {}), std::vector<std::string>{});
  EXPECT_EQ(empty->MatchingSeries({}), std::vector<Labels>{});
  EXPECT_EQ(Read(*first, Everything()).contents, (Contents{{a, {MakePoint(1000, 1)}}}));
  EXPECT_EQ(first->LabelValues("__name__", {}), std::vector<std::string>{"x"});
  EXPECT_EQ(first->LabelValues("host", {}), std::vector<std::string>{"a"});
  EXPECT_EQ(first->MatchingSeries({}), std::vector<Labels>{a});
  EXPECT_EQ(first->LabelNames({}), (std::vector<std::string>{"__name__", "host"}));
  EXPECT_EQ(store->NewView()->MatchingSeries({}).size(), 3U);
}

class CountingEnv : public StoreEnv {
 public:
  void SleepForMicroseconds(int micros) override {
    ++sleeps;
    StoreEnv::SleepForMicroseconds(micros);
  }
  int sleeps = 0;
};

TEST(View, ThatStaysDelaysTheWriterOnceAndNotInEachRound) {
  const ScratchDir scratch;
  CountingEnv env;
  StoreOptions options = Options(scratch.path());
  options.block_ticks = 4;
  options.env = &env;
  const Labels series = HostSeries("x", "a");
  std::int64_t ts_ms = 0;
  auto store = Store::Open(options);
  ASSERT_TRUE(store.ok());
  for (int i = 0; i < 8; ++i) MustAppend(**store, ts_ms += 1000, {{series, 1}});
  store->reset();
  store = Store::Open(options);
  ASSERT_TRUE(store.ok());
  auto view = (*store)->NewView();
  // A block closes, and its partition is open for reading only.
  for (int i = 0; i < 8; ++i) MustAppend(**store, ts_ms += 1000, {{series, 1}});
  EXPECT_GT((*store)->stats().waiting_blocks, 0U);
  const int sleeps = env.sleeps;
  EXPECT_GT(sleeps, 0);
  for (int i = 0; i < 8; ++i) MustAppend(**store, ts_ms += 1000, {{series, 1}});
  EXPECT_EQ(env.sleeps, sleeps);
  view.reset();
  for (int i = 0; i < 8; ++i) MustAppend(**store, ts_ms += 1000, {{series, 1}});
  EXPECT_EQ((*store)->stats().waiting_blocks, 0U);
  EXPECT_EQ(ReadAll(**store).at(series).size(), 32U);
}

// Every round gives all series, of several groups, the round's own number: a view that mixed rounds would show it.
class WholeRounds : public testing::Test {
 protected:
  static constexpr int kHosts = 5;
  static constexpr std::int64_t kStepMs = 5 * kSecondMs;

  std::vector<TestSample> RoundOf(std::int64_t round) const {
    std::vector<TestSample> samples;
    for (int host = 0; host < kHosts; ++host) {
      for (const char* metric : {"x", "y"}) {
        samples.push_back({HostSeries(metric, std::to_string(host)), static_cast<double>(round)});
      }
    }
    return samples;
  }

  // Checks one view; returns its last round, or -1 when it has none.
  std::int64_t Check(const View& view, std::int64_t start_ms) const {
    Selection selection = Everything();
    selection.start_ms = start_ms;
    const Answer answer = Read(view, selection);
    EXPECT_TRUE(answer.status.ok()) << answer.status.message();
    if (answer.contents.empty()) return -1;
    EXPECT_EQ(answer.contents.size(), 2U * kHosts);
    const std::vector<BitPoint>& first = answer.contents.begin()->second;
    for (const auto& [labels, points] : answer.contents) EXPECT_EQ(points, first) << labels.ToString();
    for (const BitPoint& point : first) {
      EXPECT_EQ(point, MakePoint(point.first, static_cast<double>(point.first / kStepMs)));
    }
    return first.back().first / kStepMs;
  }
};

TEST_F(WholeRounds, AreAllThatReadersSeeWhileTheWriterAppendsAndExpires) {
  constexpr std::int64_t kRounds = 400;
  const ScratchDir scratch;
  const auto store = OpenStore(scratch.path(), 8 * kMinuteMs);
  std::atomic<std::int64_t> written{-1};
  std::atomic<bool> done{false};
  std::atomic<std::int64_t> views{0};
  const auto read = [&] {
    std::int64_t last = -1;
    while (!done || views < 4) {
      const std::int64_t before = written;
      const auto view = store->NewView();
      const std::int64_t seen = Check(*view, (std::max<std::int64_t>(before, 30) - 30) * kStepMs);
      EXPECT_GE(seen, before) << "an append that returned must be seen";
      EXPECT_GE(seen, last) << "time does not go back for a reader";
      last = seen;
      EXPECT_LE(view->LabelValues("host", {}).size(), static_cast<std::size_t>(kHosts));
      static_cast<void>(store->stats());
      static_cast<void>(store->Intern(HostSeries("other", std::to_string(seen))));
      ++views;
    }
  };
  std::thread one(read);
  std::thread two(read);
  for (std::int64_t round = 0; round < kRounds; ++round) {
    MustAppend(*store, round * kStepMs, RoundOf(round));
    written = round;
    if (round % 10 == 0) {
      EXPECT_TRUE(store->Expire(round * kStepMs).ok());
    }
  }
  done = true;
  one.join();
  two.join();
  EXPECT_GE(views, 4);
  EXPECT_EQ(Check(*store->NewView(), 0), kRounds - 1);
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

// What a query may read at most, each limit at its edge.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/duration.h"
#include "contents.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::int64_t kTicks = 100;
constexpr int kHosts = 4;

class Limits : public testing::Test {
 protected:
  Limits() {
    for (std::int64_t tick = 0; tick < kTicks; ++tick) {
      std::vector<TestSample> samples;
      for (int host = 0; host < kHosts; ++host) {
        samples.push_back({HostSeries("x", std::to_string(host)), static_cast<double>(tick)});
        samples.push_back({HostSeries("y", std::to_string(host)), static_cast<double>(tick)});
      }
      MustAppend(*store_, tick * kSecondMs, samples);
    }
  }

  Answer ReadWith(QueryLimits limits) const {
    Selection selection = Everything();
    selection.limits = limits;
    return Read(*store_->NewView(), selection);
  }
  static std::uint64_t Count(const Answer& answer) {
    std::uint64_t samples = 0;
    for (const auto& [labels, points] : answer.contents) samples += points.size();
    return samples;
  }

  static constexpr std::uint64_t kSeries = 2 * kHosts;
  static constexpr std::uint64_t kSamples = kSeries * kTicks;

  const ScratchDir scratch_;
  const std::unique_ptr<Store> store_ = OpenStore(scratch_.path());
};

TEST_F(Limits, AsManySeriesAsAllowedAreReadAndNoneOfOneMore) {
  EXPECT_TRUE(ReadWith({.series = kSeries}).status.ok());
  const Answer refused = ReadWith({.series = kSeries - 1});
  EXPECT_EQ(refused.status.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(refused.status.message(), "the query selects 8 series, more than the 7 that are allowed");
  EXPECT_TRUE(refused.contents.empty());
}

TEST_F(Limits, AsManySamplesAsAllowedAreReadAndTheGroupThatExceedsThemIsLeftOut) {
  for (const bool is_on_disk : {false, true}) {
    if (is_on_disk) {
      ASSERT_TRUE(store_->Flush().ok());
    }
    const Answer all = ReadWith({.samples = kSamples});
    EXPECT_TRUE(all.status.ok()) << all.status.message();
    EXPECT_EQ(Count(all), kSamples);
    const Answer refused = ReadWith({.samples = kSamples - 1});
    EXPECT_EQ(refused.status.code(), StatusCode::kResourceExhausted);
    EXPECT_EQ(refused.status.message(),
              "the query reads more than the 799 samples that are allowed; ask for a shorter time or fewer series");
    EXPECT_EQ(Count(refused), kSamples - 2 * kTicks);
  }
}

TEST_F(Limits, ASelectionWithPointsBeforeItIsLimitedToo) {
  Selection selection = Everything();
  selection.start_ms = selection.end_ms = kTicks * kSecondMs;
  selection.with_previous = true;
  selection.limits.samples = kSeries - 1;
  EXPECT_EQ(Read(*store_->NewView(), selection).status.code(), StatusCode::kResourceExhausted);
  selection.limits.samples = kSeries;
  EXPECT_TRUE(Read(*store_->NewView(), selection).status.ok());
}

TEST_F(Limits, AQueryThatTakesTooLongEndsAndSaysSo) {
  const auto view = store_->NewView();
  Selection selection = Everything();
  selection.limits.time_ms = 1;
  const auto cursor = view->Select(selection);
  // A reader who is slow counts as well.
  while (cursor->Next()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_EQ(cursor->status().code(), StatusCode::kTimeout);
  EXPECT_EQ(cursor->status().message(),
            "the query took longer than the 1 ms that are allowed; ask for a shorter time or fewer series");
  EXPECT_TRUE(ReadWith({.time_ms = kHourMs}).status.ok());
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

#include "base/timeline_clock.h"

#include <gtest/gtest.h>

#include <random>

namespace proxy_telemetry {
namespace {

constexpr std::int64_t kStartMs = 1'700'000'000'000;

class HandClock : public Clock {
 public:
  std::int64_t WallMs() const override { return wall_ms; }
  std::int64_t SteadyUs() const override { return steady_ms * 1000; }
  void Pass(std::int64_t ms) {
    wall_ms += ms;
    steady_ms += ms;
  }
  std::int64_t wall_ms = kStartMs;
  std::int64_t steady_ms = 5000;
};

TEST(TimelineClock, IsTheClockWhileNothingIsDoneToIt) {
  HandClock machine;
  const TimelineClock clock(machine);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(clock.WallMs(), machine.wall_ms);
    machine.Pass(i * 37);
  }
}

TEST(TimelineClock, FollowsSmallStepsForwardAtOnce) {
  HandClock machine;
  const TimelineClock clock(machine);
  machine.wall_ms += TimelineClock::kStepMs;
  EXPECT_EQ(clock.WallMs(), machine.wall_ms);
}

TEST(TimelineClock, BelievesALargeStepForwardWhenItStays) {
  HandClock machine;
  const TimelineClock clock(machine);
  machine.wall_ms += TimelineClock::kStepMs + 1;
  EXPECT_EQ(clock.WallMs(), kStartMs);
  machine.Pass(TimelineClock::kBelieveMs - 1);
  EXPECT_EQ(clock.WallMs(), kStartMs + TimelineClock::kBelieveMs - 1);
  machine.Pass(1);
  EXPECT_EQ(clock.WallMs(), machine.wall_ms);
}

TEST(TimelineClock, ForgetsALargeStepForwardThatIsPutRight) {
  HandClock machine;
  const TimelineClock clock(machine);
  machine.wall_ms += 3'600'000;
  machine.Pass(30'000);
  EXPECT_EQ(clock.WallMs(), kStartMs + 30'000);
  machine.wall_ms -= 3'600'000;
  EXPECT_EQ(clock.WallMs(), machine.wall_ms);
  machine.wall_ms += 3'600'000;
  machine.Pass(40'000);
  EXPECT_EQ(clock.WallMs(), kStartMs + 70'000) << "the time it was ahead before does not count";
}

TEST(TimelineClock, GoesOnWhenTheClockIsSetBackAndComesBackSlowly) {
  HandClock machine;
  const TimelineClock clock(machine);
  machine.wall_ms -= 7'200'000;
  EXPECT_EQ(clock.WallMs(), kStartMs);
  machine.Pass(15'000);
  EXPECT_EQ(clock.WallMs(), kStartMs + 15'000 - 150);
  for (int i = 0; i < 100; ++i) {
    machine.Pass(7'200'000);
    static_cast<void>(clock.WallMs());
  }
  EXPECT_EQ(clock.WallMs(), machine.wall_ms);
}

TEST(TimelineClock, NeverGoesBackAndNeverStandsStillForLong) {
  const unsigned seed = std::random_device()();
  std::mt19937_64 random(seed);
  SCOPED_TRACE(seed);
  HandClock machine;
  const TimelineClock clock(machine);
  std::int64_t last_ms = clock.WallMs();
  for (int i = 0; i < 20'000; ++i) {
    const auto passed_ms = static_cast<std::int64_t>(random() % 20'000);
    machine.Pass(passed_ms);
    if (random() % 50 == 0) machine.wall_ms += static_cast<std::int64_t>(random() % 20'000'000) - 10'000'000;
    const std::int64_t now_ms = clock.WallMs();
    ASSERT_GE(now_ms - last_ms, passed_ms - passed_ms / TimelineClock::kSlewShare - 1);
    last_ms = now_ms;
  }
}

TEST(TimelineClock, BeginsAfterWhatIsStoredIfThatIsNotFarAhead) {
  HandClock machine;
  TimelineClock near(machine);
  near.StartAfter(kStartMs + 3'600'000);
  EXPECT_EQ(near.WallMs(), kStartMs + 3'600'001);
  TimelineClock far(machine);
  far.StartAfter(kStartMs + TimelineClock::kStoredAheadMaxMs + 1);
  EXPECT_EQ(far.WallMs(), kStartMs);
  TimelineClock before(machine);
  before.StartAfter(kStartMs - 1);
  EXPECT_EQ(before.WallMs(), kStartMs);
}

}  // namespace
}  // namespace proxy_telemetry

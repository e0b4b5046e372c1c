#include "schedule.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace proxy_telemetry {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'123;
constexpr std::int64_t kInterval = 5000;

TEST(Schedule, FirstRoundIsDueAtOnce) {
  const Schedule schedule("job/target", kInterval, kNow);
  EXPECT_EQ(schedule.DelayMs(kNow), 0);
}

TEST(Schedule, LaterRoundsKeepOnePhaseOfTheWallClock) {
  Schedule schedule("job/target", kInterval, kNow);
  schedule.Begin(kNow);
  const std::int64_t phase = schedule.next_ms() % kInterval;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(schedule.Begin(schedule.next_ms()) % kInterval, phase);
  }
}

TEST(Schedule, PhaseIsTheSameAfterARestart) {
  Schedule before("job/target", kInterval, kNow);
  before.Begin(kNow);
  Schedule after("job/target", kInterval, kNow + 777'777);
  after.Begin(kNow + 777'777);
  EXPECT_EQ(before.next_ms() % kInterval, after.next_ms() % kInterval);
}

TEST(Schedule, AThousandTargetsAreSpreadOverTheInterval) {
  std::set<std::int64_t> slots;
  for (int i = 0; i < 1000; ++i) {
    Schedule schedule("target" + std::to_string(i), kInterval, kNow);
    schedule.Begin(kNow);
    slots.insert(schedule.next_ms() % kInterval / 50);
  }
  EXPECT_GT(slots.size(), 95U) << "of 100 slots of 50 ms";
}

TEST(Schedule, RoundWithinTwoMillisecondsGetsItsScheduledTimestamp) {
  for (std::int64_t late = 0; late <= 4; ++late) {
    Schedule schedule("job/target", kInterval, kNow);
    schedule.Begin(kNow);
    const std::int64_t due = schedule.next_ms();
    EXPECT_EQ(schedule.Begin(due + late), late <= kTimestampToleranceMs ? due : due + late) << late << " ms late";
  }
}

TEST(Schedule, ALateRoundDoesNotShiftTheNextOne) {
  Schedule schedule("job/target", kInterval, kNow);
  schedule.Begin(kNow);
  const std::int64_t due = schedule.next_ms();
  schedule.Begin(due + kInterval / 3);
  EXPECT_EQ(schedule.next_ms(), due + kInterval);
}

TEST(Schedule, NoTwoRoundsAreCloserThanHalfAnInterval) {
  for (int i = 0; i < 200; ++i) {
    Schedule schedule("target" + std::to_string(i), kInterval, kNow);
    const std::int64_t first = schedule.Begin(kNow);
    EXPECT_GE(schedule.next_ms() - first, kInterval / 2);
    EXPECT_LT(schedule.next_ms() - first, kInterval + kInterval / 2);
  }
}

TEST(Schedule, AClockThatJumpsNeverStallsATarget) {
  for (const std::int64_t jump : {-7'200'000LL, -3000LL, 3000LL, 3'600'000LL}) {
    Schedule schedule("job/target", kInterval, kNow);
    schedule.Begin(kNow);
    const std::int64_t now = schedule.next_ms() + jump;
    EXPECT_LE(schedule.DelayMs(now), kInterval + kInterval / 2) << "jump of " << jump;
    schedule.Begin(now);
    EXPECT_GT(schedule.next_ms(), now);
    EXPECT_LE(schedule.DelayMs(now), kInterval + kInterval / 2) << "jump of " << jump;
  }
}

}  // namespace
}  // namespace proxy_telemetry

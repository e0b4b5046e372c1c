#include "base/clock.h"

#include <gtest/gtest.h>

namespace proxy_telemetry {
namespace {

TEST(SystemClock, NeverGoesBackAndKnowsTheCentury) {
  const Clock& clock = Clock::System();
  EXPECT_GT(clock.WallMs(), 1'700'000'000'000);  // milliseconds, not seconds
  EXPECT_LT(clock.WallMs(), 4'000'000'000'000);
  std::int64_t before = clock.SteadyMs();
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t now = clock.SteadyMs();
    ASSERT_GE(now, before);
    before = now;
  }
}

}  // namespace
}  // namespace proxy_telemetry

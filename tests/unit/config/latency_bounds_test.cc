// The bounds of the fine histogram: how wide, how exact, and which of them are in everybody's use.
#include "config/latency_bounds.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

namespace proxy_telemetry {
namespace {

TEST(LatencyBounds, AreAtMostTenPercentApartFromATenthOfAMillisecondToAHundredSeconds) {
  const auto bounds = FineBounds();
  EXPECT_EQ(bounds.front(), 0.0001);
  EXPECT_EQ(bounds.back(), 100);
  for (std::size_t i = 1; i < bounds.size(); ++i) {
    EXPECT_GT(bounds[i], bounds[i - 1]);
    // The doubles of two decimals that are exactly 10 % apart are not exactly so.
    EXPECT_LE(bounds[i] / bounds[i - 1], 1.1 * (1 + 4 * std::numeric_limits<double>::epsilon())) << bounds[i];
  }
}

TEST(LatencyBounds, AreTheDoublesThatTheirDecimalsReadAs) {
  const std::string mantissas[] = {"1",   "1.1", "1.2", "1.3", "1.4",  "1.5", "1.6", "1.7", "1.8", "1.9",
                                   "2",   "2.2", "2.4", "2.5", "2.75", "3",   "3.3", "3.6", "3.9", "4.2",
                                   "4.6", "5",   "5.5", "6",   "6.5",  "7",   "7.5", "8",   "8.8", "9.6"};
  std::size_t i = 0;
  for (const char* exponent : {"e-4", "e-3", "e-2", "e-1", "e0", "e1"}) {
    for (const std::string& mantissa : mantissas) {
      EXPECT_EQ(FineBounds()[i++], std::strtod((mantissa + exponent).c_str(), nullptr)) << mantissa << exponent;
    }
  }
  EXPECT_EQ(i + 1, FineBounds().size());
}

TEST(LatencyBounds, AreFoundAndTheirNeighboursAreNot) {
  for (const double bound : FineBounds()) {
    EXPECT_TRUE(IsFineBound(bound));
    EXPECT_FALSE(IsFineBound(std::nextafter(bound, 0)));
    EXPECT_FALSE(IsFineBound(std::nextafter(bound, 1000)));
  }
  for (const double other : {0.0, -0.1, 0.00001, 101.0, 1000.0, std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_FALSE(IsFineBound(other)) << other;
  }
}

TEST(LatencyBounds, HoldTheDefaultBuckets) {
  double before = 0;
  for (const double bucket : kDefaultLatencyBuckets) {
    EXPECT_TRUE(IsFineBound(bucket)) << bucket;
    EXPECT_GT(bucket, before);
    before = bucket;
  }
}

}  // namespace
}  // namespace proxy_telemetry

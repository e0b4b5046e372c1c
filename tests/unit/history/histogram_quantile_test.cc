#include "histogram_quantile.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace proxy_telemetry {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

double Quantile(double q, std::vector<double> bounds, std::vector<double> counts) {
  return HistogramQuantile(q, bounds, counts);
}

TEST(HistogramQuantile, InterpolatesInsideABucket) {
  // Rank 99 of 100 lies in (0.1, 0.5] as the 9th of its 10: 0.1 + 0.4 * 9 / 10.
  EXPECT_DOUBLE_EQ(Quantile(0.99, {0.1, 0.5, 1, kInf}, {90, 100, 100, 100}), 0.46);
  // Rank 49.5 is the 9.5th of the 20 in (1, 2].
  EXPECT_DOUBLE_EQ(Quantile(0.495, {1, 2, kInf}, {40, 60, 100}), 1.475);
}

TEST(HistogramQuantile, TakesTheLowerBucketAtItsLastRank) {
  EXPECT_DOUBLE_EQ(Quantile(0.99, {0.1, 0.5, kInf}, {99, 100, 100}), 0.1);
}

TEST(HistogramQuantile, StartsTheLowestBucketAtZero) {
  EXPECT_DOUBLE_EQ(Quantile(0.99, {0.2, 1, kInf}, {10, 10, 10}), 0.198);
}

TEST(HistogramQuantile, GivesALowestBoundThatIsNotPositiveItself) {
  EXPECT_EQ(Quantile(0.99, {-1, 1, kInf}, {10, 10, 10}), -1);
  EXPECT_EQ(Quantile(0.99, {0, 1, kInf}, {10, 10, 10}), 0);
}

TEST(HistogramQuantile, GivesTheHighestFiniteBoundForTheInfBucket) {
  EXPECT_EQ(Quantile(0.99, {0.1, 2.5, kInf}, {1, 98, 100}), 2.5);
  EXPECT_EQ(Quantile(0.99, {0.1, kInf}, {0, 1}), 0.1);
}

TEST(HistogramQuantile, IsZeroWherePrometheusHasNoAnswer) {
  EXPECT_EQ(Quantile(0.99, {}, {}), 0);
  EXPECT_EQ(Quantile(0.99, {kInf}, {10}), 0);
  EXPECT_EQ(Quantile(0.99, {0.1, 0.5}, {5, 10}), 0);
  EXPECT_EQ(Quantile(0.99, {0.1, 0.5, kInf}, {0, 0, 0}), 0);
}

TEST(HistogramQuantile, RepairsCountsThatFall) {
  // 50, 60, 55 -> 60, 100: rank 99 is the 39th of 40 in (1, 2].
  EXPECT_DOUBLE_EQ(Quantile(0.99, {0.1, 0.5, 1, 2, kInf}, {50, 60, 55, 100, 100}), 1.975);
  // Falls in the +Inf bucket: the largest count before it counts.
  EXPECT_DOUBLE_EQ(Quantile(0.99, {1, 2, kInf}, {0, 100, 90}), 1.99);
}

TEST(HistogramQuantile, TakesTinyDifferencesForRounding) {
  EXPECT_DOUBLE_EQ(Quantile(1, {1, 2, 4, kInf}, {0, 10, 10 + 1e-14, 10 + 1e-14}), 2);
}

}  // namespace
}  // namespace proxy_telemetry

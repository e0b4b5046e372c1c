#include "logs/latency_histogram.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace proxy_telemetry {
namespace {

// The twin: walks the bounds one by one.
std::size_t SlowBinOf(double seconds) {
  std::size_t bin = 0;
  for (const double bound : FineBounds()) {
    if (seconds <= bound) return bin;
    ++bin;
  }
  return bin;
}

TEST(LatencyHistogram, PutsEveryTimeIntoTheFirstBinThatReachesIt) {
  for (const double bound : FineBounds()) {
    for (const double seconds : {std::nextafter(bound, 0), bound, std::nextafter(bound, 1000)}) {
      EXPECT_EQ(LatencyHistogram::BinOf(seconds), SlowBinOf(seconds)) << seconds;
    }
  }
  EXPECT_EQ(LatencyHistogram::BinOf(0), 0);
  EXPECT_EQ(LatencyHistogram::BinOf(std::numeric_limits<double>::max()), LatencyHistogram::kBins - 1);
}

TEST(LatencyHistogram, CountsAndAddsUp) {
  LatencyHistogram histogram;
  histogram.Add(0.1);
  histogram.Add(0.1);
  histogram.Add(1000);
  EXPECT_EQ(histogram.count(), 3);
  EXPECT_DOUBLE_EQ(histogram.sum(), 1000.2);
  EXPECT_EQ(histogram.bin(LatencyHistogram::BinOf(0.1)), 2);
  EXPECT_EQ(histogram.bin(LatencyHistogram::kBins - 1), 1);
}

TEST(LatencyHistogram, RestoredBinsReplaceWhatWasThere) {
  LatencyHistogram histogram;
  histogram.RestoreBin(7, 5);
  histogram.RestoreBin(7, 3);
  histogram.RestoreBin(8, 1);
  EXPECT_EQ(histogram.count(), 4);
  EXPECT_EQ(histogram.bin(7), 3);
}

}  // namespace
}  // namespace proxy_telemetry

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "block_series.h"
#include "block_twin.h"
#include "seed.h"

namespace proxy_telemetry::tsdb {
namespace {

std::vector<std::int64_t> RandomTimes(std::mt19937_64& random, std::size_t ticks) {
  std::vector<std::int64_t> ts_ms;
  const std::uint64_t kind = Below(random, 4);
  auto now = static_cast<std::int64_t>(Below(random, std::uint64_t{1} << 45U)) - (std::int64_t{1} << 44U);
  for (std::size_t i = 0; i < ticks; ++i) {
    ts_ms.push_back(now);
    now += 15000;
    if (kind == 1 && Below(random, 30) == 0) now += 15000 * static_cast<std::int64_t>(1 + Below(random, 9));
    if (kind == 2) now += static_cast<std::int64_t>(Below(random, 21)) - 10;
    if (kind == 3) now += static_cast<std::int64_t>(Below(random, std::uint64_t{1} << Below(random, 46)));
  }
  return ts_ms;
}

TEST(BlockRoundTrip, KeepsSeriesOfEveryKind) {
  std::mt19937_64 random = SeededRandom();
  for (int round = 0; round < 1500; ++round) {
    const std::size_t ticks = 1 + Below(random, Below(random, 8) == 0 ? 600 : 60);
    const std::size_t columns = 1 + Below(random, 12);
    BlockTwin twin(RandomTimes(random, ticks), columns);
    for (std::size_t i = 0; i < columns; ++i) twin.SetColumn(i, RandomSeries(random, ticks));
    for (std::size_t tick = 0; tick < ticks; ++tick) twin.Set(tick, 0, static_cast<double>(tick));
    std::vector<Labels> labels;
    for (std::size_t i = 0; i < columns; ++i) labels.push_back(SeriesOf("series", "i", std::to_string(i)));
    ASSERT_EQ(twin.RoundTrip(*BlockShape::Of(labels)), "") << "round " << round;
  }
}

TEST(BlockRoundTrip, KeepsHostsWhateverHappensToThem) {
  std::mt19937_64 random = SeededRandom();
  const std::vector<Labels> labels = HostLabels();
  const auto shape = BlockShape::Of(labels);
  for (int round = 0; round < 1000; ++round) {
    HostOptions options;
    const double loads[] = {0.05, 0.7, 4, 30, 400};
    options.requests = loads[Below(random, 5)];
    options.resets = Below(random, 2) == 0;
    options.absences = Below(random, 3) == 0;
    options.stale = Below(random, 3) == 0;
    options.spoiled = Below(random, 2) == 0 ? static_cast<int>(Below(random, 5)) : 0;
    const std::size_t ticks = 1 + Below(random, options.requests > 100 ? 60 : 200);
    ASSERT_EQ(RandomHost(random, ticks, options).RoundTrip(*shape), "") << "round " << round;
  }
}

// The labels say nothing true: any label at any column, bounds in any order, some missing, some twice.
TEST(BlockRoundTrip, IsExactWhenTheLabelsMislead) {
  std::mt19937_64 random = SeededRandom();
  for (int round = 0; round < 500; ++round) {
    std::vector<Labels> labels = HostLabels();
    std::shuffle(labels.begin(), labels.end(), random);
    if (Below(random, 2) == 0) labels.resize(Below(random, labels.size()));
    if (Below(random, 2) == 0) labels.push_back(SeriesOf("duration_seconds_bucket", "le", "0.05"));
    if (Below(random, 2) == 0) labels.push_back(SeriesOf("duration_seconds_bucket", "le", "-1"));
    if (Below(random, 2) == 0) labels.push_back(SeriesOf("duration_seconds_bucket", "le", "1e300"));
    HostOptions options;
    options.requests = 5;
    options.resets = Below(random, 2) == 0;
    ASSERT_EQ(RandomHost(random, 1 + Below(random, 100), options).RoundTrip(*BlockShape::Of(labels)), "") << round;
  }
}

TEST(BlockRoundTrip, KeepsTheMostTicksAndColumns) {
  std::mt19937_64 random = SeededRandom();
  BlockTwin twin(RandomTimes(random, kBlockTicksMax), kBlockColumnsMax);
  std::vector<Labels> labels;
  for (std::size_t i = 0; i < kBlockColumnsMax; ++i) {
    labels.push_back(SeriesOf("requests_total", "i", std::to_string(i)));
    if (i % 64 == 1) twin.SetColumn(i, RandomSeries(random, kBlockTicksMax));
  }
  for (std::size_t tick = 0; tick < kBlockTicksMax; ++tick) twin.Set(tick, 0, 1);
  EXPECT_EQ(twin.RoundTrip(*BlockShape::Of(labels)), "");
}

TEST(BlockRoundTrip, FindsStructureThatLabelsOnlyHintAt) {
  std::mt19937_64 random = SeededRandom();
  HostOptions options;
  options.requests = 50;
  const BlockTwin host = RandomHost(random, 480, options);
  std::string with;
  std::string without;
  const std::vector<Labels> labels = HostLabels();
  ASSERT_EQ(host.RoundTrip(*BlockShape::Of(labels), &with), "");
  ASSERT_EQ(host.RoundTrip(*BlockShape::Of({}), &without), "");
  EXPECT_LT(with.size() * 10, without.size() * 9);
}

TEST(BlockRoundTrip, CostsLittleWhenShort) {
  std::mt19937_64 random = SeededRandom();
  const std::vector<Labels> labels = HostLabels();
  const auto shape = BlockShape::Of(labels);
  for (const std::size_t ticks : {1U, 2U, 5U}) {
    HostOptions options;
    options.requests = 0.01;
    std::string block;
    ASSERT_EQ(RandomHost(random, ticks, options).RoundTrip(*shape, &block), "");
    EXPECT_LT(block.size(), 140U) << ticks;  // of this, first values are about 60
  }
}

TEST(BlockRoundTrip, AppendsToWhatIsThere) {
  BlockTwin twin(EveryMinute(1), 1);
  twin.Set(0, 0, std::bit_cast<double>(std::uint64_t{0x7ff0000000000002}));
  std::string out = "before";
  EncodeBlock(kTestKey, *BlockShape::Of({}), twin.Content(), out);
  ASSERT_EQ(out.substr(0, 6), "before");
  BlockReader reader;
  EXPECT_TRUE(reader.Open(kTestKey, std::string_view(out).substr(6), *BlockShape::Of({})));
  EXPECT_EQ(twin.Difference(reader), "");
  EXPECT_FALSE(reader.Open("another key", std::string_view(out).substr(6), *BlockShape::Of({})));
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

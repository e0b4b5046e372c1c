// Damaged blocks: found out by the checksum; and where that is made right again, safe to read.
#include <gtest/gtest.h>

#include "block_series.h"
#include "block_twin.h"
#include "coding.h"
#include "seed.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::size_t kCrcBytes = 4;

std::vector<std::string> Samples(std::mt19937_64& random, const BlockShape& shape) {
  std::vector<std::string> blocks;
  for (const double requests : {0.1, 3.0, 60.0}) {
    HostOptions options;
    options.requests = requests;
    options.resets = options.stale = options.absences = true;
    blocks.emplace_back();
    EXPECT_EQ(RandomHost(random, 50, options).RoundTrip(shape, &blocks.back()), "");
    options.resets = options.stale = options.absences = false;
    blocks.emplace_back();
    EXPECT_EQ(RandomHost(random, 20, options).RoundTrip(shape, &blocks.back()), "");
  }
  return blocks;
}

std::string Resealed(std::string block) {
  block.resize(block.size() - kCrcBytes);
  SealWithCrc(kTestKey, 0, block);
  return block;
}

// Reads all there is; what comes out does not matter, that it ends and stays within the bytes does.
bool ReadAll(BlockReader& reader, const std::string& block, const BlockShape& shape) {
  const std::vector<char> bytes(block.begin(), block.end());
  if (!reader.Open(kTestKey, {bytes.data(), bytes.size()}, shape)) return false;
  EXPECT_LE(reader.ticks(), kBlockTicksMax);
  EXPECT_LE(reader.columns(), kBlockColumnsMax);
  std::vector<std::int64_t> ts_ms;
  std::vector<double> values;
  Presence present;
  bool good = reader.ReadTimestamps(ts_ms);
  for (std::size_t i = 0; i < reader.columns(); ++i) good = reader.ReadColumn(i, values, present) && good;
  return good;
}

TEST(BlockDamage, OfAnySingleBitIsFound) {
  std::mt19937_64 random = SeededRandom();
  const std::vector<Labels> labels = HostLabels();
  const auto shape = BlockShape::Of(labels);
  BlockReader reader;
  for (const std::string& block : Samples(random, *shape)) {
    for (std::size_t bit = 0; bit < 8 * block.size(); ++bit) {
      std::string damaged = block;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      ASSERT_FALSE(reader.Open(kTestKey, damaged, *shape)) << bit;
    }
  }
}

TEST(BlockDamage, UnderARightChecksumIsSafe) {
  std::mt19937_64 random = SeededRandom();
  const std::vector<Labels> labels = HostLabels();
  const auto shape = BlockShape::Of(labels);
  BlockReader reader;
  std::size_t refused = 0;
  std::size_t all = 0;
  for (const std::string& block : Samples(random, *shape)) {
    for (std::size_t bit = 0; bit < 8 * (block.size() - kCrcBytes); ++bit, ++all) {
      std::string damaged = block;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      refused += ReadAll(reader, Resealed(damaged), *shape) ? 0 : 1;
    }
  }
  RecordProperty("refused", static_cast<int>(refused));
  EXPECT_GT(refused, all / 2);  // streams check themselves
}

TEST(BlockDamage, OfAnyLengthIsSafe) {
  std::mt19937_64 random = SeededRandom();
  const std::vector<Labels> labels = HostLabels();
  const auto shape = BlockShape::Of(labels);
  BlockReader reader;
  for (const std::string& block : Samples(random, *shape)) {
    for (std::size_t size = 0; size < block.size(); ++size) {
      EXPECT_FALSE(ReadAll(reader, block.substr(0, size), *shape)) << size;
      if (size < kCrcBytes) continue;
      EXPECT_FALSE(ReadAll(reader, Resealed(block.substr(0, size)), *shape)) << size;
    }
    EXPECT_FALSE(ReadAll(reader, Resealed(block + std::string(kCrcBytes + 1, 'x')), *shape));
  }
}

TEST(BlockDamage, IsNotTakenForANewerFormat) {
  BlockTwin twin(EveryMinute(3), 1);
  twin.SetColumn(0, {1.0, 2.0, 3.0});
  const auto shape = BlockShape::Of({});
  std::string block;
  ASSERT_EQ(twin.RoundTrip(*shape, &block), "");
  block[0] = static_cast<char>(block[0] + 1);
  BlockReader reader;
  EXPECT_FALSE(reader.Open(kTestKey, Resealed(block), *shape));
}

// With other bounds than those it was written with, a sum is refused instead of wrong.
TEST(BlockDamage, OfTheBoundsOfBucketsIsFound) {
  std::mt19937_64 random = SeededRandom();
  std::vector<Labels> labels = HostLabels();
  std::string block;
  ASSERT_EQ(RandomHost(random, 100, {}).RoundTrip(*BlockShape::Of(labels), &block), "");
  labels[6] = SeriesOf("duration_seconds_bucket", "le", "0.02");
  BlockReader reader;
  const auto other = BlockShape::Of(labels);
  ASSERT_TRUE(reader.Open(kTestKey, block, *other));
  std::vector<double> values;
  Presence present;
  EXPECT_FALSE(reader.ReadColumn(16, values, present));
  EXPECT_TRUE(reader.ReadColumn(15, values, present));
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

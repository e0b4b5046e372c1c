// The parts of the block codec by themselves: tables, entropy coder, models.
#include <gtest/gtest.h>

#include <cmath>

#include "codec/ans.h"
#include "codec/differences.h"
#include "codec/distribution.h"
#include "codec/models.h"
#include "codec/numbers.h"
#include "codec/sequence.h"
#include "crc32c.h"
#include "seed.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::uint32_t kTablesCrc = 1460009393;

template <typename Table>
void AddTo(std::uint32_t& crc, const Table& table) {
  crc = Crc32c({reinterpret_cast<const char*>(table.slots.data()), sizeof(table.slots)}, crc);
}

// The tables are part of the format: blocks written with others could not be read.
TEST(BlockModels, TablesAreWhatTheyAlwaysWere) {
  std::uint32_t crc = 0;
  for (const auto& shape : kDistributions.levels) {
    for (const auto& table : shape) AddTo(crc, table);
  }
  for (const auto& shape : kDistributions.errors) {
    for (const auto& table : shape) AddTo(crc, table);
  }
  for (const auto& share : kDistributions.draws) {
    for (const auto& table : share) AddTo(crc, table);
  }
  crc = Crc32c({reinterpret_cast<const char*>(kDistributions.share_class.data()), kDistributions.share_class.size()},
               crc);
  EXPECT_EQ(crc, kTablesCrc);
}

TEST(BlockModels, DrawsCostWhatTheyAreWorth) {
  std::mt19937_64 random = SeededRandom();
  for (const double share : {0.01, 0.07, 0.35, 0.5, 0.93}) {
    for (const std::uint32_t draws : {2U, 8U, 9U, 50U, 1000U}) {
      std::binomial_distribution<std::uint32_t> hits(draws, share);
      CostMeter meter;
      double entropy = 0;
      constexpr int kRounds = 4000;
      for (int i = 0; i < kRounds; ++i) {
        const std::uint32_t k = hits(random);
        CodeDraws(meter, Share(static_cast<std::uint64_t>(share * 65536)), draws, k);
        entropy -= (std::lgamma(draws + 1.0) - std::lgamma(k + 1.0) - std::lgamma(draws - k + 1.0) +
                    k * std::log(share) + (draws - k) * std::log(1 - share)) /
                   M_LN2;
      }
      EXPECT_LT(static_cast<double>(meter.cost()) / 256, entropy * 1.06 + kRounds * 0.02) << share << " of " << draws;
    }
  }
}

TEST(BlockModels, AnyNumberUnderAnyScaleComesBack) {
  std::mt19937_64 random = SeededRandom();
  for (int round = 0; round < 300; ++round) {
    std::vector<std::uint64_t> values(Below(random, 30));
    std::vector<int> scales;
    for (auto& value : values) {
      value = random() >> Below(random, 64);
      scales.push_back(static_cast<int>(Below(random, 300)));
    }
    AnsWriter writer;
    for (std::size_t i = 0; i < values.size(); ++i) {
      CodeLevel(writer, static_cast<LevelShape>(values[i] % kLevelShapes), scales[i], values[i]);
      CodeError(writer, static_cast<ErrorShape>(values[i] % kErrorShapes), scales[i], 0 - values[i]);
    }
    std::string stream;
    writer.Finish(stream);
    AnsReader reader(stream);
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(CodeLevel(reader, static_cast<LevelShape>(values[i] % kLevelShapes), scales[i], 0), values[i]);
      ASSERT_EQ(CodeError(reader, static_cast<ErrorShape>(values[i] % kErrorShapes), scales[i], 0), 0 - values[i]);
    }
    EXPECT_TRUE(reader.complete());
  }
}

TEST(BlockModels, SequencesOfAnyKindComeBack) {
  std::mt19937_64 random = SeededRandom();
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::uint64_t> values(Below(random, 100));
    const std::uint64_t shift = Below(random, 65);
    const std::uint64_t zeros = 1 + Below(random, 40);
    const bool is_signed = Below(random, 2) == 0;
    for (auto& value : values) {
      if (Below(random, zeros) != 0) continue;
      value = shift == 64 ? 0 : random() >> shift;
      if (is_signed && Below(random, 2) == 0) value = 0 - value;
    }
    const SequenceSpec spec = ChooseSequence(values);
    AnsWriter writer;
    WriteSequence(spec, values, writer);
    std::string stream;
    writer.Finish(stream);
    std::vector<std::uint64_t> back(values.size(), 99);
    ASSERT_TRUE(ReadSequence(spec, stream, back)) << round;
    ASSERT_EQ(back, values) << round;
    // Longer by a byte it may be another sequence, or none.
    ASSERT_FALSE(!stream.empty() && ReadSequence(spec, stream + "x", back) && back == values) << round;
  }
}

TEST(BlockModels, NumbersTakeTheFormThatFits) {
  ColumnNumbers numbers;
  const auto form = [&numbers](std::vector<double> values) {
    ToNumbers(values, {}, numbers);
    return numbers.form.form;
  };
  EXPECT_EQ(form({1, 2, -3, 9007199254740991.0}), 0);
  EXPECT_EQ(form({0.1, 2.25, 3}), 2);
  EXPECT_EQ(form({0.000000001, 1}), 9);
  EXPECT_EQ(form({1.0 / 3, 2.0 / 3, 1e-300}), kNumberBits);
  EXPECT_EQ(form({9007199254740992.0, 1e18, 1e19}), kNumberBits);
  EXPECT_EQ(form(std::vector<double>(40, 7.5)), 1);
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

#include "row_codec.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>
#include <utility>
#include <vector>

#include "coding.h"
#include "seed.h"
#include "values.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::string_view kKey = "key";

using Row = std::vector<std::pair<std::uint32_t, std::uint64_t>>;

bool Decode(std::string_view key, std::string_view bytes, Row& row) {
  row.clear();
  return DecodeRow(key, bytes, [&row](std::uint32_t slot, double value) {
    row.emplace_back(slot, std::bit_cast<std::uint64_t>(value));
  });
}

void ExpectRoundTrip(const std::vector<double>& values, const std::vector<std::uint8_t>& present) {
  Row expected;
  for (std::uint32_t slot = 0; slot < values.size(); ++slot) {
    if (present[slot] != 0) expected.emplace_back(slot, std::bit_cast<std::uint64_t>(values[slot]));
  }
  std::string bytes;
  EncodeRow(kKey, values, present, bytes);
  Row row;
  ASSERT_TRUE(Decode(kKey, bytes, row));
  EXPECT_EQ(row, expected);
}

TEST(RowCodec, RoundTripsEveryPresenceOfUpToTenSlots) {
  for (std::size_t slots = 0; slots <= 10; ++slots) {
    for (unsigned mask = 0; mask < (1U << slots); ++mask) {
      std::vector<double> values;
      std::vector<std::uint8_t> present;
      for (std::size_t slot = 0; slot < slots; ++slot) {
        values.push_back(kHardValues[(slot + mask) % kHardValues.size()]);
        present.push_back((mask >> slot) & 1U);
      }
      ExpectRoundTrip(values, present);
    }
  }
}

TEST(RowCodec, RoundTripsRandomRowsToTheBit) {
  std::mt19937_64 random = SeededRandom();
  for (int i = 0; i < 2000; ++i) {
    const std::size_t slots = Below(random, 300);
    const std::uint64_t density = Below(random, 5);
    std::vector<double> values(slots);
    std::vector<std::uint8_t> present(slots);
    for (std::size_t slot = 0; slot < slots; ++slot) {
      values[slot] =
          Below(random, 2) == 0 ? static_cast<double>(random() >> Below(random, 64)) : std::bit_cast<double>(random());
      present[slot] = Below(random, 4) < density ? 1 : 0;
    }
    ExpectRoundTrip(values, present);
  }
}

TEST(RowCodec, AppendsBehindWhatIsThere) {
  std::string bytes = "before";
  EncodeRow(kKey, std::vector<double>{1.0}, std::vector<std::uint8_t>{1}, bytes);
  Row row;
  EXPECT_TRUE(Decode(kKey, std::string_view(bytes).substr(6), row));
  EXPECT_EQ(row.size(), 1U);
}

TEST(RowCodec, RefusesMutatedRowsAndOtherKeys) {
  std::mt19937_64 random = SeededRandom();
  const std::vector<double> values(kHardValues.begin(), kHardValues.end());
  std::vector<std::uint8_t> present(values.size(), 1);
  present[3] = 0;
  std::string bytes;
  EncodeRow(kKey, values, present, bytes);
  Row row;
  ASSERT_TRUE(Decode(kKey, bytes, row));
  EXPECT_FALSE(Decode("kez", bytes, row));
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(Decode(kKey, bytes.substr(0, size), row));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string mutated = bytes;
    mutated[bit / 8] = static_cast<char>(mutated[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(Decode(kKey, mutated, row)) << "bit " << bit;
  }
  for (int i = 0; i < 5000; ++i) {
    std::string mutated = bytes;
    for (std::uint64_t change = 1 + Below(random, 4); change > 0; --change) {
      mutated[Below(random, mutated.size())] = static_cast<char>(random());
    }
    if (mutated != bytes) {
      EXPECT_FALSE(Decode(kKey, mutated, row));
    }
  }
}

// What the checksum would let through if it were right: the decoder itself must not trust anything.
TEST(RowCodec, SurvivesDamageUnderAValidChecksum) {
  std::mt19937_64 random = SeededRandom();
  Row row;
  unsigned refused = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string bytes(Below(random, 40), '\0');
    for (char& c : bytes) c = static_cast<char>(Below(random, 4) == 0 ? random() : Below(random, 4));
    SealWithCrc(kKey, 0, bytes);
    if (!Decode(kKey, bytes, row)) ++refused;
    for (std::size_t k = 1; k < row.size(); ++k) ASSERT_LT(row[k - 1].first, row[k].first);
  }
  EXPECT_GT(refused, 1000U);
  std::string too_many_slots;
  PutVarint(1U << 20U, too_many_slots);
  too_many_slots += '\0';
  SealWithCrc(kKey, 0, too_many_slots);
  EXPECT_FALSE(Decode(kKey, too_many_slots, row));
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

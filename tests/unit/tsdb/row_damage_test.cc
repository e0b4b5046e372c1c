// Damaged rows: found out or harmless, never read out of bounds (a build with sanitizers says so).
#include <memory>

#include "row_log.h"
#include "seed.h"
#include "values.h"

namespace proxy_telemetry::tsdb {
namespace {

// Bytes with nothing readable behind them.
class ExactBytes {
 public:
  explicit ExactBytes(std::string_view bytes) : bytes_(new char[bytes.size()]), size_(bytes.size()) {
    bytes.copy(bytes_.get(), size_);
  }
  std::string_view Get() const { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

bool SameBits(const RowState& a, const RowState& b) {
  if (a.ts_ms != b.ts_ms || a.commit != b.commit) return false;
  for (std::size_t i = 0; i < b.values.size(); ++i) {
    const double before = i < a.values.size() ? a.values[i] : 0;
    if (std::bit_cast<std::uint64_t>(before) != std::bit_cast<std::uint64_t>(b.values[i])) return false;
  }
  for (std::size_t i = 0; i < b.present.size(); ++i) {
    if ((i < a.present.size() ? a.present[i] : 0) != b.present[i]) return false;
  }
  return true;
}

// Reads as far as it goes. What is accepted can be undone to the bit.
std::size_t ReadAll(std::string_view bytes) {
  const ExactBytes exact(bytes);
  std::string_view rest = exact.Get();
  RowState state;
  std::size_t rows = 0;
  while (!rest.empty()) {
    const RowState before = state;
    const std::string_view row_and_rest = rest;
    if (!NextRow(rest, state)) break;
    ++rows;
    EXPECT_LE(state.values.size(), kRowSlotsMax);
    std::string_view row = row_and_rest.substr(0, row_and_rest.size() - rest.size());
    RowState undone = state;
    EXPECT_TRUE(PreviousRow(row, undone));
    EXPECT_TRUE(row.empty());
    EXPECT_TRUE(SameBits(before, undone));
  }
  rest = exact.Get();
  while (!rest.empty() && PreviousRow(rest, state)) {
  }
  return rows;
}

std::string SomeRows(std::mt19937_64& random, std::size_t slots) {
  RowLog log;
  PlainRow row;
  row.samples.resize(slots);
  for (int i = 0; i < 8; ++i) {
    row.ts_ms += 15000;
    ++row.commit;
    for (auto& sample : row.samples) {
      const std::uint64_t choice = Below(random, 8);
      if (choice == 0) sample.reset();
      if (choice == 1) sample = std::bit_cast<std::uint64_t>(kHardValues[Below(random, kHardValues.size())]);
      if (choice > 4) sample = std::bit_cast<std::uint64_t>(static_cast<double>(Below(random, 100)));
    }
    log.Append(row);
  }
  return log.bytes();
}

TEST(DamagedRow, CutAnywhereIsFoundOut) {
  std::mt19937_64 random = SeededRandom();
  const std::string bytes = SomeRows(random, 30);
  const std::size_t rows = ReadAll(bytes);
  ASSERT_EQ(rows, 8U);
  std::size_t whole = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::size_t read = ReadAll(std::string_view(bytes).substr(0, size));
    ASSERT_GE(read, whole);
    ASSERT_LT(read, rows);
    whole = read;
  }
}

TEST(DamagedRow, WithAnyBitFlippedIsReadInBounds) {
  std::mt19937_64 random = SeededRandom();
  for (const std::size_t slots : {1U, 20U, 70U, 300U}) {
    const std::string bytes = SomeRows(random, slots);
    std::size_t refused = 0;
    for (std::size_t bit = 0; bit < std::min<std::size_t>(bytes.size() * 8, 8000); ++bit) {
      std::string mutated = bytes;
      mutated[bit / 8] = static_cast<char>(mutated[bit / 8] ^ (1 << (bit % 8)));
      if (ReadAll(mutated) < 8) ++refused;
    }
    EXPECT_GT(refused, 0U);
  }
}

TEST(DamagedRow, OfRandomBytesIsReadInBounds) {
  std::mt19937_64 random = SeededRandom();
  std::size_t accepted = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string bytes(1 + Below(random, 40), '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    bytes.back() = static_cast<char>(bytes.size() - 1);
    if (i % 2 == 0) bytes[0] = static_cast<char>(Below(random, 256) & 0xc2U);
    accepted += ReadAll(bytes);
  }
  EXPECT_GT(accepted, 10U);  // else nothing behind the head was tried
}

TEST(DamagedRow, ThatGrowsPastTheLimitOrShrinksNothingIsRefused) {
  RowState state;
  const std::string good("\x22\x02\x40\x00\x04", 5);
  std::string_view rows = good;
  ASSERT_TRUE(NextRow(rows, state));
  EXPECT_EQ(state.values.size(), kRowSlotsMax);
  rows = good;
  RowState fresh;
  EXPECT_FALSE(PreviousRow(rows, fresh));
  const std::string bad("\x22\x12\x40\x00\x04", 5);
  rows = bad;
  EXPECT_FALSE(NextRow(rows, state));
  rows = "";
  EXPECT_FALSE(NextRow(rows, state));
  EXPECT_FALSE(PreviousRow(rows, state));
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

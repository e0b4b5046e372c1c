// What rows take, and their bytes, that must never mean another thing.
#include "row_log.h"

namespace proxy_telemetry::tsdb {
namespace {

PlainSamples Samples(const std::vector<double>& values) {
  PlainSamples samples;
  for (const double value : values) samples.emplace_back(std::bit_cast<std::uint64_t>(value));
  return samples;
}

std::string Hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += kDigits[static_cast<unsigned char>(c) >> 4U];
    hex += kDigits[static_cast<unsigned char>(c) & 0xfU];
  }
  return hex;
}

TEST(RowBytes, AreWhatTheyWereWhenTheFormatWasMade) {
  RowLog log;
  PlainRow row{1748736000000, 3, Samples({1, 0, 20.5, 3, 3, 3})};
  log.Append(row);
  row = {1748736015000, 4, Samples({1, 0, 20.501, 4, 4, 5})};
  row.samples[1].reset();
  log.Append(row);
  row = {1748736015000 + 123, 9, Samples({1, 1e5, 1e300, 105, 105, 106})};
  log.Append(row);
  log.Check();
  EXPECT_EQ(
      Hex(log.bytes()),
      "710a009c8c72193060213fd2133e27a0550512e66011222c0e11010871b107051621e2c3f4d3300fbfe57313d04736e093b1199bb119");
}

TEST(RowBytes, OfAnIdleGroupAreTwo) {
  RowLog log;
  PlainRow row{0, 0, Samples(std::vector<double>(20, 12345.678))};
  log.Append(row);
  for (int i = 0; i < 10; ++i) {
    row.ts_ms += 15000;
    ++row.commit;
    log.Append(row);
    EXPECT_EQ(log.RowBytes(log.rows() - 1), 2U);
  }
  log.Check();
}

// One request: a code, the buckets from the eighth on, the sum, the count.
TEST(RowBytes, OfOneRequestAreAtMostTwelve) {
  std::vector<double> values(20, 1000);
  values[16] = 52.123456;
  RowLog log;
  log.Append({0, 0, Samples(values)});
  ++values[0];
  for (std::size_t bucket = 11; bucket < 16; ++bucket) ++values[bucket];
  values[16] = 52.163581;
  ++values[17];
  log.Append({15000, 1, Samples(values)});
  EXPECT_LE(log.RowBytes(1), 12U);
  log.Check();
}

// Decimals are told apart from what only looks like them.
TEST(RowBytes, OfADecimalAreFewerThanOfNoise) {
  RowLog log;
  log.Append({0, 0, Samples({52.123456})});
  log.Append({15000, 1, Samples({52.123999})});
  log.Append({30000, 2, Samples({std::bit_cast<double>(std::bit_cast<std::uint64_t>(52.123999) + 12345)})});
  EXPECT_LE(log.RowBytes(1), 6U);
  EXPECT_GT(log.RowBytes(2), 5U);
  log.Check();
}

// Of 1024 slots: a change costs what is near it, not all slots.
TEST(RowBytes, OfAWideGroupGrowWithWhatChanges) {
  std::vector<double> values(kRowSlotsMax, 1);
  RowLog log;
  log.Append({0, 0, Samples(values)});
  values[1000] = 2;
  log.Append({15000, 1, Samples(values)});
  EXPECT_LE(log.RowBytes(1), 21U);
  log.Check();
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

#include "crc32c.h"

#include <gtest/gtest.h>

#include <string>

#include "seed.h"

namespace proxy_telemetry::tsdb {
namespace {

// RFC 3720, B.4, and the check value of the CRC catalogue.
TEST(Crc32c, HasTheKnownValues) {
  std::string ascending;
  std::string descending;
  for (int i = 0; i < 32; ++i) {
    ascending += static_cast<char>(i);
    descending += static_cast<char>(31 - i);
  }
  for (const auto crc : {Crc32c, Crc32cPortable}) {
    EXPECT_EQ(crc("", 0), 0U);
    EXPECT_EQ(crc("123456789", 0), 0xe3069283U);
    EXPECT_EQ(crc(std::string(32, '\0'), 0), 0x8a9136aaU);
    EXPECT_EQ(crc(std::string(32, '\xff'), 0), 0x62a8ab43U);
    EXPECT_EQ(crc(ascending, 0), 0x46dd794eU);
    EXPECT_EQ(crc(descending, 0), 0x113fdb5cU);
  }
}

TEST(Crc32c, IsTheSameByInstructionAndByTableAndInPieces) {
  std::mt19937_64 random = SeededRandom();
  for (std::size_t size = 0; size < 300; ++size) {
    std::string data(size, '\0');
    for (char& c : data) c = static_cast<char>(random());
    const std::uint32_t whole = Crc32c(data);
    EXPECT_EQ(whole, Crc32cPortable(data)) << size;
    const std::string_view view = data;
    const std::size_t cut = size == 0 ? 0 : Below(random, size);
    EXPECT_EQ(Crc32c(view.substr(cut), Crc32c(view.substr(0, cut))), whole) << size << " cut at " << cut;
  }
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

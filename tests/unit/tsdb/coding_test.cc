#include "coding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "seed.h"

namespace proxy_telemetry::tsdb {
namespace {

std::vector<std::uint64_t> Interesting() {
  std::vector<std::uint64_t> numbers{0};
  for (unsigned bit = 0; bit < 64; ++bit) {
    const std::uint64_t power = std::uint64_t{1} << bit;
    numbers.insert(numbers.end(), {power - 1, power, power + 1});
  }
  return numbers;
}

TEST(Varint, RoundTripsAndRefusesEveryShorterInput) {
  for (const std::uint64_t number : Interesting()) {
    std::string bytes;
    PutVarint(number, bytes);
    std::uint64_t back = ~number;
    std::string_view input = bytes;
    ASSERT_TRUE(GetVarint(input, back));
    EXPECT_EQ(back, number);
    EXPECT_TRUE(input.empty());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      input = std::string_view(bytes).substr(0, size);
      EXPECT_FALSE(GetVarint(input, back)) << number << " cut to " << size;
    }
  }
}

TEST(Varint, RefusesMoreThanSixtyFourBits) {
  std::uint64_t number = 0;
  std::string_view too_large("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10);
  EXPECT_FALSE(GetVarint(too_large, number));
  std::string_view endless("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11);
  EXPECT_FALSE(GetVarint(endless, number));
}

TEST(FixedIntegers, RoundTripSortAsNumbersAndRefuseShorterInput) {
  std::string previous;
  std::vector<std::uint64_t> numbers = Interesting();
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  for (const std::uint64_t number : numbers) {
    std::string bytes;
    PutFixed64(number, bytes);
    ASSERT_EQ(bytes.size(), 8U);
    if (!previous.empty()) {
      EXPECT_LT(previous, bytes);
    }
    previous = bytes;
    std::uint64_t back = 0;
    std::string_view input = bytes;
    ASSERT_TRUE(GetFixed64(input, back));
    EXPECT_EQ(back, number);
    input = std::string_view(bytes).substr(1);
    EXPECT_FALSE(GetFixed64(input, back));
  }
  std::string bytes;
  PutFixed16(0xabcd, bytes);
  PutFixed32(0x01234567, bytes);
  EXPECT_EQ(bytes, "\xab\xcd\x01\x23\x45\x67");
  std::string_view input = bytes;
  std::uint16_t small = 0;
  std::uint32_t large = 0;
  EXPECT_TRUE(GetFixed16(input, small) && GetFixed32(input, large) && input.empty());
  EXPECT_EQ(small, 0xabcdU);
  EXPECT_EQ(large, 0x01234567U);
  EXPECT_FALSE(GetFixed16(input, small) || GetFixed32(input, large));
}

TEST(SignedIntegers, KeepTheirOrderAndValueAsUnsignedOnes) {
  const std::vector<std::int64_t> numbers{INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_EQ(SignedFromSortable(SortableFromSigned(numbers[i])), numbers[i]);
    EXPECT_EQ(UnZigZag(ZigZag(numbers[i])), numbers[i]);
    if (i > 0) {
      EXPECT_LT(SortableFromSigned(numbers[i - 1]), SortableFromSigned(numbers[i]));
    }
  }
  EXPECT_EQ(ZigZag(-1), 1U);
  EXPECT_EQ(ZigZag(1), 2U);
}

TEST(Strings, RoundTripAndNeverReachBeyondTheInput) {
  const std::string text("a\0\xff long", 8);
  std::string bytes;
  PutString(text, bytes);
  PutString("", bytes);
  std::string_view input = bytes;
  std::string_view first;
  std::string_view second = "not empty";
  ASSERT_TRUE(GetString(input, first) && GetString(input, second));
  EXPECT_EQ(first, text);
  EXPECT_EQ(second, "");
  EXPECT_TRUE(input.empty());
  for (std::size_t size = 0; size < text.size() + 1; ++size) {
    input = std::string_view(bytes).substr(0, size);
    EXPECT_FALSE(GetString(input, first)) << size;
  }
  std::string huge;
  PutVarint(UINT64_MAX, huge);
  input = huge;
  EXPECT_FALSE(GetString(input, first));
}

TEST(Seal, RefusesEveryFlippedBitAndEveryOtherKey) {
  std::string sealed = "prefix";
  const std::size_t begin = sealed.size();
  sealed += "content";
  SealWithCrc("key", begin, sealed);
  const std::string value = sealed.substr(begin);
  std::string_view input = value;
  ASSERT_TRUE(CheckCrc("key", input));
  EXPECT_EQ(input, "content");
  input = value;
  EXPECT_FALSE(CheckCrc("kez", input));
  for (std::size_t bit = 0; bit < value.size() * 8; ++bit) {
    std::string damaged = value;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    input = damaged;
    EXPECT_FALSE(CheckCrc("key", input)) << "bit " << bit;
  }
  for (std::size_t size = 0; size < value.size(); ++size) {
    input = std::string_view(value).substr(0, size);
    EXPECT_FALSE(CheckCrc("key", input)) << "cut to " << size;
  }
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

#include "base/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>

namespace proxy_telemetry {
namespace {

// RFC 3629 from the other side: decode by the bits, then refuse what is too long, a surrogate or too high.
std::size_t SlowCharSize(const std::string& text, std::size_t offset) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[offset + i]); };
  std::size_t size = 0;
  std::uint32_t code = 0;
  if ((byte(0) & 0x80U) == 0) return 1;
  if ((byte(0) & 0xe0U) == 0xc0) size = 2, code = byte(0) & 0x1fU;
  if ((byte(0) & 0xf0U) == 0xe0) size = 3, code = byte(0) & 0x0fU;
  if ((byte(0) & 0xf8U) == 0xf0) size = 4, code = byte(0) & 0x07U;
  if (size == 0 || offset + size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
    code = code << 6U | (byte(i) & 0x3fU);
  }
  const std::uint32_t least = size == 2 ? 0x80 : size == 3 ? 0x800 : 0x10000;
  if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return 0;
  return size;
}

TEST(Utf8, AgreesWithASlowDecoderOnAllShortSequences) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      for (const char c : {'\x7f', '\x80', '\xbf', '\xc0'}) {
        for (const char d : {'\x00', '\x80', '\xbf', '\xff'}) {
          const std::string text{static_cast<char>(a), static_cast<char>(b), c, d};
          for (std::size_t size = 1; size <= 4; ++size) {
            const std::string part = text.substr(0, size);
            if (Utf8CharSize(part, 0) != SlowCharSize(part, 0)) FAIL() << a << " " << b << " size " << size;
          }
        }
      }
    }
  }
}

TEST(Utf8, FindsTheFirstInvalidByte) {
  EXPECT_EQ(FindInvalidUtf8(""), std::string_view::npos);
  EXPECT_EQ(FindInvalidUtf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), std::string_view::npos);
  EXPECT_EQ(FindInvalidUtf8("a\xC3"), 1U);
  EXPECT_EQ(FindInvalidUtf8("\xC3\xA9\xA9"), 2U);
  EXPECT_EQ(FindInvalidUtf8("ab\xED\xA0\x80"), 2U);
  EXPECT_EQ(FindInvalidUtf8("\xF4\x90\x80\x80"), 0U);
  EXPECT_EQ(FindInvalidUtf8("\xC0\x80"), 0U);
}

TEST(Utf8, FindsTheFirstInvalidByteAsTheSlowDecoderDoesInRandomText) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string pieces[] = {"a",    "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xED\x9F\xBF",
                                "\xC3", "\x80",     "\xF5"};
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (int i = 0; i < 12; ++i) text += pieces[std::uniform_int_distribution<std::size_t>(0, 7)(random)];
    std::size_t expected = 0;
    while (expected < text.size() && SlowCharSize(text, expected) > 0) expected += SlowCharSize(text, expected);
    ASSERT_EQ(FindInvalidUtf8(text), expected == text.size() ? std::string_view::npos : expected);
  }
}

}  // namespace
}  // namespace proxy_telemetry

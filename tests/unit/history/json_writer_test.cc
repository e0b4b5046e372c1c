#include "json_writer.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>

namespace proxy_telemetry {
namespace {

std::string Number(double value) {
  std::string out;
  AppendJsonNumber(value, out);
  return out;
}

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(text, out);
  return out;
}

struct NumberCase {
  double value;
  const char* json;
};

// The right column was printed by Go's json.NewEncoder.
constexpr NumberCase kGoNumbers[] = {
    {0, "0"},
    {1, "1"},
    {-1, "-1"},
    {0.1, "0.1"},
    {0.5, "0.5"},
    {45.2, "45.2"},
    {100, "100"},
    {1250.5, "1250.5"},
    {4.35, "4.35"},
    {33.333333333333336, "33.333333333333336"},
    {1.0 / 3, "0.3333333333333333"},
    {0.30000000000000004, "0.30000000000000004"},
    {123456.789, "123456.789"},
    {1e-6, "0.000001"},
    {0.0000012, "0.0000012"},
    {0.000001234, "0.000001234"},
    {1e-7, "1e-7"},
    {1.5e-7, "1.5e-7"},
    {1e-9, "1e-9"},
    {1.25e-10, "1.25e-10"},
    {5e-324, "5e-324"},
    {2.2250738585072014e-308, "2.2250738585072014e-308"},
    {1e15, "1000000000000000"},
    {1e17, "100000000000000000"},
    {9007199254740992.0, "9007199254740992"},
    {12345678901234567.0, "12345678901234568"},
    {9223372036854775808.0, "9223372036854776000"},
    {1e20, "100000000000000000000"},
    {123456789012345680000.0, "123456789012345680000"},
    {9.999999999999999e20, "999999999999999900000"},
    {1e21, "1e+21"},
    {1.5e21, "1.5e+21"},
    {1e100, "1e+100"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
};

TEST(JsonWriter, WritesNumbersAsGoDoes) {
  for (const NumberCase& number : kGoNumbers) EXPECT_EQ(Number(number.value), number.json);
}

TEST(JsonWriter, WritesMinusZeroAsZero) { EXPECT_EQ(Number(-0.0), "0"); }

TEST(JsonWriter, WritesNumbersThatReadBackAsTheSameDouble) {
  const unsigned seed = 20240315;
  std::mt19937_64 random(seed);
  for (int i = 0; i < 100'000; ++i) {
    const auto value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const std::string text = Number(value);
    double back = 0;
    std::from_chars(text.data(), text.data() + text.size(), back);
    ASSERT_EQ(back, value) << text << " seed " << seed;
  }
}

TEST(JsonWriter, EscapesWhatGoEscapes) {
  EXPECT_EQ(Quoted("a<b>&c"), "\"a\\u003cb\\u003e\\u0026c\"");
  EXPECT_EQ(Quoted(std::string_view("\b\f\n\r\t\0\x01\x1f\x7f\"\\/'", 13)),
            "\"\\b\\f\\n\\r\\t\\u0000\\u0001\\u001f\x7f\\\"\\\\/'\"");
  EXPECT_EQ(Quoted("\u2028\u2029"), "\"\\u2028\\u2029\"");
}

TEST(JsonWriter, KeepsOtherCharactersAsTheyAre) {
  EXPECT_EQ(Quoted("é€😀\ufffd\u0085\u2027\u202a"), "\"é€😀\ufffd\u0085\u2027\u202a\"");
  EXPECT_EQ(Quoted("\U0010ffff\ud7ff\ue000"), "\"\U0010ffff\ud7ff\ue000\"");
}

TEST(JsonWriter, ReplacesEachByteThatIsNotUtf8) {
  EXPECT_EQ(Quoted("\xff"), "\"\\ufffd\"");
  EXPECT_EQ(Quoted("a\xc3"), "\"a\\ufffd\"");
  EXPECT_EQ(Quoted("\xc3z"), "\"\\ufffdz\"");
  EXPECT_EQ(Quoted("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"");             // a surrogate
  EXPECT_EQ(Quoted("\xc0\x80"), "\"\\ufffd\\ufffd\"");                        // overlong
  EXPECT_EQ(Quoted("\xe0\x80\x80"), "\"\\ufffd\\ufffd\\ufffd\"");             // overlong
  EXPECT_EQ(Quoted("\xf0\x80\x80\x80"), "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");  // overlong
  EXPECT_EQ(Quoted("\xf4\x90\x80\x80"), "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");  // beyond U+10FFFF
  EXPECT_EQ(Quoted("\xe2\x80"), "\"\\ufffd\\ufffd\"");
  EXPECT_EQ(Quoted("\xf0\x9f\x98"), "\"\\ufffd\\ufffd\\ufffd\"");
}

TEST(JsonWriter, WritesIntegers) {
  std::string out;
  AppendJsonInteger(std::numeric_limits<std::int64_t>::min(), out);
  EXPECT_EQ(out, "-9223372036854775808");
}

}  // namespace
}  // namespace proxy_telemetry

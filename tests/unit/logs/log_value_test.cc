#include "logs/log_value.h"

#include <gtest/gtest.h>

#include <string>

#include "logs/log_escape.h"

namespace proxy_telemetry {
namespace {

constexpr TimeUnit kS = TimeUnit::kSeconds;
constexpr TimeUnit kMs = TimeUnit::kMilliseconds;

int StatusOf(std::string_view text) {
  int status = -1;
  return ParseLogStatus(text, status) ? status : -1;
}

TEST(LogValue, StatusIsACodeOrNone) {
  EXPECT_EQ(StatusOf("200"), 200);
  EXPECT_EQ(StatusOf("100"), 100);
  EXPECT_EQ(StatusOf("499"), 499);
  EXPECT_EQ(StatusOf("999"), 999);
  for (const char* none : {"", "-", "000", "0", "-1", "null", "99", "009", "1000", "99999999999999999999"}) {
    EXPECT_EQ(StatusOf(none), 0) << none;
  }
}

TEST(LogValue, StatusThatIsNoNumberIsNoStatus) {
  for (const char* text : {"OK", "20x", "200.0", "--", "2 00", "502, 200", "active"})
    EXPECT_EQ(StatusOf(text), -1) << text;
}

TEST(LogValue, BytesAreWholeAndNotNegative) {
  EXPECT_EQ(ParseLogBytes("0"), 0);
  EXPECT_EQ(ParseLogBytes("17"), 17);
  EXPECT_EQ(ParseLogBytes("+17"), 17);
  EXPECT_EQ(ParseLogBytes("1e3"), 1000);
  EXPECT_EQ(ParseLogBytes("9007199254740992"), kLogBytesMax);
  for (const char* none : {"", "-", "-1", "null", "1.5", "9007199254740994", "1e400", "inf", "nan", "12 ", "x", "1e",
                           "99999999999999999999999999"}) {
    EXPECT_FALSE(ParseLogBytes(none).has_value()) << none;
  }
}

TEST(LogValue, SecondsComeFromEveryUnitExactly) {
  EXPECT_EQ(ParseLogSeconds("0.002", kS), 0.002);
  EXPECT_EQ(ParseLogSeconds("0", kS), 0);
  EXPECT_EQ(ParseLogSeconds("47", kMs), 0.047);
  EXPECT_EQ(ParseLogSeconds("+47", kMs), 0.047);
  EXPECT_EQ(ParseLogSeconds("1407", TimeUnit::kMicroseconds), 0.001407);
  EXPECT_EQ(ParseLogSeconds("4718956", TimeUnit::kNanoseconds), 0.004718956);
  EXPECT_EQ(ParseLogSeconds("4.2e-05", kS), 4.2e-05);
  EXPECT_EQ(ParseLogSeconds(".5", kS), 0.5);
  EXPECT_EQ(ParseLogSeconds("0.00471895600000000000001", kS), 0.004718956);
}

TEST(LogValue, ANamedUnitWins) {
  EXPECT_EQ(ParseLogSeconds("12ms", kS), 0.012);
  EXPECT_DOUBLE_EQ(ParseLogSeconds("4.718956ms", TimeUnit::kNanoseconds).value_or(0), 0.004718956);
  EXPECT_EQ(ParseLogSeconds("300us", kS), 0.0003);
  EXPECT_EQ(ParseLogSeconds("300\xc2\xb5s", kS), 0.0003);
  EXPECT_EQ(ParseLogSeconds("300ns", kS), 3e-7);
  EXPECT_EQ(ParseLogSeconds("1m2.5s", kMs), 62.5);
  EXPECT_EQ(ParseLogSeconds("1h0m1s", kMs), 3601);
  EXPECT_FALSE(ParseLogSeconds("1m2", kS).has_value());
  EXPECT_FALSE(ParseLogSeconds("1 ms", kS).has_value());
  EXPECT_FALSE(ParseLogSeconds("1d", kS).has_value());
}

TEST(LogValue, SecondsThatAreNoTimeAreAbsent) {
  for (const char* none : {"", "-", "-1", "-0.001", "null", "nan", "NaN", "inf", "+Inf", "1e400", "1e300", "x", ".",
                           "0.002,", "0x10", "true"}) {
    EXPECT_FALSE(ParseLogSeconds(none, kS).has_value()) << none;
  }
}

TEST(LogValue, SecondsEndAtTheirLimit) {
  EXPECT_EQ(ParseLogSeconds("604800", kS), kLogSecondsMax);
  EXPECT_FALSE(ParseLogSeconds("604800.001", kS).has_value());
  EXPECT_EQ(ParseLogSeconds("604800000", kMs), kLogSecondsMax);
  EXPECT_FALSE(ParseLogSeconds("604800001", kMs).has_value());
}

TEST(LogValue, TriesOfAnUpstreamAddUp) {
  EXPECT_EQ(ParseLogSecondsList("0.003", kS), 0.003);
  EXPECT_DOUBLE_EQ(*ParseLogSecondsList("0.000, 0.002 : 0.001", kS), 0.003);
  EXPECT_EQ(ParseLogSecondsList("-, 0.002", kS), 0.002);
  EXPECT_EQ(ParseLogSecondsList("0.002, -", kS), 0.002);
  EXPECT_EQ(ParseLogSecondsList("0.002 : ", kS), 0.002);
  EXPECT_EQ(ParseLogSecondsList("-1", kMs), std::nullopt);
  for (const char* none : {"", "-", "-, -", "- : -", ",", "0.001, x", "604800, 1"}) {
    EXPECT_FALSE(ParseLogSecondsList(none, kS).has_value()) << none;
  }
}

std::string Unescaped(std::string_view text) {
  std::string out = "what was there before";
  Unescape(text, out);
  return out;
}

TEST(LogEscape, UndoesWhatProxiesDo) {
  EXPECT_EQ(Unescaped("plain"), "plain");
  EXPECT_EQ(Unescaped(R"(\"\\\/\b\f\n\r\t\v)"), "\"\\/\b\f\n\r\t\v");
  EXPECT_EQ(Unescaped(R"(evil\x22quote\x5C.example)"), "evil\"quote\\.example");
  EXPECT_EQ(Unescaped(R"(caf\xc3\xA9)"), "caf\xc3\xa9");
  EXPECT_EQ(Unescaped(R"(\u0041\u00e9\u20AC)"), "A\xc3\xa9\xe2\x82\xac");
  EXPECT_EQ(Unescaped(R"(\ud83d\ude00!)"), "\xf0\x9f\x98\x80!");
}

TEST(LogEscape, KeepsWhatIsNone) {
  for (const char* text : {R"(\q)", R"(\x2)", R"(\xg0)", R"(\u12)", R"(\u12g4)", "\\"})
    EXPECT_EQ(Unescaped(text), text);
}

TEST(LogEscape, ReplacesLoneSurrogates) {
  EXPECT_EQ(Unescaped(R"(\ud83d)"), "\xef\xbf\xbd");
  EXPECT_EQ(Unescaped(R"(\ude00\ud83d)"), "\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(Unescaped(R"(\ud83dx)"), "\xef\xbf\xbdx");
  EXPECT_EQ(Unescaped(R"(\ud83d\u0041)"),
            "\xef\xbf\xbd"
            "A");
}

}  // namespace
}  // namespace proxy_telemetry

#include "tools/selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/duration.h"

namespace proxy_telemetry::tools {
namespace {

using testing::HasSubstr;

// name|operator|value; of each matcher.
std::string Shown(std::string_view selector) {
  const auto matchers = ParseSelector(selector);
  if (!matchers.ok()) return matchers.status().message();
  std::string out;
  for (const tsdb::Matcher& matcher : *matchers) {
    const char* const operators[] = {"=", "!=", "=~", "!~"};
    out += matcher.name() + "|" + operators[static_cast<int>(matcher.type())] + "|" + matcher.value() + "; ";
  }
  return out;
}

TEST(Selector, ReadsWhatPrometheusReads) {
  EXPECT_EQ(Shown("up"), "__name__|=|up; ");
  EXPECT_EQ(Shown(" a:b "), "__name__|=|a:b; ");
  EXPECT_EQ(Shown("{}"), "");
  EXPECT_EQ(Shown("name{a=\"b\",c=~\"d.*\"}"), "__name__|=|name; a|=|b; c|=~|d.*; ");
  EXPECT_EQ(Shown("{__name__=~'a|b', x != \"\" , y!~`\\d`,}"), "__name__|=~|a|b; x|!=|; y|!~|\\d; ");
  EXPECT_EQ(Shown("{\"my.name\", \"a.b\"=\"\\\"\\n\\u00e9\"}"), "__name__|=|my.name; a.b|=|\"\né; ");
}

TEST(Selector, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(Shown(""), HasSubstr("column 1: expected a metric name or \"{\", got the end"));
  EXPECT_THAT(Shown("9a"), HasSubstr("column 1: expected a metric name, got \"9a\""));
  EXPECT_THAT(Shown("a[5m]"), HasSubstr("expected a metric name, got \"a[5m]\""));
  EXPECT_THAT(Shown("a b"), HasSubstr("column 3: expected the end of the selector"));
  EXPECT_THAT(Shown("a{b}"), HasSubstr("column 4: expected one of = != =~ !~"));
  EXPECT_THAT(Shown("a{b==\"c\"}"), HasSubstr("column 5: expected a value in quotes"));
  EXPECT_THAT(Shown("a{b=c}"), HasSubstr("column 5: expected a value in quotes"));
  EXPECT_THAT(Shown("a{b=\"c}"), HasSubstr("column 5: the string is not closed"));
  EXPECT_THAT(Shown("a{b=\"c\" d=\"e\"}"), HasSubstr("column 9: expected \",\" or \"}\""));
  EXPECT_THAT(Shown("a{b=\"c\""), HasSubstr("column 8: expected \",\" or \"}\""));
  EXPECT_THAT(Shown("a{b=~\"(\"}"), HasSubstr("column 6: "));
  EXPECT_THAT(Shown("a{,}"), HasSubstr("column 3: expected a label name"));
  EXPECT_THAT(Shown("a{b=\"\\q\"}"), HasSubstr("escape"));
  std::string many = "{";
  for (int i = 0; i < 257; ++i) many += "a=\"b\",";
  EXPECT_THAT(Shown(many + "}"), HasSubstr("more than 256 matchers"));
}

TEST(TimeArgument, ReadsUnixSecondsRfc3339AndTimesAgo) {
  constexpr std::int64_t kNowMs = 1'748'736'000'500;
  const auto time = [](std::string_view text) { return *ParseTimeArgument(text, kNowMs); };
  EXPECT_EQ(time("now"), kNowMs);
  EXPECT_EQ(time("1710501000"), 1'710'501'000'000);
  EXPECT_EQ(time("1710501000.25"), 1'710'501'000'250);
  EXPECT_EQ(time("-1d"), kNowMs - kDayMs);
  EXPECT_EQ(time("-1h30m"), kNowMs - 90 * kMinuteMs);
  EXPECT_EQ(time("2024-03-15T11:10:00Z"), 1'710'501'000'000);
  EXPECT_EQ(time("2024-03-15T12:10:00.0019+01:00"), 1'710'501'000'001);
  EXPECT_EQ(time("-1"), -1000);
  for (const char* bad : {"", "x", "1d", "-1x", "2024-03-15", "NaN", "--1d"}) {
    EXPECT_THAT(ParseTimeArgument(bad, kNowMs).status().message(), HasSubstr("is not a time; write")) << bad;
  }
}

}  // namespace
}  // namespace proxy_telemetry::tools

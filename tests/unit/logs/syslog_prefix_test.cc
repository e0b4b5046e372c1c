#include "logs/syslog_prefix.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "log_lines.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kJson = R"({"host":"a: b","status":200})";
constexpr std::string_view kCombined =
    R"(2001:db8:: - - [22/Nov/2026:09:30:53 +0000] "GET / HTTP/1.1" 421 173 "-" "curl: 7")";
constexpr std::string_view kVhostCombined =
    R"(shop.example:443 1.2.3.4 - - [22/Nov/2026:09:30:53 +0000] "GET / HTTP/1.1" 421 173 "-" "-")";
constexpr std::string_view kNotice = "Server be_shop/s3 is DOWN, reason: Layer4 connection problem";

TEST(SyslogPrefix, IsTakenOffEveryMessage) {
  for (const char* prefix : {"",
                             "<190>Nov 22 09:30:41 nginx: ",
                             "<190>Nov 22 09:30:41 vm nginx: ",
                             "<134>Nov  2 09:30:41 haproxy[20748]: ",
                             "<134>Nov 22 09:30:41 lb-1.example haproxy[20748]: ",
                             "<134>Nov 22 09:30:41 fe80::1 haproxy[20748]: ",
                             "<134>Nov 22 09:30:41 ",
                             "<134>Nov 22 2026 09:30:41 vm nginx: ",
                             "<134>Nov 22 09:30:41 2026 vm nginx: ",
                             "<134>Nov 22 09:30:41.123 vm nginx: ",
                             "<190>2026-11-22T09:30:41+01:00 vm nginx: ",
                             "<190>2026-11-22T09:30:41.123456Z nginx: ",
                             "<6>2026-11-22T09:30:41.123+00:00 ",
                             "<6>",
                             "<190>nginx: ",
                             "<134>haproxy[1]: ",
                             "<134>1 2026-11-22T09:29:49.774815+00:00 - haproxy 20748 - - ",
                             "<134>1 - - - - - - ",
                             "<134>1 2026-11-22T09:29:49Z vm app 1 ID7 [a@1 b=\"c\\\"] d\"][e f=\"]\"] ",
                             "<134>1 2026-11-22T09:29:49Z vm app 1 - - \xef\xbb\xbf",
                             "Nov 22 09:30:41 vm nginx: ",
                             "Nov 22 09:30:41 haproxy[12]: "}) {
    for (const std::string_view message : {kJson, kCombined, kVhostCombined, kNotice}) {
      const std::string datagram = prefix + std::string(message);
      EXPECT_EQ(StripSyslogPrefix(datagram), message) << datagram;
      for (const std::string_view end :
           {std::string_view("\n"), std::string_view("\0", 1), std::string_view("\r\n\0", 3)}) {
        EXPECT_EQ(StripSyslogPrefix(datagram + std::string(end)), message) << datagram;
      }
    }
  }
}

TEST(SyslogPrefix, IsTakenOffJsonWithAnIsoTimeOrACookieToo) {
  for (const char* prefix : {"2026-11-22T09:30:41.123456+00:00 vm nginx: ", "2026-11-22T09:30:41Z ",
                             "<190>Nov 22 09:30:41 nginx: @cee: ", "<190>Nov 22 09:30:41 nginx: @cee:"}) {
    const std::string datagram = prefix + std::string(kJson);
    EXPECT_EQ(StripSyslogPrefix(datagram), kJson) << datagram;
  }
}

TEST(SyslogPrefix, IsNotSeenWhereThereIsNone) {
  for (const std::string_view line :
       {std::string_view("2026-11-22T09:30:41+00:00 shop.example 200"), std::string_view("Nov 22 shop.example 200"),
        std::string_view("Nov 22 09:30:41 shop.example 200"), std::string_view("<1234>x"), std::string_view("<192>x"),
        std::string_view("<>x"), std::string_view("<19"), std::string_view("<a>x"), std::string_view("nginx: x"),
        std::string_view("Nov/1 - - [x]"), std::string_view("")}) {
    EXPECT_EQ(StripSyslogPrefix(line), line);
  }
}

TEST(SyslogPrefix, OfA5424HeaderThatIsNotWholeLeavesTheRest) {
  EXPECT_EQ(StripSyslogPrefix("<134>1 2026-11-22T09:29:49Z vm app 1 - [a b=\"c\" x"),
            "1 2026-11-22T09:29:49Z vm app 1 - [a b=\"c\" x");
  EXPECT_EQ(StripSyslogPrefix("<134>1 2026-11-22T09:29:49Z vm app"), "1 2026-11-22T09:29:49Z vm app");
  EXPECT_EQ(StripSyslogPrefix("<134>1 2026-11-22T09:29:49Z vm app 1 - -"), "");
  EXPECT_EQ(StripSyslogPrefix("<134>1 1.2.3.4 - - [x] \"y\" 200"), "1 1.2.3.4 - - [x] \"y\" 200");
}

TEST(SyslogPrefix, StripsNothingOfLinesInFiles) {
  for (const char* fixture : {"nginx122-access-json.log", "nginx122-access-vcombined.log", "caddy262-access.json",
                              "apache24-access-json.log"}) {
    for (const std::string& line : LinesOf(fixture)) ASSERT_EQ(StripSyslogPrefix(line), line);
  }
}

TEST(SyslogPrefix, OfBytesAtRandomGivesAnEndOfThem) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  constexpr std::string_view kPieces[] = {
      "<190>", "Nov 22 09:30:41", " ",     "1 ", "-", "nginx", ":", "[", "]", "\"", "\\", "2026-11-22T09:30:41", "Z",
      "{",     "\xef\xbb\xbf",    "@cee:", "\n", "<"};
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    for (std::size_t i = random() % 12; i > 0; --i) text += kPieces[random() % std::size(kPieces)];
    const std::string_view message = StripSyslogPrefix(text);
    std::string_view trimmed = text;
    while (trimmed.ends_with('\n')) trimmed.remove_suffix(1);
    ASSERT_TRUE(trimmed.ends_with(message)) << text;
  }
}

}  // namespace
}  // namespace proxy_telemetry

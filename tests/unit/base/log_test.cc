#include "base/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "base/utf8.h"

namespace proxy_telemetry {
namespace {

std::string Logfmt(std::string_view message, LogFields fields = {}) {
  return FormatLogLine(LogFormat::kLogfmt, "T", LogLevel::kInfo, message, fields);
}
std::string Json(std::string_view message, LogFields fields = {}) {
  return FormatLogLine(LogFormat::kJson, "T", LogLevel::kInfo, message, fields);
}

TEST(Log, LogfmtQuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(Logfmt("started"), "ts=T level=info msg=started");
  EXPECT_EQ(Logfmt("scrape failed", {{"job", "edge"}, {"code", 503}, {"ok", false}, {"n", -1}}),
            "ts=T level=info msg=\"scrape failed\" job=edge code=503 ok=false n=-1");
  EXPECT_EQ(Logfmt(""), "ts=T level=info msg=\"\"");
  EXPECT_EQ(Logfmt("a=b"), "ts=T level=info msg=\"a=b\"");
  EXPECT_EQ(Logfmt("http://[::1]:80/x?y"), "ts=T level=info msg=http://[::1]:80/x?y");
}

TEST(Log, EscapesWhatWouldBreakTheLine) {
  EXPECT_EQ(Logfmt("a\nb\"c\\d\te\x01\x7f"), R"(ts=T level=info msg="a\nb\"c\\d\u0009e\u0001\u007f")");
  EXPECT_EQ(Logfmt(std::string_view("\0", 1)), R"(ts=T level=info msg="\u0000")");
  // U+009B is an escape sequence's start for some terminals.
  EXPECT_EQ(Logfmt("\xC2\x9B\xC2\xA0"), "ts=T level=info msg=\"\\u009b\xC2\xA0\"");
}

TEST(Log, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(Logfmt("a\xFFz"), "ts=T level=info msg=\"a\xEF\xBF\xBDz\"");
  EXPECT_EQ(Json("\xC3\xA9\xC3"), "{\"ts\":\"T\",\"level\":\"info\",\"msg\":\"\xC3\xA9\xEF\xBF\xBD\"}");
  EXPECT_EQ(Json("\xED\xA0\x80"), "{\"ts\":\"T\",\"level\":\"info\",\"msg\":\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"}");
}

TEST(Log, NamesEveryLevel) {
  for (const auto& [level, name] : {std::pair{LogLevel::kDebug, "debug"}, std::pair{LogLevel::kInfo, "info"},
                                    std::pair{LogLevel::kWarn, "warn"}, std::pair{LogLevel::kError, "error"}}) {
    EXPECT_EQ(FormatLogLine(LogFormat::kLogfmt, "T", level, "m", {}), std::string("ts=T level=") + name + " msg=m");
  }
}

TEST(Log, JsonKeepsTextAndOrder) {
  EXPECT_EQ(Json("a b", {{"z", "1"}, {"a", true}}), R"({"ts":"T","level":"info","msg":"a b","z":"1","a":"true"})");
}

TEST(Log, AnyBytesGiveOneLineOfValidJsonThatSaysTheSame) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes;
    for (int i = std::uniform_int_distribution<int>(0, 30)(random); i > 0; --i) {
      bytes += static_cast<char>(std::uniform_int_distribution<int>(0, 255)(random));
    }
    const std::string line = Json(bytes, {{"key", bytes}});
    ASSERT_EQ(line.find('\n'), std::string::npos);
    const nlohmann::json parsed = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    ASSERT_TRUE(parsed.is_object()) << line;
    ASSERT_EQ(parsed["msg"], parsed["key"]);
    if (FindInvalidUtf8(bytes) == std::string::npos) {
      ASSERT_EQ(parsed["msg"], bytes);
    }
    ASSERT_EQ(FindInvalidUtf8(Logfmt(bytes)), std::string::npos);
  }
}

TEST(Log, ParsesItsFlags) {
  EXPECT_EQ(*ParseLogLevel("debug"), LogLevel::kDebug);
  EXPECT_EQ(*ParseLogLevel("info"), LogLevel::kInfo);
  EXPECT_EQ(*ParseLogLevel("warn"), LogLevel::kWarn);
  EXPECT_EQ(*ParseLogLevel("error"), LogLevel::kError);
  EXPECT_EQ(ParseLogLevel("INFO").status().message(), "\"INFO\" is not a log level; use debug, info, warn or error");
  EXPECT_EQ(*ParseLogFormat("logfmt"), LogFormat::kLogfmt);
  EXPECT_EQ(*ParseLogFormat("json"), LogFormat::kJson);
  EXPECT_EQ(ParseLogFormat("xml").status().message(), "\"xml\" is not a log format; use logfmt or json");
}

TEST(Log, WritesFromItsLevelUpwardsToStderr) {
  InitLog(LogLevel::kWarn, LogFormat::kJson);
  testing::internal::CaptureStderr();
  LogInfo("not shown");
  LogWarn("shown", {{"job", "edge"}});
  LogError("shown too");
  const std::string written = testing::internal::GetCapturedStderr();
  InitLog(LogLevel::kInfo, LogFormat::kLogfmt);
  const std::size_t first_end = written.find('\n');
  ASSERT_NE(first_end, std::string::npos);
  const nlohmann::json first = nlohmann::json::parse(written.substr(0, first_end), nullptr, false);
  ASSERT_TRUE(first.is_object()) << written;
  EXPECT_EQ(first["level"], "warn");
  EXPECT_EQ(first["msg"], "shown");
  EXPECT_EQ(first["job"], "edge");
  EXPECT_EQ(first["ts"].get<std::string>().size(), std::string("2024-03-15T10:30:00.000Z").size());
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 2);
}

}  // namespace
}  // namespace proxy_telemetry

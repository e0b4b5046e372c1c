#include "base/duration.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace proxy_telemetry {
namespace {

constexpr std::int64_t kLongestMs = std::numeric_limits<std::int64_t>::max() / 1'000'000;

std::int64_t Parsed(const std::string& text) {
  const Result<std::int64_t> duration = ParseDurationMs(text);
  EXPECT_TRUE(duration.ok()) << text << ": " << duration.status().message();
  return duration.ok() ? *duration : -1;
}

std::string Refusal(const std::string& text) {
  const Result<std::int64_t> duration = ParseDurationMs(text);
  EXPECT_EQ(duration.status().code(), StatusCode::kInvalidArgument) << text;
  return duration.status().message();
}

TEST(Duration, ReadsTheFormsOfPrometheus) {
  const std::vector<std::pair<std::string, std::int64_t>> good{
      {"0", 0},
      {"0s", 0},
      {"1ms", 1},
      {"15s", 15'000},
      {"1m30s", 90'000},
      {"90s", 90'000},
      {"1h", 3'600'000},
      {"1d", 86'400'000},
      {"1w", 604'800'000},
      {"1y", 31'536'000'000},
      {"1y2w3d4h5m6s7ms", ((((365LL + 14 + 3) * 24 + 4) * 60 + 5) * 60 + 6) * 1000 + 7},
      {"1d0h", 86'400'000},
      {"007s", 7'000},
  };
  for (const auto& [text, ms] : good) EXPECT_EQ(Parsed(text), ms) << text;
}

TEST(Duration, RefusesEverythingElse) {
  for (const std::string text :
       {"",     " ",    "15",   "00",   "s",     "1",   "1.5s", "-1s",  "+1s", "1s ",  " 1s",  "1 s", "1S",
        "1sec", "1s1m", "1s1s", "1m1m", "1ms1s", "1us", "1ns",  "1min", "1M",  "0x1s", "1e3s", "1s1"}) {
    EXPECT_EQ(Refusal(text), "\"" + text + "\" is not a duration; write for example 15s, 1m30s, 6h or 30d");
  }
  EXPECT_FALSE(ParseDurationMs(std::string_view("1s\0", 3)).ok());
}

TEST(Duration, EndsAtTheNanosecondsOfAnInt64) {
  EXPECT_EQ(Parsed("9223372036854ms"), kLongestMs);
  EXPECT_EQ(Parsed("292y"), 292LL * 365 * 86'400'000);
  for (const std::string text : {"9223372036855ms", "293y", "292y200d", "9223372036s855ms", "999999999999999999y"}) {
    EXPECT_EQ(Refusal(text), "\"" + text + "\" is too long a duration; at most 292 years");
  }
  EXPECT_FALSE(ParseDurationMs("99999999999999999999s").ok());
}

TEST(Duration, PrintsAsPrometheusDoes) {
  const std::vector<std::pair<std::int64_t, std::string>> printed{{0, "0s"},
                                                                  {1, "1ms"},
                                                                  {999, "999ms"},
                                                                  {1'000, "1s"},
                                                                  {90'000, "1m30s"},
                                                                  {3'600'000, "1h"},
                                                                  {86'400'000, "1d"},
                                                                  {604'800'000, "1w"},
                                                                  {691'200'000, "8d"},
                                                                  {7'776'000'000, "90d"},
                                                                  {31'536'000'000, "1y"},
                                                                  {31'622'400'000, "366d"},
                                                                  {90'061'001, "1d1h1m1s1ms"}};
  for (const auto& [ms, text] : printed) EXPECT_EQ(FormatDurationMs(ms), text);
}

TEST(Duration, OfAnyLengthReadsBackAsItself) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (std::int64_t limit = 10; limit < kLongestMs; limit *= 10) {
    for (int round = 0; round < 500; ++round) {
      const std::int64_t ms = std::uniform_int_distribution<std::int64_t>(0, limit)(random);
      ASSERT_EQ(Parsed(FormatDurationMs(ms)), ms);
    }
  }
  for (std::int64_t ms = 0; ms < 200'000; ++ms) ASSERT_EQ(Parsed(FormatDurationMs(ms)), ms);
  EXPECT_EQ(Parsed(FormatDurationMs(kLongestMs)), kLongestMs);
}

}  // namespace
}  // namespace proxy_telemetry

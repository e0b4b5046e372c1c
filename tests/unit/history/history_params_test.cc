#include "history_params.h"

#include <gtest/gtest.h>

#include "base/duration.h"
#include "base/unix_time.h"

namespace proxy_telemetry::history {
namespace {

constexpr std::int64_t kNowMs = 1'710'504'600'750;  // 2024-03-15T12:10:00.750Z
constexpr std::int64_t kNowS = 1'710'504'600;

HttpRequest Request(HttpFields query) {
  HttpRequest request;
  request.query = std::move(query);
  request.query.emplace_back("host", "h");
  return request;
}

HistoryParams Parsed(HttpFields query) {
  Result<HistoryParams> params = ParseHistoryParams(Request(std::move(query)), kNowMs, Aggregate::kFirst);
  EXPECT_TRUE(params.ok()) << params.status().message();
  return params.ok() ? *params : HistoryParams{};
}

std::string ErrorOf(HttpFields query) {
  return ParseHistoryParams(Request(std::move(query)), kNowMs, Aggregate::kFirst).status().message();
}

TEST(HistoryParams, TrimSpaceTakesWhatGoTakes) {
  const char* spaces[] = {" ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\u0085", "\u00a0", "\u1680",
                          "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
                          "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};
  for (const std::string space : spaces) {
    EXPECT_EQ(TrimSpace(space + "a" + space + "b" + space + space), "a" + space + "b");
    EXPECT_EQ(TrimSpace(space + space), "");
  }
  std::string all;
  for (const char* space : spaces) all += space;
  EXPECT_EQ(TrimSpace(all + "x" + all), "x");
}

TEST(HistoryParams, TrimSpaceKeepsEverythingElse) {
  for (const std::string_view text : {"\u200b", "\u180e", "\ufeff", "\x85", "\xa0", "\xc2", "\x1c", "\x7f", "\u2060"}) {
    EXPECT_EQ(TrimSpace(text), text);
  }
  EXPECT_EQ(TrimSpace(std::string_view("\0 ", 2)), std::string_view("\0", 1));
  EXPECT_EQ(TrimSpace(""), "");
}

struct RangeCase {
  const char* key;
  const char* label;
  std::int64_t duration_s;
  std::int64_t step_s;
};
constexpr RangeCase kContractRanges[] = {{"30m", "30 minutes", 1800, 60},     {"1h", "1 hour", 3600, 60},
                                         {"6h", "6 hours", 21'600, 300},      {"24h", "24 hours", 86'400, 900},
                                         {"7d", "7 days", 604'800, 3600},     {"30d", "30 days", 2'592'000, 21'600},
                                         {"1y", "1 year", 31'536'000, 86'400}};

TEST(HistoryParams, KnowsEveryRangeOfTheContract) {
  ASSERT_EQ(KnownRanges().size(), std::size(kContractRanges));
  for (const RangeCase& range : kContractRanges) {
    const HistoryParams params = Parsed({{"range", range.key}});
    EXPECT_EQ(params.range_label, range.label);
    EXPECT_EQ(params.query.start_ms, (kNowS - range.duration_s) * 1000) << range.key;
    EXPECT_EQ(params.query.step_ms, range.step_s * 1000);
    EXPECT_LE(range.step_s, range.duration_s);
  }
}

TEST(HistoryParams, DefaultsToOneHour) {
  EXPECT_EQ(Parsed({}).range_label, "1 hour");
  EXPECT_EQ(Parsed({{"range", ""}}).range_label, "1 hour");
}

TEST(HistoryParams, RefusesOtherRanges) {
  for (const char* range : {"999y", "1H", " 1h", "1h ", "60m", "1", "24h0m"}) {
    EXPECT_EQ(ErrorOf({{"range", range}}), "invalid range; use 30m, 1h, 6h, 24h, 7d, 30d, or 1y");
  }
}

TEST(HistoryParams, LeavesTheKnownRangesOpenTowardsTheFuture) {
  EXPECT_GT(Parsed({}).query.end_ms, kNowMs);
  EXPECT_EQ(Parsed({{"start", "0"}, {"step", "1d"}, {"range", "1y"}, {"end", "86400"}}).query.end_ms, 86'400'999);
}

TEST(HistoryParams, TakesTheSecondsOfAWindowInclusively) {
  const HistoryParams whole = Parsed({{"start", "100"}, {"end", "200"}});
  EXPECT_EQ(whole.query.start_ms, 100'000);
  EXPECT_EQ(whole.query.end_ms, 200'999);
  EXPECT_EQ(whole.range_label, "custom");
  const HistoryParams fractional = Parsed({{"start", "100.25"}, {"end", "200.75"}});
  EXPECT_EQ(fractional.query.start_ms, 101'000);
  EXPECT_EQ(fractional.query.end_ms, 200'999);
  const HistoryParams one = Parsed({{"start", "100"}, {"end", "100"}});
  EXPECT_EQ(one.query.start_ms, 100'000);
  EXPECT_EQ(one.query.end_ms, 100'999);
}

TEST(HistoryParams, FillsInTheMissingEndOfAWindow) {
  const HistoryParams from = Parsed({{"start", std::to_string(kNowS - 5000)}});
  EXPECT_EQ(from.query.start_ms, (kNowS - 5000) * 1000);
  EXPECT_EQ(from.query.end_ms, kNowS * 1000 + 999);
  EXPECT_EQ(from.query.step_ms, 5 * kMinuteMs);
  const HistoryParams until = Parsed({{"end", "100000"}, {"range", "6h"}});
  EXPECT_EQ(until.query.start_ms, 78'400'000);
  EXPECT_EQ(until.query.end_ms, 100'000'999);
  EXPECT_EQ(until.query.step_ms, 5 * kMinuteMs);
  EXPECT_EQ(until.range_label, "custom");
}

TEST(HistoryParams, TakesTheStepOfTheShortestRangeThatCoversTheWindow) {
  const auto step_of = [](std::int64_t seconds) {
    return Parsed({{"start", "0"}, {"end", std::to_string(seconds)}}).query.step_ms / 1000;
  };
  EXPECT_EQ(step_of(1), 60);
  EXPECT_EQ(step_of(3600), 60);
  EXPECT_EQ(step_of(3601), 300);
  EXPECT_EQ(step_of(86'400), 900);
  EXPECT_EQ(step_of(7 * 86'400), 3600);
  EXPECT_EQ(step_of(30 * 86'400), 21'600);
  EXPECT_EQ(step_of(31'536'000), 86'400);
  EXPECT_EQ(step_of(10'000LL * 86'400), 86'400);
  EXPECT_EQ(step_of(20'000LL * 86'400), 2 * 86'400);
}

TEST(HistoryParams, NeverRefusesAWindowWithoutAStepForItsPoints) {
  for (std::int64_t days = 10'990; days < 11'010; ++days) {
    for (const std::int64_t second : {0, 1, 86'399}) {
      Parsed({{"start", "86399"}, {"end", std::to_string(days * 86'400 + second)}});
    }
  }
  Parsed({{"start", "0000-01-01T00:00:00Z"}, {"end", "9999-12-31T23:59:59Z"}});
}

TEST(HistoryParams, ReadsSteps) {
  EXPECT_EQ(Parsed({{"step", "1"}}).query.step_ms, 1000);
  EXPECT_EQ(Parsed({{"step", "90"}}).query.step_ms, 90'000);
  EXPECT_EQ(Parsed({{"step", "1.5"}}).query.step_ms, 1500);
  EXPECT_EQ(Parsed({{"step", "1s"}}).query.step_ms, 1000);
  EXPECT_EQ(Parsed({{"step", "1500ms"}}).query.step_ms, 1500);
  EXPECT_EQ(Parsed({{"step", "1m30s"}}).query.step_ms, 90'000);
  EXPECT_EQ(Parsed({{"step", "1y"}}).query.step_ms, 365 * kDayMs);
}

TEST(HistoryParams, RefusesBadSteps) {
  for (const char* step : {"0", "0.5", "999ms", "-1", "-5m", "5x", "m", "1e400", "nan", "inf", "1e3", "99999999999999",
                           " 5m", "5m ", "5M", "1h1d"}) {
    EXPECT_TRUE(ErrorOf({{"step", step}}).starts_with("invalid step; ")) << step;
  }
}

TEST(HistoryParams, RefusesMoreThanElevenThousandPoints) {
  EXPECT_EQ(ErrorOf({{"start", "0"}, {"end", "10999"}, {"step", "1"}}), "");
  EXPECT_TRUE(ErrorOf({{"start", "0"}, {"end", "11000"}, {"step", "1"}}).starts_with("invalid step; "));
  // Ten thousand nine hundred ninety-nine and a half steps that touch 11,001 buckets.
  EXPECT_TRUE(ErrorOf({{"start", "1"}, {"end", "22000"}, {"step", "2"}}).starts_with("invalid step; "));
  EXPECT_TRUE(ErrorOf({{"range", "1y"}, {"step", "60"}}).starts_with("invalid step; "));
}

TEST(HistoryParams, RefusesBadTimes) {
  for (const std::string name : {"start", "end"}) {
    for (const char* text : {"x", "1710501000x", "2024-03-15", "1e400", "nan", "-inf", "2024-13-01T00:00:00Z", "+1"}) {
      EXPECT_TRUE(ErrorOf({{name, text}}).starts_with("invalid " + name + "; use ")) << text;
    }
  }
}

TEST(HistoryParams, RefusesAnEndBeforeTheStart) {
  EXPECT_EQ(ErrorOf({{"start", "200"}, {"end", "199"}}), "invalid end; it is before start");
  EXPECT_EQ(ErrorOf({{"start", "200.5"}, {"end", "200.25"}}), "invalid end; it is before start");
  EXPECT_EQ(ErrorOf({{"start", std::to_string(kNowS + 1)}}), "invalid start; it is later than now");
}

TEST(HistoryParams, ReadsAggregates) {
  EXPECT_EQ(Parsed({{"aggregate", "first"}}).query.aggregate, Aggregate::kFirst);
  EXPECT_EQ(Parsed({{"aggregate", "last"}}).query.aggregate, Aggregate::kLast);
  EXPECT_EQ(Parsed({{"aggregate", "max"}}).query.aggregate, Aggregate::kMax);
  EXPECT_EQ(Parsed({{"aggregate", "avg"}}).query.aggregate, Aggregate::kAvg);
  for (const char* aggregate : {"First", "min", "sum", " avg"}) {
    EXPECT_EQ(ErrorOf({{"aggregate", aggregate}}), "invalid aggregate; use first, last, max, or avg");
  }
  const auto by_default = ParseHistoryParams(Request({{"aggregate", ""}}), kNowMs, Aggregate::kMax);
  EXPECT_EQ(by_default->query.aggregate, Aggregate::kMax);
}

TEST(HistoryParams, TakesEmptyParametersAsNotGiven) {
  const HistoryParams params =
      Parsed({{"start", ""}, {"end", ""}, {"step", ""}, {"aggregate", ""}, {"job", ""}, {"instance", ""}});
  EXPECT_EQ(params.range_label, "1 hour");
  EXPECT_EQ(params.query.step_ms, kMinuteMs);
  EXPECT_FALSE(params.query.job);
  EXPECT_FALSE(params.query.instance);
}

TEST(HistoryParams, LooksAtParametersInOrder) {
  HttpFields all = {{"range", "x"}, {"start", "x"}, {"end", "x"}, {"step", "x"}, {"aggregate", "x"}};
  HttpRequest without_host;
  without_host.query = all;
  EXPECT_EQ(ParseHistoryParams(without_host, kNowMs, Aggregate::kFirst).status().message(), "host parameter required");
  for (const char* name : {"range", "start", "end", "step", "aggregate"}) {
    EXPECT_TRUE(ErrorOf(all).starts_with("invalid " + std::string(name) + ";")) << ErrorOf(all);
    all.erase(all.begin());
  }
  EXPECT_EQ(ErrorOf({{"start", "2"}, {"end", "1"}, {"step", "x"}}), "invalid end; it is before start");
  EXPECT_EQ(ErrorOf({{"range", "1y"}, {"step", "1"}, {"aggregate", "x"}}),
            "invalid aggregate; use first, last, max, or avg");
}

TEST(HistoryParams, CountsTheFirstOfRepeatedParameters) {
  EXPECT_EQ(Parsed({{"range", "6h"}, {"range", "x"}, {"step", "60"}, {"step", "0"}}).range_label, "6 hours");
  EXPECT_EQ(Parsed({{"range", ""}, {"range", "6h"}}).range_label, "1 hour");
}

struct TimeCase {
  const char* text;
  std::int64_t seconds;
  std::int32_t nanos;
};
constexpr TimeCase kTimes[] = {
    {"1710501000", 1'710'501'000, 0},
    {"1710501000.5", 1'710'501'000, 500'000'000},
    {"-1.25", -2, 750'000'000},
    {"0", 0, 0},
    {"1e3", 1000, 0},
    {"1970-01-01T00:00:00Z", 0, 0},
    {"2024-03-15T11:10:00Z", 1'710'501'000, 0},
    {"2024-03-15t11:10:00z", 1'710'501'000, 0},
    {"2024-03-15T12:10:00+01:00", 1'710'501'000, 0},
    {"2024-03-15T05:40:00-05:30", 1'710'501'000, 0},
    {"2024-03-15T11:10:00.25Z", 1'710'501'000, 250'000'000},
    {"2024-03-15T11:10:00.1234567899Z", 1'710'501'000, 123'456'789},
    {"2024-02-29T00:00:00Z", 1'709'164'800, 0},
    {"1969-12-31T23:59:59.75Z", -1, 750'000'000},
    {"9999-12-31T23:59:59Z", 253'402'300'799, 0},
    {"0000-01-01T00:00:00Z", -62'167'219'200, 0},
};

TEST(HistoryTime, ReadsUnixSecondsAndRfc3339) {
  for (const TimeCase& time : kTimes) {
    const auto parsed = ParseUnixTime(time.text);
    ASSERT_TRUE(parsed) << time.text;
    EXPECT_EQ(parsed->seconds, time.seconds) << time.text;
    EXPECT_EQ(parsed->nanos, time.nanos) << time.text;
  }
}

TEST(HistoryTime, RefusesEverythingElse) {
  for (const char* text : {"",
                           " ",
                           "now",
                           "0x10",
                           "1710501000 ",
                           " 1710501000",
                           "12:00",
                           "2024-03-15",
                           "2024-03-15T11:10Z",
                           "2024-03-15T11:10:00",
                           "2024-03-15 11:10:00Z",
                           "2024-02-30T00:00:00Z",
                           "2023-02-29T00:00:00Z",
                           "2024-00-01T00:00:00Z",
                           "2024-03-15T24:00:00Z",
                           "2024-03-15T11:60:00Z",
                           "2024-03-15T11:10:60Z",
                           "2024-03-15T11:10:00.Z",
                           "2024-03-15T11:10:00+0100",
                           "2024-03-15T11:10:00+24:00",
                           "2024-03-15T11:10:00+01:60",
                           "2024-03-15T11:10:00Zx",
                           "2024-3-15T11:10:00Z",
                           "253402300800",
                           "-62167219201",
                           "1e300",
                           "inf",
                           "nan",
                           "9999-12-31T23:59:59-00:01"}) {
    EXPECT_FALSE(ParseUnixTime(text)) << text;
  }
}

}  // namespace
}  // namespace proxy_telemetry::history

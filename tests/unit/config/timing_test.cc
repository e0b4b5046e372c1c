// Intervals and timeouts, where they are written and where they come from above.
#include <cstdint>
#include <string>

#include "load.h"

namespace proxy_telemetry {
namespace {

struct Case {
  std::string global_interval, global_timeout, job_interval, job_timeout;  // "" = not written
};

std::string Text(const Case& c) {
  const auto line = [](const char* key, const std::string& value) {
    return value.empty() ? std::string() : std::string(key) + value + ", ";
  };
  return "global: {" + line("scrape_interval: ", c.global_interval) + line("scrape_timeout: ", c.global_timeout) +
         "}\nscrape_configs:\n  - {job_name: a, " + line("scrape_interval: ", c.job_interval) +
         line("scrape_timeout: ", c.job_timeout) + "}\n";
}

void ExpectTiming(const Case& c, std::int64_t interval_ms, std::int64_t timeout_ms) {
  const Config config = Good(Text(c));
  ASSERT_EQ(config.scrape_configs.size(), 1U);
  EXPECT_EQ(config.scrape_configs[0].scrape_interval_ms, interval_ms) << Text(c);
  EXPECT_EQ(config.scrape_configs[0].scrape_timeout_ms, timeout_ms) << Text(c);
}

TEST(Timing, InheritsFromGlobalAndCutsWhatItInherits) {
  ExpectTiming({"", "", "", ""}, 60'000, 10'000);
  ExpectTiming({"5s", "", "", ""}, 5'000, 5'000);
  ExpectTiming({"5s", "5s", "", ""}, 5'000, 5'000);
  ExpectTiming({"", "", "5s", ""}, 5'000, 5'000);
  ExpectTiming({"", "30s", "20s", ""}, 20'000, 20'000);
  ExpectTiming({"", "30s", "2m", ""}, 120'000, 30'000);
  ExpectTiming({"5s", "", "1m", ""}, 60'000, 5'000);
  ExpectTiming({"5s", "", "1m", "1m"}, 60'000, 60'000);
  ExpectTiming({"1m30s", "", "", "250ms"}, 90'000, 250);
}

TEST(Timing, TimeoutAboveTheIntervalIsAFaultWhereItIsWritten) {
  const std::string fault = " is longer than the scrape_interval, ";
  ExpectBad({
      {Text({"5s", "6s", "", ""}), {"1:47: global.scrape_timeout: 6s" + fault + "5s; make it that or less"}},
      {Text({"", "2m", "", ""}), {"1:26: global.scrape_timeout: 2m" + fault + "1m; make it that or less"}},
      {Text({"", "", "5s", "6s"}), {"3:56: scrape_configs[0].scrape_timeout: 6s" + fault + "5s; make it that or less"}},
      {Text({"5s", "", "", "6s"}), {"3:35: scrape_configs[0].scrape_timeout: 6s" + fault + "5s; make it that or less"}},
      {Text({"", "", "", "61s"}),
       {"3:35: scrape_configs[0].scrape_timeout: 1m1s" + fault + "1m; make it that or less"}},
  });
}

TEST(Timing, WrongIntervalBringsNoSecondFaultAboutTheTimeout) {
  const std::string bad = "\"x\" is not a duration; write for example 15s, 1m30s, 6h or 30d";
  ExpectBad({
      {Text({"x", "2m", "", ""}), {"1:27: global.scrape_interval: " + bad}},
      {Text({"x", "", "", "2m"}), {"1:27: global.scrape_interval: " + bad}},
      {Text({"", "", "x", "2m"}), {"3:36: scrape_configs[0].scrape_interval: " + bad}},
      {Text({"x", "", "5s", "6s"}),
       {"1:27: global.scrape_interval: " + bad,
        "3:56: scrape_configs[0].scrape_timeout: 6s is longer than the scrape_interval, 5s; make it that or less"}},
  });
}

TEST(Timing, ZeroIsNoDurationHere) {
  ExpectBad({
      {Text({"0", "", "", ""}), {"1:27: global.scrape_interval: must be longer than 0"}},
      {Text({"", "0s", "", ""}), {"1:26: global.scrape_timeout: must be longer than 0"}},
      {Text({"", "", "0ms", "0"}),
       {"3:36: scrape_configs[0].scrape_interval: must be longer than 0",
        "3:57: scrape_configs[0].scrape_timeout: must be longer than 0"}},
      {"storage: {retention: {raw: 0d}}", {"1:28: storage.retention.raw: must be longer than 0"}},
  });
}

TEST(Timing, DurationsNeedTheirUnits) {
  for (const std::string text : {"15", "1.5s", "15 s", "-15s", "1s1m", "s", "15S"}) {
    ExpectBad({{Text({text, "", "", ""}),
                {"1:27: global.scrape_interval: \"" + text +
                 "\" is not a duration; write for example 15s, 1m30s, 6h or 30d"}}});
  }
  ExpectBad({{Text({"300y", "", "", ""}),
              {"1:27: global.scrape_interval: \"300y\" is too long a duration; at most 292 years"}}});
}

}  // namespace
}  // namespace proxy_telemetry

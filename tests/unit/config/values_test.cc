// Numbers, truth values, sizes, words.
#include <cstdint>
#include <string>
#include <utility>

#include "load.h"

namespace proxy_telemetry {
namespace {

TEST(Values, CountsAreDecimalDigitsOnly) {
  EXPECT_EQ(GoodJob({"sample_limit: 0"}).sample_limit, 0U);
  EXPECT_EQ(GoodJob({"sample_limit: '100'"}).sample_limit, 100U);
  EXPECT_EQ(GoodJob({"sample_limit: 18446744073709551615"}).sample_limit, UINT64_MAX);
  for (const std::string text :
       {"abc", "0x10", "-1", "+1", "1.5", "1e3", "1_000", "18446744073709551616", "' 1'", "''"}) {
    const bool quoted = text[0] == '\'';
    const std::string shown = quoted ? text.substr(1, text.size() - 2) : text;
    ExpectBadJobs(
        {{{"sample_limit: " + text},
          {"3:19: scrape_configs[0].sample_limit: must be a whole number such as 1000, not \"" + shown + "\""}}});
  }
}

TEST(Values, EveryLimitIsChecked) {
  ExpectBadJobs({{{"sample_limit: a", "label_limit: b", "label_name_length_limit: c", "label_value_length_limit: d",
                   "host_limit: e"},
                  {"3:19: scrape_configs[0].sample_limit: must be a whole number such as 1000, not \"a\"",
                   "4:18: scrape_configs[0].label_limit: must be a whole number such as 1000, not \"b\"",
                   "5:30: scrape_configs[0].label_name_length_limit: must be a whole number such as 1000, not \"c\"",
                   "6:31: scrape_configs[0].label_value_length_limit: must be a whole number such as 1000, not \"d\"",
                   "7:17: scrape_configs[0].host_limit: must be a whole number such as 1000, not \"e\""}}});
  EXPECT_EQ(GoodJob({"host_limit: 0"}).host_limit, 0U);
}

TEST(Values, TruthIsTrueOrFalseOnly) {
  EXPECT_TRUE(GoodJob({"honor_labels: true"}).honor_labels);
  EXPECT_FALSE(GoodJob({"honor_labels: false"}).honor_labels);
  for (const std::string text : {"yes", "no", "on", "off", "True", "TRUE", "1", "y"}) {
    ExpectBadJobs(
        {{{"honor_labels: " + text},
          {"3:19: scrape_configs[0].honor_labels: must be true or false, not \"" + text + "\""}},
         {{"follow_redirects: " + text},
          {"3:23: scrape_configs[0].follow_redirects: must be true or false, not \"" + text + "\""}},
         {{"tls_config: {insecure_skip_verify: " + text + "}"},
          {"3:40: scrape_configs[0].tls_config.insecure_skip_verify: must be true or false, not \"" + text + "\""}}});
  }
}

TEST(Values, SizesCountInSteps1024AsPrometheusDoes) {
  const std::vector<std::pair<std::string, std::uint64_t>> good{{"0", 0},
                                                                {"0B", 0},
                                                                {"1B", 1},
                                                                {"1KB", 1024},
                                                                {"1KiB", 1024},
                                                                {"1.5KB", 1536},
                                                                {"64MB", 67108864},
                                                                {"64MiB", 67108864},
                                                                {"1GB", 1ULL << 30},
                                                                {"2GiB", 2ULL << 30},
                                                                {"1TB", 1ULL << 40},
                                                                {"1PiB", 1ULL << 50},
                                                                {"7EB", 7ULL << 60}};
  for (const auto& [text, bytes] : good) {
    EXPECT_EQ(GoodJob({"body_size_limit: " + text}).body_size_limit, bytes) << text;
  }
}

TEST(Values, SizesThatAreNoneSayWhy) {
  const std::vector<std::pair<std::string, std::string>> bad{
      {"abc", "not a size"},    {"1.2.3MB", "not a size"}, {"-1MB", "not a size"},
      {"'MB'", "not a size"},   {"''", "not a size"},      {"64", "the unit is missing"},
      {"64mb", "unknown unit"}, {"64M", "unknown unit"},   {"64XB", "unknown unit"},
      {"1 MB", "unknown unit"}, {"8EB", "too large"},      {"99999999999999999999EB", "too large"}};
  for (const auto& [text, why] : bad) {
    const std::string shown = text[0] == '\'' ? text.substr(1, text.size() - 2) : text;
    ExpectBadJobs({{{"body_size_limit: " + text},
                    {"3:22: scrape_configs[0].body_size_limit: \"" + shown + "\": " + why +
                     "; write for example 64MB, 512KiB or 0"}}});
  }
}

TEST(Values, WordsAreOneOfTheirList) {
  ExpectBadJobs({
      {{"scheme: HTTP"}, {"3:13: scrape_configs[0].scheme: must be http or https, not \"HTTP\""}},
      {{"scheme: ftp"}, {"3:13: scrape_configs[0].scheme: must be http or https, not \"ftp\""}},
      {{"tls_config: {min_version: TLS1.2}"},
       {"3:31: scrape_configs[0].tls_config.min_version: must be TLS10, TLS11, TLS12 or TLS13, not \"TLS1.2\""}},
      {{"proxy: HAProxy"},
       {"3:12: scrape_configs[0].proxy: \"HAProxy\" is not a known proxy; use auto, openmetrics, haproxy, agbero, "
        "nginx, angie, caddy, traefik, envoy or apache"}},
  });
  for (const std::string version : {"TLS10", "TLS11", "TLS12", "TLS13"}) {
    EXPECT_EQ(GoodJob({"tls_config: {min_version: " + version + "}"}).tls.min_version, version);
  }
}

TEST(Values, LongAndUnprintableTextIsCutInMessages) {
  ExpectBadJobs({{{"scheme: " + std::string(5000, 'x')},
                  {"3:13: scrape_configs[0].scheme: must be http or https, not \"" + std::string(80, 'x') + "...\""}},
                 {{"scheme: \"a\\tb\\e\""}, {"3:13: scrape_configs[0].scheme: must be http or https, not \"a?b?\""}},
                 {{"scrape_interval: \"1\\n2\""},
                  {"3:22: scrape_configs[0].scrape_interval: \"1?2\" is not a duration; write for example 15s"}}});
}

TEST(Values, MetricsPathBeginsWithASlashAndMayHoldAQuery) {
  EXPECT_EQ(GoodJob({"metrics_path: /"}).metrics_path, "/");
  EXPECT_EQ(GoodJob({"metrics_path: /a%20b;csv"}).metrics_path, "/a%20b;csv");
  EXPECT_EQ(GoodJob({"metrics_path: /haproxy?stats"}).metrics_path, "/haproxy?stats");
  ExpectBadJobs({
      {{"metrics_path: metrics"}, {"3:19: scrape_configs[0].metrics_path: must start with /, not \"metrics\""}},
      {{"metrics_path: ''"}, {"3:19: scrape_configs[0].metrics_path: must start with /, not \"\""}},
      {{"metrics_path: '/a#b'"},
       {"3:19: scrape_configs[0].metrics_path: must hold no #; a proxy never sees what is behind it"}},
      {{"metrics_path: /a b"},
       {"3:19: scrape_configs[0].metrics_path: must hold no spaces or control characters; write %20 for a space"}},
      {{"metrics_path: \"/a\\r\\nX: y\""},
       {"3:19: scrape_configs[0].metrics_path: must hold no spaces or control characters; write %20 for a space"}},
  });
}

}  // namespace
}  // namespace proxy_telemetry

#include "scrape_plan.h"

#include <gtest/gtest.h>

namespace proxy_telemetry {
namespace {

ScrapeConfig ConfigOf(ProxyKind proxy) {
  ScrapeConfig config;
  config.proxy = proxy;
  return config;
}

TEST(ScrapePlan, OpenMetricsReadsMetricsByDefault) {
  const auto plan = MakeScrapePlan(ConfigOf(ProxyKind::kOpenMetrics), "127.0.0.1:9100");
  ASSERT_EQ(plan.size(), 1U);
  EXPECT_EQ(plan[0].fetches[0].url, "http://127.0.0.1:9100/metrics");
}

TEST(ScrapePlan, HaproxyWithoutAPathTriesTheUsualOnes) {
  const auto plan = MakeScrapePlan(ConfigOf(ProxyKind::kHaproxy), "127.0.0.1:8404");
  ASSERT_EQ(plan.size(), 3U);
  EXPECT_EQ(plan[0].fetches[0].url, "http://127.0.0.1:8404/stats;csv");
  EXPECT_EQ(plan[1].fetches[0].url, "http://127.0.0.1:8404/;csv");
}

TEST(ScrapePlan, HaproxyPathGetsCsvOnlyWhereItIsMissing) {
  ScrapeConfig config = ConfigOf(ProxyKind::kHaproxy);
  config.metrics_path = "/admin?stats";
  EXPECT_EQ(MakeScrapePlan(config, "h:1")[0].fetches[0].url, "http://h:1/admin?stats;csv");
  config.metrics_path = "/stats;csv;norefresh";
  EXPECT_EQ(MakeScrapePlan(config, "h:1")[0].fetches[0].url, "http://h:1/stats;csv;norefresh");
}

TEST(ScrapePlan, HaproxyOnAUnixSocketIsAskedInItsOwnLanguageFirst) {
  const auto plan = MakeScrapePlan(ConfigOf(ProxyKind::kHaproxy), "unix:/run/haproxy/admin.sock");
  EXPECT_EQ(plan[0].fetches[0].transport, Transport::kStatsSocket);
  EXPECT_EQ(plan[0].fetches[0].unix_socket, "/run/haproxy/admin.sock");
  EXPECT_EQ(plan[1].fetches[0].transport, Transport::kHttp);
}

TEST(ScrapePlan, AgberoReadsUptimeAndMetricsWhereverThePathPoints) {
  for (const char* path : {"/admin/uptime", "/admin/metrics"}) {
    ScrapeConfig config = ConfigOf(ProxyKind::kAgbero);
    config.metrics_path = path;
    const auto plan = MakeScrapePlan(config, "h:1");
    ASSERT_EQ(plan[0].fetches.size(), 2U);
    EXPECT_EQ(plan[0].fetches[0].url, "http://h:1/admin/uptime");
    EXPECT_FALSE(plan[0].fetches[0].optional);
    EXPECT_EQ(plan[0].fetches[1].url, "http://h:1/admin/metrics");
    EXPECT_TRUE(plan[0].fetches[1].optional);
  }
}

TEST(ScrapePlan, ParametersAreEncodedAndJoinAQueryThatIsThere) {
  ScrapeConfig config = ConfigOf(ProxyKind::kOpenMetrics);
  config.params = {{"a b", "x&y"}, {"scope", "backend"}};
  EXPECT_EQ(MakeScrapePlan(config, "h:1")[0].fetches[0].url, "http://h:1/metrics?a%20b=x%26y&scope=backend");
  config.metrics_path = "/m?q=1";
  EXPECT_EQ(MakeScrapePlan(config, "h:1")[0].fetches[0].url, "http://h:1/m?q=1&a%20b=x%26y&scope=backend");
}

TEST(ScrapePlan, AutoEndsWithWhateverThePageIs) {
  const auto plan = MakeScrapePlan(ConfigOf(ProxyKind::kAuto), "h:1");
  EXPECT_EQ(plan.front().reader, PageReader::kDetect);
  EXPECT_EQ(plan.back().reader, PageReader::kOpenMetrics);
}

}  // namespace
}  // namespace proxy_telemetry

#include "scrape_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

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

std::vector<std::string> UrlsOf(const std::vector<ScrapeAttempt>& plan, PageReader reader) {
  std::vector<std::string> urls;
  for (const ScrapeAttempt& attempt : plan) {
    if (attempt.reader != reader) continue;
    for (const FetchPlan& fetch : attempt.fetches) urls.push_back(fetch.url);
  }
  return urls;
}

std::vector<std::string> UrlsOfPath(ProxyKind proxy, const std::string& path, PageReader reader) {
  ScrapeConfig config = ConfigOf(proxy);
  config.metrics_path = path;
  return UrlsOf(MakeScrapePlan(config, "h:1"), reader);
}

TEST(ScrapePlan, NginxWithoutAPathTriesWhatTellsMostFirst) {
  const auto urls = UrlsOf(MakeScrapePlan(ConfigOf(ProxyKind::kNginx), "h:1"), PageReader::kNginx);
  const auto position = [&urls](const std::string& path) {
    return std::find(urls.begin(), urls.end(), "http://h:1" + path) - urls.begin();
  };
  EXPECT_EQ(position("/status/format/json"), 0);
  EXPECT_LT(position("/status/format/json"), position("/status/format/prometheus"));
  EXPECT_LT(position("/metrics"), position("/stub_status"));
  EXPECT_LT(position("/stub_status"), position("/nginx_status"));
  EXPECT_LT(position("/nginx_status"), static_cast<std::ptrdiff_t>(urls.size()));
}

// A release knows the versions of its time and all before them.
TEST(ScrapePlan, NginxPlusWithoutAVersionTriesANewOneAndAnOldOne) {
  const std::vector<std::string> both = {"http://h:1/api/8/http/server_zones", "http://h:1/api/8/http/upstreams",
                                         "http://h:1/api/3/http/server_zones", "http://h:1/api/3/http/upstreams"};
  EXPECT_EQ(UrlsOf(MakeScrapePlan(ConfigOf(ProxyKind::kNginx), "h:1"), PageReader::kNginxPlus), both);
  EXPECT_EQ(UrlsOfPath(ProxyKind::kNginx, "/api", PageReader::kNginxPlus), both);
  EXPECT_EQ(UrlsOfPath(ProxyKind::kNginx, "/api/", PageReader::kNginxPlus), both);
}

TEST(ScrapePlan, NginxPlusKeepsTheVersionOfItsPath) {
  for (const char* path : {"/api/9", "/api/9/", "/api/9/http", "/api/9/http/server_zones"}) {
    const auto urls = UrlsOfPath(ProxyKind::kNginx, path, PageReader::kNginxPlus);
    ASSERT_EQ(urls.size(), 2U) << path;
    EXPECT_EQ(urls[0], "http://h:1/api/9/http/server_zones") << path;
    EXPECT_EQ(urls[1], "http://h:1/api/9/http/upstreams") << path;
  }
  EXPECT_EQ(UrlsOfPath(ProxyKind::kNginx, "/x/api/9", PageReader::kNginxPlus).front(),
            "http://h:1/x/api/9/http/server_zones");
}

TEST(ScrapePlan, NginxPlusMayLackItsUpstreamsButNotItsZones) {
  for (const ScrapeAttempt& attempt : MakeScrapePlan(ConfigOf(ProxyKind::kNginx), "h:1")) {
    if (attempt.reader != PageReader::kNginxPlus) continue;
    EXPECT_FALSE(attempt.fetches[0].optional);
    EXPECT_TRUE(attempt.fetches[1].optional);
  }
}

TEST(ScrapePlan, NginxPathThatIsNoApiIsReadAsItIs) {
  for (const std::string path : {"/stub_status", "/api/status/format/json", "/api/8x", "/apis"}) {
    EXPECT_EQ(UrlsOfPath(ProxyKind::kNginx, path, PageReader::kNginx), std::vector<std::string>{"http://h:1" + path});
  }
}

TEST(ScrapePlan, AngieIsReadWhereItsDocumentationPutsIt) {
  const std::vector<std::string> usual = {"http://h:1/status/", "http://h:1/p8s", "http://h:1/metrics"};
  EXPECT_EQ(UrlsOf(MakeScrapePlan(ConfigOf(ProxyKind::kAngie), "h:1"), PageReader::kAngie), usual);
  EXPECT_EQ(UrlsOf(MakeScrapePlan(ConfigOf(ProxyKind::kAuto), "h:1"), PageReader::kAngie), usual);
  EXPECT_EQ(UrlsOfPath(ProxyKind::kAngie, "/console/api/status/", PageReader::kAngie),
            std::vector<std::string>{"http://h:1/console/api/status/"});
}

TEST(ScrapePlan, ApacheIsAskedForItsPageForPrograms) {
  const auto url = [](const std::string& path) { return UrlsOfPath(ProxyKind::kApache, path, PageReader::kApache)[0]; };
  EXPECT_EQ(MakeScrapePlan(ConfigOf(ProxyKind::kApache), "h:1")[0].fetches[0].url, "http://h:1/server-status?auto");
  EXPECT_EQ(url("/server-status?auto"), "http://h:1/server-status?auto");
  EXPECT_EQ(url("/x?refresh=5"), "http://h:1/x?refresh=5&auto");
}

}  // namespace
}  // namespace proxy_telemetry

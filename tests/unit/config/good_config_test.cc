// What a right file turns into.
#include <string>

#include "base/duration.h"
#include "load.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(GoodConfig, OfAnEmptyFileIsAllDefaults) {
  for (const char* text : {"", "\n", "# nothing\n", "---\n", "{}\n", "~\n", "---\n...\n", "\xEF\xBB\xBF", "\r\n"}) {
    const Config config = Good(text);
    EXPECT_THAT(config.scrape_configs, IsEmpty());
    EXPECT_EQ(config.storage.path, "");
    EXPECT_EQ(config.storage.retention_raw_ms, 30LL * 24 * 3600 * 1000);
    EXPECT_EQ(config.history.aggregate, Aggregate::kFirst);
  }
}

TEST(GoodConfig, OfAJobWithItsNameOnlyHasTheDocumentedDefaults) {
  const ScrapeConfig job = GoodJob({});
  EXPECT_EQ(job.job_name, "edge");
  EXPECT_EQ(job.proxy, ProxyKind::kAuto);
  EXPECT_THAT(job.static_configs, IsEmpty());
  EXPECT_EQ(job.scheme, "http");
  EXPECT_EQ(job.metrics_path, std::nullopt);
  EXPECT_THAT(job.params, IsEmpty());
  EXPECT_FALSE(job.basic_auth.has_value());
  EXPECT_FALSE(job.authorization.has_value());
  EXPECT_FALSE(job.tls.insecure_skip_verify);
  EXPECT_EQ(job.tls.min_version, "");
  EXPECT_TRUE(job.follow_redirects);
  EXPECT_THAT(job.headers, IsEmpty());
  EXPECT_EQ(job.scrape_interval_ms, 60'000);
  EXPECT_EQ(job.scrape_timeout_ms, 10'000);
  EXPECT_FALSE(job.honor_labels);
  EXPECT_EQ(job.body_size_limit, 64ULL * 1024 * 1024);
  EXPECT_EQ(job.sample_limit, 0U);
  EXPECT_EQ(job.label_limit, 0U);
  EXPECT_EQ(job.label_name_length_limit, 0U);
  EXPECT_EQ(job.label_value_length_limit, 0U);
  EXPECT_THAT(job.hosts, IsEmpty());
  EXPECT_EQ(job.host_limit, 10'000U);
  EXPECT_FALSE(job.access_log.has_value());
  EXPECT_FALSE(job.mapping.has_value());
  EXPECT_THAT(job.file_sd_configs, IsEmpty());
  EXPECT_THAT(job.relabel_configs, IsEmpty());
  EXPECT_THAT(job.metric_relabel_configs, IsEmpty());
}

TEST(GoodConfig, DefaultBodySizeLimitIsWhat64MBParsesTo) {
  EXPECT_EQ(GoodJob({"body_size_limit: 64MB"}).body_size_limit, kDefaultBodySizeLimit);
}

TEST(GoodConfig, TakesTheHttpKeysOfTheFullFile) {
  const ScrapeConfig job = Good(ReadFixture("full.yml")).scrape_configs.at(0);
  EXPECT_EQ(job.scheme, "https");
  EXPECT_EQ(job.metrics_path, "/stats;csv");
  EXPECT_THAT(job.params, ElementsAre(Pair("scope", "edge"), Pair("scope", "shop"), Pair("empty", "")));
  ASSERT_TRUE(job.basic_auth.has_value());
  EXPECT_EQ(job.basic_auth->username, "reader");
  EXPECT_EQ(job.basic_auth->password.value, "");
  EXPECT_EQ(job.basic_auth->password.file, "/etc/pt/secrets/edge.password");
  EXPECT_EQ(job.tls.ca_file, "/etc/ssl/ca.pem");
  EXPECT_EQ(job.tls.cert_file, "/etc/pt/client.pem");
  EXPECT_EQ(job.tls.key_file, "/etc/pt/client.key");
  EXPECT_EQ(job.tls.server_name, "edge.example");
  EXPECT_TRUE(job.tls.insecure_skip_verify);
  EXPECT_EQ(job.tls.min_version, "TLS12");
  EXPECT_FALSE(job.follow_redirects);
  ASSERT_EQ(job.headers.size(), 4U);
  EXPECT_EQ(job.headers[0].first, "X-Tenant");
  EXPECT_EQ(job.headers[0].second.value, "fra1");
  EXPECT_EQ(job.headers[1].first, "Accept-Language");
  EXPECT_EQ(job.headers[1].second.value, "en");
  EXPECT_EQ(job.headers[2].second.value, "de");
  EXPECT_EQ(job.headers[3].first, "Accept-Language");
  EXPECT_EQ(job.headers[3].second.file, "/etc/pt/lang.txt");
}

TEST(GoodConfig, TakesTheOtherJobKeysOfTheFullFile) {
  const ScrapeConfig job = Good(ReadFixture("full.yml")).scrape_configs.at(0);
  EXPECT_EQ(job.job_name, "edge");
  EXPECT_EQ(job.proxy, ProxyKind::kHaproxy);
  EXPECT_EQ(job.scrape_interval_ms, 15'000);
  EXPECT_EQ(job.scrape_timeout_ms, 3'000);
  EXPECT_TRUE(job.honor_labels);
  EXPECT_EQ(job.body_size_limit, 10ULL << 20U);
  EXPECT_EQ(job.sample_limit, 100'000U);
  EXPECT_EQ(job.label_limit, 30U);
  EXPECT_EQ(job.label_name_length_limit, 100U);
  EXPECT_EQ(job.label_value_length_limit, 200U);
  ASSERT_EQ(job.hosts.size(), 2U);
  EXPECT_EQ(job.hosts[0].match, "be_(.*)");
  EXPECT_EQ(job.hosts[0].host, "$1.example");
  EXPECT_EQ(job.hosts[1].match, "(?P<shop>[a-z]+)_(\\d+)");
  EXPECT_EQ(job.hosts[1].host, "shop-${2}.${1}.example");
  ASSERT_EQ(job.static_configs.size(), 2U);
  EXPECT_THAT(job.static_configs[0].targets, ElementsAre("127.0.0.1:8404", "unix:/run/haproxy/admin.sock"));
  EXPECT_THAT(job.static_configs[0].labels, ElementsAre(Pair("rack", "a3"), Pair("site", "fra 1")));
  EXPECT_THAT(job.static_configs[1].targets, ElementsAre("[::1]:8404"));
  EXPECT_THAT(job.static_configs[1].labels, IsEmpty());
}

TEST(GoodConfig, TakesDiscoveryRelabellingAndLogsOfTheFullFile) {
  const Config config = Good(ReadFixture("full.yml"));
  const ScrapeConfig& edge = config.scrape_configs.at(0);
  EXPECT_EQ(edge.host_limit, 500U);
  ASSERT_EQ(edge.file_sd_configs.size(), 1U);
  EXPECT_THAT(edge.file_sd_configs[0].files, ElementsAre("/etc/pt/targets/*.yml"));
  EXPECT_EQ(edge.file_sd_configs[0].refresh_interval_ms, 60'000);
  ASSERT_EQ(edge.relabel_configs.size(), 2U);
  EXPECT_EQ(edge.relabel_configs[0].replacement, "${1}");
  EXPECT_EQ(edge.relabel_configs[1].action, RelabelAction::kKeep);
  ASSERT_EQ(edge.metric_relabel_configs.size(), 1U);
  EXPECT_EQ(edge.metric_relabel_configs[0].action, RelabelAction::kDrop);
  const ScrapeConfig& weblogs = config.scrape_configs.at(3);
  ASSERT_TRUE(weblogs.access_log.has_value());
  EXPECT_EQ(weblogs.access_log->listen, "unixgram:/run/proxy-telemetry/nginx.sock");
  EXPECT_EQ(weblogs.access_log->socket_mode, 0660U);
  EXPECT_THAT(weblogs.access_log->buckets, ElementsAre(0.005, 0.05, 0.5, 5));
}

TEST(GoodConfig, TakesTheOtherSectionsOfTheFullFile) {
  const Config config = Good(ReadFixture("full.yml"));
  ASSERT_EQ(config.scrape_configs.size(), 4U);
  const ScrapeConfig& gate = config.scrape_configs[1];
  EXPECT_EQ(gate.proxy, ProxyKind::kAgbero);
  ASSERT_TRUE(gate.authorization.has_value());
  EXPECT_EQ(gate.authorization->type, "Token");
  EXPECT_EQ(gate.authorization->credentials.value, "s3cret");
  EXPECT_EQ(gate.scrape_interval_ms, 30'000);
  EXPECT_EQ(gate.scrape_timeout_ms, 5'000);
  EXPECT_EQ(config.storage.path, "/var/lib/proxy-telemetry");
  EXPECT_EQ(config.storage.retention_raw_ms, 90LL * 24 * 3600 * 1000);
  EXPECT_EQ(config.history.aggregate, Aggregate::kAvg);
}

TEST(GoodConfig, IsWhatTheReadmeShows) {
  const std::string readme = ReadFixture("../../../README.md");
  const std::string fence = "```yaml\n";
  const std::size_t begin = readme.find(fence);
  ASSERT_NE(begin, std::string::npos);
  const std::string example = readme.substr(begin + fence.size(), readme.find("```", begin + 1) - begin - fence.size());
  const Config config = Good(example);
  ASSERT_FALSE(config.scrape_configs.empty());
  EXPECT_TRUE(config.scrape_configs.back().mapping.has_value());
}

TEST(GoodConfig, DoesNotDependOnTheOrderOfSectionsOrLineEndings) {
  const Config job_first = Good("scrape_configs:\r\n- job_name: a\r\nglobal:\r\n  scrape_interval: 20s\r\n");
  ASSERT_EQ(job_first.scrape_configs.size(), 1U);
  EXPECT_EQ(job_first.scrape_configs[0].job_name, "a");
  EXPECT_EQ(job_first.scrape_configs[0].scrape_interval_ms, 20'000);
}

TEST(GoodConfig, ReadsEveryAggregateAndEveryProxy) {
  EXPECT_EQ(Good("history: {aggregate: first}").history.aggregate, Aggregate::kFirst);
  EXPECT_EQ(Good("history: {aggregate: last}").history.aggregate, Aggregate::kLast);
  EXPECT_EQ(Good("history: {aggregate: max}").history.aggregate, Aggregate::kMax);
  EXPECT_EQ(Good("history: {aggregate: avg}").history.aggregate, Aggregate::kAvg);
  for (const ProxyKind kind : kProxyKinds) {
    EXPECT_EQ(GoodJob({std::string("proxy: ") + ProxyKindName(kind)}).proxy, kind);
  }
}

TEST(GoodConfig, ReadsScalarsOfAnyYamlStyleAsText) {
  const Config config = Good("scrape_configs: [{job_name: 123}, {job_name: 'true'}, {job_name: \"d\\u00e9\"}]");
  ASSERT_EQ(config.scrape_configs.size(), 3U);
  EXPECT_EQ(config.scrape_configs[0].job_name, "123");
  EXPECT_EQ(config.scrape_configs[1].job_name, "true");
  EXPECT_EQ(config.scrape_configs[2].job_name, "d\xC3\xA9");
}

TEST(Storage, TakesTiersInAnyOrderAndASize) {
  const ConfigResult result = ParseConfig(
      "storage: {retention: {1h: 3y, raw: 30d, 5m: 180d}, max_size: 20GB}\n",
      [](const std::string&) { return std::nullopt; }, ".");
  ASSERT_TRUE(result.config) << result.errors.front().message;
  const StorageConfig& storage = result.config->storage;
  ASSERT_EQ(storage.tiers.size(), 2U);
  EXPECT_EQ(storage.tiers[0].resolution_ms, 5 * kMinuteMs);
  EXPECT_EQ(storage.tiers[0].retention_ms, 180 * kDayMs);
  EXPECT_EQ(storage.tiers[1].resolution_ms, kHourMs);
  EXPECT_EQ(storage.tiers[1].retention_ms, 3 * 365 * kDayMs);
  EXPECT_EQ(storage.max_size_bytes, std::uint64_t{20} << 30U);
}

}  // namespace
}  // namespace proxy_telemetry

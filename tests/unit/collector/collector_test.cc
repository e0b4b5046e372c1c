#include "exporter/collector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "fake_series.h"
#include "support/scratch_dir.h"
#include "test_server.h"

namespace proxy_telemetry {
namespace {

constexpr auto kPatience = std::chrono::seconds(30);
constexpr const char* kHaproxyCsv =
    "# pxname,svname,status,type,hrsp_2xx,hrsp_5xx,\nshop,s1,UP,2,5,1,\nshop,BACKEND,UP,1,5,1,\n";

// Collects what rounds say, as text by instance.
class CollectorTest : public ::testing::Test {
 protected:
  static ScrapeConfig JobOf(const std::string& name, ProxyKind proxy, const std::vector<std::string>& targets) {
    ScrapeConfig job;
    job.job_name = name;
    job.proxy = proxy;
    job.scrape_interval_ms = 200;
    job.scrape_timeout_ms = 200;
    job.static_configs.push_back({targets, {}});
    return job;
  }

  void Start(std::vector<ScrapeConfig> jobs) {
    auto config = std::make_shared<Config>();
    config->scrape_configs = std::move(jobs);
    CollectorOptions options;
    options.clock = &Clock::System();
    options.intern = std::ref(intern_);
    options.on_round = [this](std::shared_ptr<const TargetRound> round) { Take(*round); };
    options.statuses = &board_;
    options.on_removed = [this](TargetId target) {
      MutexLock lock(mutex_);
      removed_.push_back(target);
      changed_.NotifyAll();
    };
    options.on_first_rounds_over = [this] {
      MutexLock lock(mutex_);
      first_rounds_over_ = true;
      changed_.NotifyAll();
    };
    auto collector = Collector::Start(std::move(options), config);
    ASSERT_TRUE(collector.ok()) << collector.status().message();
    collector_ = std::move(*collector);
  }

  void Take(const TargetRound& round) {
    std::map<std::string, double> samples;
    for (const ScrapedSample& sample : round.samples) samples[sample.series->text] = sample.value;
    MutexLock lock(mutex_);
    ++rounds_[round.target];
    last_[round.target] = std::move(samples);
    timestamps_[round.target].push_back(round.ts_ms);
    changed_.NotifyAll();
  }

  // Waits until the target's last round has `series` with `value`.
  testing::AssertionResult Sees(TargetId target, const std::string& series, double value) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    MutexLock lock(mutex_);
    while (std::chrono::steady_clock::now() < end) {
      const auto found = last_[target].find(series);
      if (found != last_[target].end() && found->second == value) return testing::AssertionSuccess();
      changed_.WaitFor(mutex_, std::chrono::milliseconds(100));
    }
    auto failure = testing::AssertionFailure() << "target " << target << " never had " << series << "; it has";
    for (const auto& [text, v] : last_[target]) failure << "\n  " << text << " " << v;
    return failure;
  }

  bool WaitForRounds(TargetId target, int rounds) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    MutexLock lock(mutex_);
    while (rounds_[target] < rounds && std::chrono::steady_clock::now() < end) {
      changed_.WaitFor(mutex_, std::chrono::milliseconds(100));
    }
    return rounds_[target] >= rounds;
  }

  static std::string Up(const std::string& job, const std::string& instance) {
    return "proxy_up{instance=\"" + instance + "\",job=\"" + job + "\"}";
  }

  std::string ErrorOf(TargetId target) const {
    const TargetStatuses statuses = board_.Snapshot();
    return statuses.active.size() < target ? "" : statuses.active[target - 1]->last_error.message();
  }

  template <typename Condition>
  static bool Eventually(const Condition& condition) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition() && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return condition();
  }

  FakeIntern intern_;
  TargetStatusBoard board_;
  Mutex mutex_;
  CondVar changed_;
  std::map<TargetId, std::map<std::string, double>> last_;
  std::map<TargetId, std::vector<std::int64_t>> timestamps_;
  std::map<TargetId, int> rounds_;
  std::vector<TargetId> removed_;
  bool first_rounds_over_ = false;
  std::unique_ptr<Collector> collector_;  // last: its thread uses what is above
};

TEST_F(CollectorTest, ATargetNotYetScrapedIsDown) {
  TestServer server([](const std::string&) { return TestServer::Ok("m 1\n"); });
  Start({JobOf("j", ProxyKind::kOpenMetrics, {server.address()})});
  ASSERT_TRUE(Sees(1, "m{instance=\"" + server.address() + "\",job=\"j\"}", 1));
  MutexLock lock(mutex_);
  EXPECT_EQ(timestamps_[1].front(), 0) << "the round before any scrape";
}

TEST_F(CollectorTest, AHangingTargetDelaysNobody) {
  TestServer hanging([](const std::string&) { return ""; });
  TestServer server([](const std::string&) { return TestServer::Ok("m 1\n"); });
  Start({JobOf("j", ProxyKind::kOpenMetrics, {hanging.address(), server.address()})});
  ASSERT_TRUE(WaitForRounds(2, 12));
  EXPECT_EQ(collector_->stats().targets, 2U);
  collector_.reset();
  EXPECT_EQ(last_[1][Up("j", hanging.address())], 0);
  EXPECT_EQ(last_[2][Up("j", server.address())], 1);
}

TEST_F(CollectorTest, AutoFindsHaproxyByItsPage) {
  TestServer server(
      [](const std::string& path) { return path == "/;csv" ? TestServer::Ok(kHaproxyCsv) : TestServer::NotFound(); });
  Start({JobOf("j", ProxyKind::kAuto, {server.address()})});
  EXPECT_TRUE(Sees(
      1, "proxy_http_requests_total{code=\"2xx\",host=\"shop\",instance=\"" + server.address() + "\",job=\"j\"}", 5));
}

TEST_F(CollectorTest, AutoPrefersHaproxysCsvToItsOwnMetrics) {
  TestServer server([](const std::string& path) {
    if (path == "/metrics") return TestServer::Ok("# TYPE haproxy_up gauge\nhaproxy_up 1\n");
    return path == "/stats;csv" ? TestServer::Ok(kHaproxyCsv) : TestServer::NotFound();
  });
  Start({JobOf("j", ProxyKind::kAuto, {server.address()})});
  EXPECT_TRUE(Sees(1, "proxy_backends_up{host=\"shop\",instance=\"" + server.address() + "\",job=\"j\"}", 1));
}

TEST_F(CollectorTest, AutoReadsAnyExposition) {
  TestServer server([](const std::string& path) {
    return path == "/metrics" ? TestServer::Ok("# TYPE m gauge\nm 7\n") : TestServer::NotFound();
  });
  Start({JobOf("j", ProxyKind::kAuto, {server.address()})});
  EXPECT_TRUE(Sees(1, "m{instance=\"" + server.address() + "\",job=\"j\"}", 7));
}

// Read at three in the morning: what was looked for, what came instead, what to set.
TEST_F(CollectorTest, ASearchInVainTellsTheFirstAnswerAndWhatToSet) {
  TestServer server([](const std::string&) { return TestServer::NotFound(); });
  Start({JobOf("a", ProxyKind::kAuto, {server.address()}), JobOf("h", ProxyKind::kHaproxy, {server.address()})});
  ASSERT_TRUE(Eventually([this] { return !ErrorOf(1).empty() && !ErrorOf(2).empty(); }));
  const std::string url = "http://" + server.address();
  const std::string answer = ": the answer's HTTP status is 404, not 200: check metrics_path";
  EXPECT_EQ(ErrorOf(1),
            "nothing found to read: set proxy and metrics_path. Looked for haproxy, traefik, caddy, envoy, nginx, "
            "nginx plus, angie, apache, agbero; the first page, " +
                url + "/metrics" + answer);
  EXPECT_EQ(ErrorOf(2), "nothing found to read: set metrics_path. Looked for haproxy; the first page, " + url +
                            "/stats;csv" + answer);
}

// Caddy's admin endpoint answers so to a Host header that is not its address.
TEST_F(CollectorTest, AnAnswerThatForbidsSaysWhatMayBeRefused) {
  TestServer server([](const std::string&) { return "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"; });
  Start({JobOf("c", ProxyKind::kCaddy, {server.address()})});
  ASSERT_TRUE(Eventually([this] { return !ErrorOf(1).empty(); }));
  EXPECT_EQ(ErrorOf(1), "http://" + server.address() +
                            "/metrics: the answer's HTTP status is 403, not 200: allow this program's address there; "
                            "if it is the Host header that is refused, set headers: {Host: ...}");
}

TEST_F(CollectorTest, AutoReadsHaproxysOwnMetricsWhereItHasNothingElse) {
  TestServer server([](const std::string& path) {
    return path == "/metrics" ? TestServer::Ok("haproxy_up 1\n") : TestServer::NotFound();
  });
  Start({JobOf("j", ProxyKind::kAuto, {server.address()})});
  EXPECT_TRUE(Sees(1, "haproxy_up{instance=\"" + server.address() + "\",job=\"j\"}", 1));
}

// Else it would be read as it is from then on, by other names and without its hosts.
TEST_F(CollectorTest, AProxyThatAutoKnowsIsNotReadAsSomethingElseWhileAPageBesideFails) {
  TestServer server([](const std::string& path) -> std::string {
    if (path == "/metrics") return TestServer::Ok("traefik_config_reloads_total 1\n");
    return path.starts_with("/api/") ? "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n" : TestServer::NotFound();
  });
  Start({JobOf("j", ProxyKind::kAuto, {server.address()})});
  ASSERT_TRUE(WaitForRounds(1, 3));
  EXPECT_NE(ErrorOf(1).find("/api/http/"), std::string::npos) << ErrorOf(1);
  EXPECT_NE(ErrorOf(1).find("HTTP status is 500"), std::string::npos) << ErrorOf(1);
}

TEST_F(CollectorTest, AutoFollowsThatAnotherProxyHasTakenThePort) {
  std::atomic<int> now = 0;
  TestServer server([&now](const std::string& path) {
    const std::vector<std::pair<std::string, std::string>> pages = {
        {"/metrics", "traefik_service_requests_total{code=\"200\",service=\"a\"} 1\n"},
        {"/metrics", "caddy_http_request_duration_seconds_count{code=\"200\",handler=\"h\",server=\"b\"} 2\n"},
        {"/stats;csv", kHaproxyCsv},
        {"/metrics", "m 3\n"},
        {"/stats/prometheus?usedonly",
         "envoy_cluster_upstream_rq{envoy_response_code=\"200\",envoy_cluster_name=\"c\"} 4\n"}};
    return path == pages[now].first ? TestServer::Ok(pages[now].second) : TestServer::NotFound();
  });
  Start({JobOf("j", ProxyKind::kAuto, {server.address()})});
  const auto requests_of = [&](const std::string& host, const std::string& code) {
    return "proxy_http_requests_total{code=\"" + code + "\",host=\"" + host + "\",instance=\"" + server.address() +
           "\",job=\"j\"}";
  };
  EXPECT_TRUE(Sees(1, requests_of("a", "200"), 1));
  now = 1;
  EXPECT_TRUE(Sees(1, requests_of("b", "200"), 2));
  now = 2;
  EXPECT_TRUE(Sees(1, requests_of("shop", "2xx"), 5));
  now = 3;
  EXPECT_TRUE(Sees(1, "m{instance=\"" + server.address() + "\",job=\"j\"}", 3));
  now = 4;
  EXPECT_TRUE(Sees(1, requests_of("c", "200"), 4));
}

TEST_F(CollectorTest, AFailedRoundTakesTheTargetsSeriesAway) {
  std::atomic<bool> good = true;
  TestServer server([&good](const std::string&) { return good ? TestServer::Ok("m 1\n") : TestServer::Ok("m {\n"); });
  Start({JobOf("j", ProxyKind::kOpenMetrics, {server.address()})});
  ASSERT_TRUE(Sees(1, Up("j", server.address()), 1));
  good = false;
  ASSERT_TRUE(Sees(1, Up("j", server.address()), 0));
  MutexLock lock(mutex_);
  EXPECT_EQ(last_[1].size(), 4U) << "up, duration, samples and the time of the last success";
}

TEST_F(CollectorTest, ReloadKeepsTargetsThatStayAndDropsTheOthers) {
  TestServer a([](const std::string&) { return TestServer::Ok("m 1\n"); });
  TestServer b([](const std::string&) { return TestServer::Ok("m 2\n"); });
  TestServer c([](const std::string&) { return TestServer::Ok("m 3\n"); });
  Start({JobOf("j", ProxyKind::kOpenMetrics, {a.address(), b.address()})});
  ASSERT_TRUE(WaitForRounds(1, 3));
  auto config = std::make_shared<Config>();
  config->scrape_configs = {JobOf("j", ProxyKind::kOpenMetrics, {a.address(), c.address()})};
  collector_->Apply(config);
  ASSERT_TRUE(Sees(3, "m{instance=\"" + c.address() + "\",job=\"j\"}", 3)) << "a new target has a new id";
  ASSERT_TRUE(WaitForRounds(1, 6)) << "the one that stays keeps its id";
  MutexLock lock(mutex_);
  EXPECT_EQ(removed_, std::vector<TargetId>{2});
}

TEST_F(CollectorTest, FirstRoundsAreOverEvenWhenAllTargetsFail) {
  Start({JobOf("j", ProxyKind::kOpenMetrics, {"127.0.0.1:1"})});
  // A third round begins only after the first was reported over.
  ASSERT_TRUE(WaitForRounds(1, 3));
  MutexLock lock(mutex_);
  EXPECT_TRUE(first_rounds_over_);
}

TEST_F(CollectorTest, TargetsComeGoAndChangeByTheirFile) {
  TestServer server([](const std::string&) { return TestServer::Ok("m 1\n"); });
  const ScratchDir folder;
  const std::string group = "- targets: ['" + server.address() + "']\n";
  const std::string path = folder.Write("t.yml", group);
  ScrapeConfig job = JobOf("j", ProxyKind::kOpenMetrics, {});
  job.file_sd_configs.push_back({{path}, 3'600'000});
  Start({job});
  ASSERT_TRUE(WaitForRounds(1, 3));
  folder.Write("t.yml", group + "  labels: {rack: a3}\n");
  ASSERT_TRUE(WaitForRounds(2, 3)) << "other labels are another target";
  EXPECT_TRUE(Sees(2, "m{instance=\"" + server.address() + "\",job=\"j\",rack=\"a3\"}", 1));
  MutexLock lock(mutex_);
  EXPECT_EQ(removed_, std::vector<TargetId>{1});
}

TEST_F(CollectorTest, ATargetThatStaysMissesNoRoundOverTwentyReloads) {
  TestServer server([](const std::string&) { return TestServer::Ok("m 1\n"); });
  const ScrapeConfig job = JobOf("stays", ProxyKind::kOpenMetrics, {server.address()});
  Start({job});
  ASSERT_TRUE(WaitForRounds(1, 2));
  for (int reload = 0; reload < 20; ++reload) {
    auto config = std::make_shared<Config>();
    ScrapeConfig other = JobOf("other", ProxyKind::kOpenMetrics, {server.address()});
    other.static_configs[0].labels["reload"] = std::to_string(reload);
    ScrapeConfig same = job;
    if (reload % 2 == 0) same.static_configs.push_back({{"127.0.0.1:1"}, {{"rack", "b"}}});
    config->scrape_configs = {other, same};
    collector_->Apply(config);
    int rounds = 0;
    {
      MutexLock lock(mutex_);
      rounds = rounds_[1];
    }
    ASSERT_TRUE(WaitForRounds(1, rounds + 1));
  }
  const CollectorStats stats = collector_->stats();
  collector_.reset();
  EXPECT_EQ(stats.missed_rounds, 0U);
  EXPECT_EQ(std::count(removed_.begin(), removed_.end(), TargetId{1}), 0);
  const std::vector<std::int64_t>& times = timestamps_[1];
  ASSERT_GE(times.size(), 20U);
  // A target that begins anew is scraped at once; one that goes on keeps at least half its interval.
  for (std::size_t i = 2; i < times.size(); ++i) EXPECT_GE(times[i] - times[i - 1], job.scrape_interval_ms / 2) << i;
}

TEST_F(CollectorTest, StatusesFollowTheTargets) {
  TestServer server([](const std::string& path) {
    return path == "/stats;csv" ? TestServer::Ok(kHaproxyCsv) : TestServer::NotFound();
  });
  ScrapeConfig job = JobOf("j", ProxyKind::kAuto, {server.address(), "127.0.0.1:1", "dropped:1", "bad host"});
  RelabelRule drop;
  drop.action = RelabelAction::kDrop;
  drop.source_labels = {"__address__"};
  drop.regex = "dropped.*";
  job.relabel_configs = {drop};
  Start({job});
  ASSERT_TRUE(WaitForRounds(1, 3));
  ASSERT_TRUE(WaitForRounds(2, 3));
  auto config = std::make_shared<Config>();
  const TargetStatuses statuses = board_.Snapshot();
  ASSERT_EQ(statuses.active.size(), 3U);
  const TargetStatus& refused_connection = *statuses.active[0];
  EXPECT_EQ(refused_connection.source, "http://127.0.0.1:1/metrics");
  EXPECT_EQ(refused_connection.health, TargetHealth::kDown);
  EXPECT_EQ(refused_connection.last_error.code(), StatusCode::kUnavailable);
  EXPECT_EQ(refused_connection.proxy, "");
  const TargetStatus& haproxy = *statuses.active[1];
  EXPECT_EQ(haproxy.source, "http://" + server.address() + "/stats;csv");
  EXPECT_EQ(haproxy.proxy, "haproxy");
  EXPECT_EQ(haproxy.health, TargetHealth::kUp);
  EXPECT_TRUE(haproxy.last_error.ok());
  EXPECT_GT(haproxy.samples, 0U);
  EXPECT_GT(haproxy.last_scrape_ms, 0);
  EXPECT_EQ(haproxy.discovered.Get("__address__"), server.address());
  EXPECT_EQ(haproxy.labels.ToString(), "{instance=\"" + server.address() + "\",job=\"j\"}");
  const TargetStatus& refused = *statuses.active[2];
  EXPECT_EQ(refused.health, TargetHealth::kDown);
  EXPECT_NE(refused.last_error.message().find("is not a target"), std::string::npos);
  EXPECT_EQ(collector_->stats().refused_targets, 1U);
  ASSERT_EQ(statuses.dropped->size(), 1U);
  EXPECT_EQ((*statuses.dropped)[0].discovered.Get("__address__"), "dropped:1");

  collector_->Apply(config);
  ASSERT_TRUE(Eventually([this] { return board_.Snapshot().active.empty() && board_.Snapshot().dropped->empty(); }));
}

}  // namespace
}  // namespace proxy_telemetry

#include "exporter/collector.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "fake_series.h"
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
    auto collector = Collector::Start(std::move(options), *config);
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

  FakeIntern intern_;
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

}  // namespace
}  // namespace proxy_telemetry

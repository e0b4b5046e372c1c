// Access logs end to end: lines into a file, rounds into a real store.
#include "exporter/log_reader.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "log_reader_fixture.h"
#include "logs/log_restore.h"
#include "logs/log_rounds.h"

namespace proxy_telemetry {
namespace {

TEST_F(LogReaderTest, LinesOfAFileBecomeCountersOfTheirHosts) {
  Append(Line("Shop.Example", 200, 0.004));
  Append(Line("shop.example:80", 503, 0.3));
  Append(Line("api.example", 301, 20));
  Start({FileJob()});
  WaitFor(Requests("shop.example", "5xx"), 1);
  const auto shown = Shown();
  EXPECT_EQ(shown.at(Requests("shop.example", "2xx")), 1);
  EXPECT_EQ(shown.at(Requests("shop.example", "4xx")), 0);
  EXPECT_FALSE(shown.contains(Requests("shop.example", "1xx")));
  EXPECT_EQ(shown.at(Requests("api.example", "3xx")), 1);
  EXPECT_EQ(shown.at(Series("proxy_response_bytes_total", R"(host="shop.example")")), 200);
  EXPECT_EQ(shown.at(Series("proxy_request_bytes_total", R"(host="shop.example")")), 20);
  EXPECT_EQ(shown.at(Series("proxy_up")), 1);
  EXPECT_EQ(shown.at(Series("proxy_telemetry_log_lines_total")), 3);
}

TEST_F(LogReaderTest, TheHistogramIsASubsetOfTheFineBoundsAndTheBinsStayOutOfSight) {
  Append(Line("a", 200, 0.001));
  Append(Line("a", 200, 0.0011));
  Append(Line("a", 200, 31));
  ScrapeConfig job = FileJob();
  job.access_log->buckets = {0.001, 0.5};
  Start({job});
  const auto bucket = [this](const std::string& le) {
    return "proxy_http_request_duration_seconds_bucket{host=\"a\",instance=\"" + log_path() + "\",job=\"logs\",le=\"" +
           le + "\"}";
  };
  WaitFor(bucket("+Inf"), 3);
  const auto shown = Shown();
  EXPECT_EQ(shown.at(bucket("0.001")), 1);
  EXPECT_EQ(shown.at(bucket("0.5")), 2);
  EXPECT_EQ(shown.at(Series("proxy_http_request_duration_seconds_count", R"(host="a")")), 3);
  EXPECT_NEAR(shown.at(Series("proxy_http_request_duration_seconds_sum", R"(host="a")")), 31.0021, 1e-9);
  for (const auto& [text, value] : shown) EXPECT_EQ(text.find("_bin_total"), std::string::npos) << text;
  Stop();
  EXPECT_EQ(Stored("proxy_http_request_duration_bin_total", "bin", "0.0011").back(), 1);
  EXPECT_EQ(Stored("proxy_http_request_duration_bin_total", "bin", "33").back(), 1);
}

TEST_F(LogReaderTest, AHostThatComesLaterBeginsWithZerosAtTheRoundBefore) {
  Append(Line("first", 200, 0.1));
  Start({FileJob()});
  WaitFor(Requests("first", "2xx"), 1);
  Append(Line("later", 200, 0.1));
  WaitFor(Requests("later", "2xx"), 1);
  Stop();
  const std::vector<double> values = Stored("proxy_http_requests_total", "host", "later");
  ASSERT_GE(values.size(), 2);
  EXPECT_EQ(values.front(), 0);
}

TEST_F(LogReaderTest, CountersAndFileGoOnAfterARestart) {
  for (int i = 0; i < 5; ++i) Append(Line("a", 200, 0.1));
  Append("{\"cut off");
  Start({FileJob()});
  WaitFor(Requests("a", "2xx"), 5);
  Stop();
  Append(Line("a", 200, 0.1));
  store_.reset();
  OpenStore();
  Start({FileJob()});
  WaitFor(Requests("a", "2xx"), 6);
  const auto shown = Shown();
  EXPECT_EQ(shown.at(Series("proxy_http_request_duration_seconds_count", R"(host="a")")), 6);
  EXPECT_NEAR(shown.at(Series("proxy_http_request_duration_seconds_sum", R"(host="a")")), 0.6, 1e-9);
  EXPECT_EQ(shown.at(Series("proxy_http_upstream_duration_seconds_count", R"(host="a")")), 6);
  EXPECT_EQ(shown.at(Series("proxy_response_bytes_total", R"(host="a")")), 600);
  EXPECT_EQ(shown.at(Series("proxy_telemetry_log_unreadable_lines_total")), 1);
  EXPECT_EQ(shown.at(Series("proxy_telemetry_log_lines_total")), 6);
}

TEST_F(LogReaderTest, ARestartDoesNotMakeASilentHostBusy) {
  Append(Line("a", 200, 0.1));
  Start({FileJob()});
  WaitFor(Requests("a", "2xx"), 1);
  Stop();
  const double hours_ms = Stored(kLogHostSeenName, "host", "a").back() * 1000;
  const auto now_ms = static_cast<double>(Clock::System().WallMs());
  EXPECT_GT(hours_ms, now_ms - 60'000);
  EXPECT_LE(hours_ms, now_ms + kHostSeenStepMs);
  // Two hours later, restored: as silent as before.
  LogHosts hosts(std::move(*HostMapper::Make({})), {"x", 10, 2 * kHostSeenStepMs});
  const std::int64_t later_ms = Clock::System().WallMs() + 3 * kHostSeenStepMs;
  RestoreLog(*store_->NewView(), Labels({{"job", "logs"}, {"instance", log_path()}}), later_ms, hosts);
  EXPECT_EQ(hosts.size(), 1);
  hosts.Expire(later_ms);
  EXPECT_EQ(hosts.size(), 0);
}

TEST_F(LogReaderTest, AFileGetsNoRoundShortlyBehindAnother) {
  ScrapeConfig job = FileJob();
  job.scrape_interval_ms = 600'000;
  Append(Line("a", 200, 0.1));
  Start({job});
  WaitFor(Requests("a", "2xx"), 1);
  Append(Line("a", 200, 0.1));
  Stop();
  EXPECT_EQ(Stored("proxy_http_requests_total", "code", "2xx"), std::vector<double>{1});
  Start({job});
  WaitFor(Requests("a", "2xx"), 2);
}

TEST_F(LogReaderTest, HostsBeyondTheLimitAreFoldedAndCountedByJob) {
  ScrapeConfig job = FileJob();
  job.host_limit = 2;
  for (const char* host : {"a", "b", "c", "d", "a"}) Append(Line(host, 200, 0.1));
  Start({job});
  WaitFor(Requests("_other", "2xx"), 2);
  EXPECT_EQ(Shown().at(Requests("a", "2xx")), 2);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (reader_->stats().folded_requests["logs"] != 2 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(reader_->stats().folded_requests["logs"], 2);
}

TEST_F(LogReaderTest, AReloadKeepsCountersAndTakesNewRules) {
  Append(Line("be_shop", 200, 0.1));
  Start({FileJob()});
  WaitFor(Requests("be_shop", "2xx"), 1);
  ScrapeConfig job = FileJob();
  job.hosts = {{"be_(.*)", "$1.example"}};
  reader_->Apply(ConfigOf({job}));
  Append(Line("be_shop", 200, 0.1));
  WaitFor(Requests("shop.example", "2xx"), 1);
  EXPECT_EQ(Shown().at(Requests("be_shop", "2xx")), 1);
}

TEST_F(LogReaderTest, CountersGoOnAfterARestartWhateverRulesMakeOfTheirSeries) {
  ScrapeConfig job = FileJob();
  RelabelRule host;
  host.source_labels = {"host"};
  host.regex = R"((.*)\.internal)";
  host.target_label = "host";
  RelabelRule name;
  name.source_labels = {"__name__"};
  name.regex = "proxy_(http_requests.*)";
  name.target_label = "__name__";
  name.replacement = "edge_$1";
  RelabelRule bins;
  bins.source_labels = {"__name__"};
  bins.regex = ".*_bin_total";
  bins.action = RelabelAction::kDrop;
  job.metric_relabel_configs = {host, name, bins};
  for (int i = 0; i < 3; ++i) Append(Line("a.internal", 200, 0.1));
  const std::string requests =
      "edge_http_requests_total{code=\"2xx\",host=\"a\",instance=\"" + log_path() + "\",job=\"logs\"}";
  Start({job});
  WaitFor(requests, 3);
  Stop();
  Append(Line("a.internal", 200, 0.1));
  Start({job});
  WaitFor(requests, 4);
  EXPECT_EQ(Shown().at(Series("proxy_http_request_duration_seconds_count", R"(host="a")")), 4);
  EXPECT_EQ(reader_->stats().duplicate_samples, 0);
  for (const auto& [text, value] : Shown()) EXPECT_EQ(text.find("kept"), std::string::npos) << text;
}

TEST_F(LogReaderTest, TwoHostsThatARuleMakesOneAreOneSeriesAndTheSecondIsCounted) {
  ScrapeConfig job = FileJob();
  RelabelRule one;
  one.target_label = "host";
  one.replacement = "all";
  job.metric_relabel_configs = {one};
  for (const char* host : {"b", "a", "b"}) Append(Line(host, 200, 0.1));
  Start({job});
  WaitFor(Requests("all", "2xx"), 1);
  Append(Line("c", 200, 0.1));
  Append(Line("a", 200, 0.1));
  WaitFor(Requests("all", "2xx"), 2);
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (reader_->stats().duplicate_samples == 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_GT(reader_->stats().duplicate_samples, 0);
}

TEST_F(LogReaderTest, AHostTooLongForItsLabelDoesNotCostTheLogItsRounds) {
  ScrapeConfig job = FileJob();
  job.label_value_length_limit = 100;
  Append(Line("a", 200, 0.1));
  Append(Line(std::string(job.label_value_length_limit + 1, 'x'), 200, 0.1));
  Start({job});
  WaitFor(Requests("_other", "2xx"), 1);
  EXPECT_EQ(Shown().at(Requests("a", "2xx")), 1);
}

TEST_F(LogReaderTest, ARoundThatIsRefusedDoesNotTakeTheZerosOfNewHosts) {
  ScrapeConfig job = FileJob();
  Append(Line("first", 200, 0.1));
  Start({job});
  WaitFor(Requests("first", "2xx"), 1);
  ScrapeConfig limited = job;
  limited.sample_limit = 1;
  reader_->Apply(ConfigOf({limited}));
  WaitFor(Series("proxy_up"), 0);
  Append(Line("later", 200, 0.1));
  WaitForRounds(3);
  reader_->Apply(ConfigOf({job}));
  WaitFor(Requests("later", "2xx"), 1);
  Stop();
  EXPECT_EQ(Stored("proxy_http_requests_total", "host", "later").front(), 0);
}

TEST_F(LogReaderTest, SaysOnceThatTheFirstRoundsAreOverAlsoWhereTheyFailed) {
  Append(Line("a", 200, 0.1));
  ScrapeConfig missing = FileJob();
  missing.job_name = "missing";
  missing.access_log->file = log_path() + ".missing";
  Start({FileJob(), missing});
  WaitFor(Requests("a", "2xx"), 1);
  WaitForRounds(4);
  MutexLock lock(mutex_);
  EXPECT_EQ(first_rounds_over_, 1);
  // Each log says that it is there, and then has a round.
  EXPECT_GE(rounds_before_ready_, 4);
}

TEST_F(LogReaderTest, AFileThatCannotBeReadIsDownUntilItCan) {
  Start({FileJob()});
  WaitFor(Series("proxy_up"), 0);
  Append(Line("a", 200, 0.1));
  WaitFor(Requests("a", "2xx"), 1);
  EXPECT_EQ(Shown().at(Series("proxy_up")), 1);
}

}  // namespace
}  // namespace proxy_telemetry

// A LogReader with a real store behind it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "exporter/log_reader.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry {

inline constexpr auto kPatience = std::chrono::seconds(30);

inline std::string Line(const std::string& host, int status, double seconds) {
  return R"({"host":")" + host + R"(","status":)" + std::to_string(status) + R"(,"request_time":)" +
         std::to_string(seconds) + R"(,"bytes_sent":100,"request_length":10,"upstream_response_time":"0.001"})";
}

class LogReaderTest : public ::testing::Test {
 protected:
  LogReaderTest() { OpenStore(); }

  void OpenStore() {
    tsdb::StoreOptions options;
    options.path = dir_.path() / "store";
    options.group_labels = tsdb::DefaultGroupLabels();
    auto store = tsdb::Store::Open(options);
    ASSERT_TRUE(store.ok()) << store.status().message();
    store_ = std::move(*store);
  }

  std::string log_path() const { return dir_.path() / "access.log"; }

  ScrapeConfig FileJob() const {
    ScrapeConfig job;
    job.job_name = "logs";
    job.proxy = ProxyKind::kNginx;
    job.scrape_interval_ms = 200;
    job.access_log.emplace();
    job.access_log->file = log_path();
    job.access_log->from_beginning = true;
    return job;
  }

  static std::shared_ptr<const Config> ConfigOf(std::vector<ScrapeConfig> jobs) {
    auto config = std::make_shared<Config>();
    config->scrape_configs = std::move(jobs);
    return config;
  }

  void Start(std::vector<ScrapeConfig> jobs) {
    LogReaderOptions options;
    options.clock = &Clock::System();
    options.intern = [this](const Labels& labels) { return store_->Intern(labels); };
    options.view = [this] { return store_->NewView(); };
    options.on_round = [this](const std::shared_ptr<const TargetRound>& round) { Take(*round); };
    options.on_removed = [](TargetId) {};
    options.on_first_rounds_over = [this] {
      MutexLock lock(mutex_);
      ++first_rounds_over_;
      rounds_before_ready_ = rounds_;
      changed_.NotifyAll();
    };
    reader_ = std::make_unique<LogReader>(std::move(options), ConfigOf(std::move(jobs)));
  }

  void Stop() { reader_.reset(); }

  // What the recorder does.
  void Take(const TargetRound& round) {
    if (round.ts_ms != 0) {
      tsdb::Round stored;
      stored.ts_ms = round.ts_ms;
      for (const auto* samples : {&round.samples, &round.unshown}) {
        for (const ScrapedSample& sample : *samples)
          stored.samples.push_back({sample.series->stored.get(), sample.value});
      }
      const auto appended = store_->Append(std::span(&stored, 1));
      ASSERT_TRUE(appended.ok()) << appended.status().message();
      ASSERT_EQ(appended->out_of_order, 0);
    }
    if (round.is_late) return;
    MutexLock lock(mutex_);
    shown_.clear();
    for (const ScrapedSample& sample : round.samples) shown_[sample.series->text] = sample.value;
    ++rounds_;
    changed_.NotifyAll();
  }

  // The text of a series of the log's target.
  std::string Series(const std::string& name, const std::string& labels = "") const {
    return name + "{" + labels + (labels.empty() ? "" : ",") + "instance=\"" + log_path() + "\",job=\"logs\"}";
  }
  std::string Requests(const std::string& host, const std::string& code) const {
    return "proxy_http_requests_total{code=\"" + code + "\",host=\"" + host + "\",instance=\"" + log_path() +
           "\",job=\"logs\"}";
  }

  // Waits until a round shows `series` as `value`.
  void WaitFor(const std::string& series, double value) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    MutexLock lock(mutex_);
    while (!shown_.contains(series) || shown_[series] != value) {
      const auto left = end - std::chrono::steady_clock::now();
      if (left <= std::chrono::seconds(0)) {
        std::string all;
        for (const auto& [text, number] : shown_) all += text + " " + std::to_string(number) + "\n";
        FAIL() << "no round shows " << series << " as " << value << ", but\n" << all;
      }
      changed_.WaitFor(mutex_, left);
    }
  }
  void WaitForRounds(int more) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    MutexLock lock(mutex_);
    const int wanted = rounds_ + more;
    while (rounds_ < wanted) {
      const auto left = end - std::chrono::steady_clock::now();
      ASSERT_GT(left.count(), 0);
      changed_.WaitFor(mutex_, left);
    }
  }
  std::map<std::string, double> Shown() {
    MutexLock lock(mutex_);
    return shown_;
  }

  void Append(const std::string& text) const { std::ofstream(log_path(), std::ios::app) << text << "\n"; }

  // All values of a series in the store.
  std::vector<double> Stored(const std::string& name, const std::string& label, const std::string& value) const {
    tsdb::Selection selection;
    selection.matchers = {tsdb::Matcher::Equal("__name__", name), tsdb::Matcher::Equal(label, value)};
    selection.start_ms = 0;
    selection.end_ms = INT64_MAX / 4;
    std::vector<double> values;
    const auto view = store_->NewView();
    const auto cursor = view->Select(selection);
    while (cursor->Next()) {
      for (const tsdb::Point& point : cursor->points()) values.push_back(point.value);
    }
    return values;
  }

  ScratchDir dir_;
  std::unique_ptr<tsdb::Store> store_;
  Mutex mutex_;
  CondVar changed_;
  std::map<std::string, double> shown_ GUARDED_BY(mutex_);
  int rounds_ GUARDED_BY(mutex_) = 0;
  int first_rounds_over_ GUARDED_BY(mutex_) = 0;
  int rounds_before_ready_ GUARDED_BY(mutex_) = 0;
  std::unique_ptr<LogReader> reader_;
};

}  // namespace proxy_telemetry

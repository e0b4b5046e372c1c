// LogReader: reads the access logs of the configuration's jobs and counts, per host, what they say.
//
// Every job with `access_log:` is a target like those that are scraped: with job and instance (the text of `listen` or
// `file`), a round every scrape_interval, proxy_up 0 while its socket or file cannot be opened. Its counters go on
// where an earlier run of the program stopped.
//
// Two threads: one empties sockets, one reads lines, follows files and makes rounds. A proxy is never kept waiting:
// what cannot be read in time is lost and counted. Apply(), stats() and the destructor are for any thread; on_round,
// on_removed and on_first_rounds_over are called on the reading thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/labels.h"
#include "base/mutex.h"
#include "base/status.h"
#include "config/config.h"
#include "exporter/round.h"
#include "exporter/target_status.h"
#include "tsdb/store.h"

namespace proxy_telemetry {

// Counter of each log: its lines that were read as requests.
inline constexpr const char* kLogLinesName = "proxy_telemetry_log_lines_total";

struct LogReaderOptions {
  const Clock* clock = nullptr;  // outlives the reader
  std::function<tsdb::SeriesHandle(const Labels&)> intern;
  std::function<std::shared_ptr<const tsdb::View>()> view;  // the history, for the counters of an earlier run
  std::function<void(std::shared_ptr<const TargetRound>)> on_round;
  std::function<void(TargetId)> on_removed;
  // Once: every log of the first configuration has had its first round, good or bad.
  std::function<void()> on_first_rounds_over;
  TargetStatusBoard* statuses = nullptr;  // where logs are shown as targets; outlives the reader; null: nowhere
};

struct LogReaderStats {
  std::uint64_t targets = 0;
  std::map<std::string, std::uint64_t> lines;            // by job: read as requests, since the start
  std::uint64_t duplicate_samples = 0;                   // dropped: second ones of a series in one round
  std::map<std::string, std::uint64_t> folded_requests;  // by job: counted under the host "_other"
};

// The formats of all access logs of `config`; what is wrong with the first bad one, and in which job.
Status CheckLogFormats(const Config& config);

class LogReader {
 public:
  // Begins with the access logs of `config`.
  LogReader(LogReaderOptions options, std::shared_ptr<const Config> config);
  // Reads what has arrived, as far as that takes no long time, and makes a last round of each log.
  ~LogReader();
  LogReader(const LogReader&) = delete;
  LogReader& operator=(const LogReader&) = delete;

  // From now on the access logs of `config`: what stays loses no line.
  void Apply(std::shared_ptr<const Config> config) EXCLUDES(mutex_);
  LogReaderStats stats() const EXCLUDES(mutex_);

 private:
  class Loop;

  void Run() EXCLUDES(mutex_);

  mutable Mutex mutex_;
  CondVar wakeup_;
  std::shared_ptr<const Config> next_config_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  LogReaderStats stats_ GUARDED_BY(mutex_);
  std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

}  // namespace proxy_telemetry

// Collector: scrapes all targets, each at its own interval, over one libcurl multi handle in one thread.
//
// A target that hangs, drips or sends rubbish costs the others nothing. What a round gave goes to on_round on the
// collector's thread, which must not block there. Apply(), stats() and the destructor are for any thread.
//
// Targets are those of the configuration and of its file_sd files, which a thread of its own reads (file_sd.h). What
// either of them changes takes the same way: targets are made where the change is noticed, and the collector's thread
// only compares, so that a reload of a thousand targets costs no round.
#pragma once

#include <atomic>
#include <cstddef>
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
#include "tsdb/series.h"

namespace proxy_telemetry {

struct CollectorOptions {
  const Clock* clock = nullptr;  // outlives the collector
  std::function<tsdb::SeriesHandle(const Labels&)> intern;
  std::function<void(std::shared_ptr<const TargetRound>)> on_round;  // ts_ms 0: a new target, not scraped yet
  std::function<void(TargetId)> on_removed;
  // Once: every target of the first configuration has had its first round, good or bad.
  std::function<void()> on_first_rounds_over;
  TargetStatusBoard* statuses = nullptr;  // where targets are shown; outlives the collector; null: nowhere
};

class FileSd;
struct TargetSet;

struct CollectorStats {
  std::uint64_t targets = 0;
  std::uint64_t refused_targets = 0;       // there, but they cannot be scraped as they are
  std::uint64_t refused_target_files = 0;  // of file_sd_configs, broken or unreadable now
  std::uint64_t rounds = 0;                // since the start, good and bad
  std::uint64_t failed_rounds = 0;
  std::uint64_t missed_rounds = 0;                // due while the round before was still under way
  std::uint64_t duplicate_samples = 0;            // dropped: second ones of a series in one page
  std::map<std::string, double> folded_requests;  // by job: counted under the host "_other"
};

class Collector {
 public:
  // Begins with the targets of `config`; all of them are scraped at once the first time.
  static Result<std::unique_ptr<Collector>> Start(CollectorOptions options, std::shared_ptr<const Config> config);
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  // From now on the targets of `config`: those that stay as they were go on without missing a round.
  // Target files are read before it returns.
  void Apply(std::shared_ptr<const Config> config) EXCLUDES(plan_mutex_, mutex_);
  CollectorStats stats() const EXCLUDES(mutex_);

 private:
  class Loop;

  Collector();

  void OnDiscovered() EXCLUDES(plan_mutex_, mutex_);
  void HandTargets() REQUIRES(plan_mutex_) EXCLUDES(mutex_);

  Mutex plan_mutex_;  // taken before mutex_
  std::shared_ptr<const Config> config_ GUARDED_BY(plan_mutex_);
  mutable Mutex mutex_;
  std::unique_ptr<TargetSet> next_targets_ GUARDED_BY(mutex_);
  std::map<std::string, double> folded_requests_ GUARDED_BY(mutex_);  // by job
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> targets_ = 0;
  std::atomic<std::uint64_t> refused_targets_ = 0;
  std::atomic<std::uint64_t> rounds_ = 0;
  std::atomic<std::uint64_t> failed_rounds_ = 0;
  std::atomic<std::uint64_t> missed_rounds_ = 0;
  std::atomic<std::uint64_t> duplicate_samples_ = 0;
  std::unique_ptr<Loop> loop_;
  std::thread thread_;
  std::unique_ptr<FileSd> file_sd_;  // last: its thread uses what is above
};

}  // namespace proxy_telemetry

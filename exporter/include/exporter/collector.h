// Collector: scrapes all targets, each at its own interval, over one libcurl multi handle in one thread.
//
// A target that hangs, drips or sends rubbish costs the others nothing. What a round gave goes to on_round on the
// collector's thread, which must not block there. Apply(), stats() and the destructor are for any thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "base/labels.h"
#include "base/mutex.h"
#include "base/status.h"
#include "config/config.h"
#include "exporter/round.h"
#include "tsdb/series.h"

namespace proxy_telemetry {

struct CollectorOptions {
  const Clock* clock = nullptr;  // outlives the collector
  std::function<tsdb::SeriesHandle(const Labels&)> intern;
  std::function<void(std::shared_ptr<const TargetRound>)> on_round;  // ts_ms 0: a new target, not scraped yet
  std::function<void(TargetId)> on_removed;
  // Once: every target of the first configuration has had its first round, good or bad.
  std::function<void()> on_first_rounds_over;
};

struct CollectorStats {
  std::uint64_t targets = 0;
  std::uint64_t rounds = 0;  // since the start, good and bad
  std::uint64_t failed_rounds = 0;
  std::uint64_t missed_rounds = 0;      // due while the round before was still under way
  std::uint64_t duplicate_samples = 0;  // dropped: second ones of a series in one page
};

class Collector {
 public:
  // Begins with the targets of `config`; all of them are scraped at once the first time.
  static Result<std::unique_ptr<Collector>> Start(CollectorOptions options, const Config& config);
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  // From now on the targets of `config`: those that stay as they were go on without missing a round.
  void Apply(std::shared_ptr<const Config> config) EXCLUDES(mutex_);
  CollectorStats stats() const;

 private:
  class Loop;

  Collector();

  Mutex mutex_;
  std::shared_ptr<const Config> next_config_ GUARDED_BY(mutex_);
  std::atomic<bool> stopping_ = false;
  std::atomic<std::uint64_t> targets_ = 0;
  std::atomic<std::uint64_t> rounds_ = 0;
  std::atomic<std::uint64_t> failed_rounds_ = 0;
  std::atomic<std::uint64_t> missed_rounds_ = 0;
  std::atomic<std::uint64_t> duplicate_samples_ = 0;
  std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

}  // namespace proxy_telemetry

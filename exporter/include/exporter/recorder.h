// Recorder: the store's one writer. Takes rounds from the collector, appends them durably, then shows them.
//
// All rounds that wait are appended in one synced batch, so that a thousand targets cost one disk write, not a
// thousand. /metrics sees a round only when the store has it (or has refused it): what a reader saw is there after
// a crash. Enqueue, Remove and Then are for any thread and never block.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "exporter/exposition.h"
#include "exporter/round.h"
#include "tsdb/store.h"

namespace proxy_telemetry {

// Samples that may wait for the disk; what comes beyond is shown but not stored, counted and logged.
inline constexpr std::size_t kQueuedSamplesMax = 8'000'000;
inline constexpr std::int64_t kExpireEveryMs = 60'000;

struct RecorderStats {
  std::uint64_t queued_samples = 0;
  std::uint64_t unstored_rounds = 0;  // the queue was full or the store failed
};

class Recorder {
 public:
  // All three outlive the recorder.
  Recorder(tsdb::Store& store, Exposition& exposition, const Clock& clock);
  // Writes what is queued, then stops.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void Enqueue(std::shared_ptr<const TargetRound> round) EXCLUDES(mutex_);
  void Remove(TargetId target) EXCLUDES(mutex_);
  // Runs on the recorder's thread after all that was queued before.
  void Then(std::function<void()> action) EXCLUDES(mutex_);
  RecorderStats stats() const EXCLUDES(mutex_);

 private:
  // A round to store and show, or something to do.
  struct Item {
    std::shared_ptr<const TargetRound> round;
    bool store = true;
    std::function<void()> action;
  };

  void Run() EXCLUDES(mutex_);
  void Store(const std::vector<Item>& items);
  void ExpireNowAndThen();
  void NoteState(const Status& status);

  tsdb::Store& store_;
  Exposition& exposition_;
  const Clock& clock_;
  std::int64_t last_expiry_ms_;  // steady; the thread's own, as the next
  bool store_failed_ = false;

  mutable Mutex mutex_;
  CondVar wakeup_;
  std::vector<Item> queue_ GUARDED_BY(mutex_);
  std::size_t queued_samples_ GUARDED_BY(mutex_) = 0;
  std::uint64_t unstored_rounds_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace proxy_telemetry

// TargetStatus: what is known about a target, for people and for /api/v1/targets; TargetStatusBoard: those of all.
//
// Whoever scrapes or listens publishes a new status after each round; readers take a snapshot. Statuses are immutable
// and shared. The board is thread-safe and never blocks longer than it takes to copy pointers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/labels.h"
#include "base/mutex.h"
#include "base/status.h"
#include "exporter/round.h"

namespace proxy_telemetry {

enum class TargetHealth { kUnknown, kUp, kDown };  // unknown: not scraped yet
const char* TargetHealthName(TargetHealth health);

struct TargetStatus {
  std::string job;    // of the configuration; the label of that name may say otherwise
  Labels discovered;  // before relabelling
  Labels labels;      // those of its series
  // Where its numbers come from: "http://127.0.0.1:9090/metrics", "unix:/run/haproxy/admin.sock", "unixgram:/run/x".
  std::string source;
  std::string proxy;  // what it was recognised as; "" while that is not known
  TargetHealth health = TargetHealth::kUnknown;
  Status last_error;                // ok after a good round
  std::int64_t last_scrape_ms = 0;  // 0 = never
  double last_duration_seconds = 0;
  std::uint64_t samples = 0;     // of the last round
  std::int64_t interval_ms = 0;  // 0 = numbers come when they come, as of an access log
  std::int64_t timeout_ms = 0;
};

// What discovery found and is not scraped.
struct DroppedTarget {
  std::string job;
  Labels discovered;
  std::string error;  // "" where relabelling dropped it
};

// What is dropped beyond this is not remembered.
inline constexpr std::size_t kDroppedTargetsMax = 10'000;

struct TargetStatuses {
  std::vector<std::shared_ptr<const TargetStatus>> active;    // by job, source and labels
  std::shared_ptr<const std::vector<DroppedTarget>> dropped;  // never null
};

class TargetStatusBoard {
 public:
  void Publish(TargetId target, std::shared_ptr<const TargetStatus> status) EXCLUDES(mutex_);
  void Remove(TargetId target) EXCLUDES(mutex_);
  // All of them, in place of those before.
  void SetDropped(std::vector<DroppedTarget> dropped) EXCLUDES(mutex_);

  TargetStatuses Snapshot() const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::map<TargetId, std::shared_ptr<const TargetStatus>> active_ GUARDED_BY(mutex_);
  std::shared_ptr<const std::vector<DroppedTarget>> dropped_ GUARDED_BY(mutex_) =
      std::make_shared<const std::vector<DroppedTarget>>();
};

}  // namespace proxy_telemetry

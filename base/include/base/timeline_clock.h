// TimelineClock: the wall clock for samples. Goes on steadily whatever is done to the machine's clock.
//
// A rate is a difference over a difference of times: a clock that jumps makes it wrong, one that goes back makes two
// pasts of one. So time goes on by the steady clock, and follows the machine's clock like this:
//   ahead by up to kStepMs            at once
//   ahead by more                     when it has stayed so for kBelieveMs: it may be a mistake that is put right
//   behind                            slowly, one part in kSlewShare, as every step back would write the past anew
// What it does not follow at once is said in the log once. Thread-safe.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/mutex.h"

namespace proxy_telemetry {

class TimelineClock final : public Clock {
 public:
  static constexpr std::int64_t kStepMs = std::int64_t{10} * 60 * 1000;
  static constexpr std::int64_t kBelieveMs = std::int64_t{60} * 1000;
  static constexpr std::int64_t kSlewShare = 100;
  // Further ahead of the clock than this, what was stored before is not believed.
  static constexpr std::int64_t kStoredAheadMaxMs = std::int64_t{24} * 60 * 60 * 1000;

  // `clock` outlives it.
  explicit TimelineClock(const Clock& clock);

  // Time begins after the newest sample of before, if that is not far ahead.
  void StartAfter(std::int64_t newest_ms) EXCLUDES(mutex_);

  std::int64_t WallMs() const override EXCLUDES(mutex_);
  std::int64_t SteadyUs() const override { return clock_.SteadyUs(); }

 private:
  const Clock& clock_;
  mutable Mutex mutex_;
  mutable std::int64_t steady_ms_ GUARDED_BY(mutex_);  // of the last look
  mutable std::int64_t time_ms_ GUARDED_BY(mutex_);    // as it was then
  mutable std::int64_t slew_rest_ms_ GUARDED_BY(mutex_) = 0;
  mutable std::int64_t ahead_since_ms_ GUARDED_BY(mutex_) = -1;  // steady; -1: the clock is not far ahead
  mutable bool told_ GUARDED_BY(mutex_) = false;
};

}  // namespace proxy_telemetry

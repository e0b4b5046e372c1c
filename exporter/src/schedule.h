// Schedule: when a target is scraped. Times are multiples of the interval on the wall clock, shifted by a hash of
// the target, so that targets are spread and keep their phase across restarts of the program.
//
// Plain value; the caller brings the time.
#pragma once

#include <cstdint>
#include <string_view>

namespace proxy_telemetry {

// A round this close to its time is stamped with it: equal distances compress far better than jittered ones.
inline constexpr std::int64_t kTimestampToleranceMs = 2;

class Schedule {
 public:
  // The first round is due at once.
  Schedule(std::string_view identity, std::int64_t interval_ms, std::int64_t wall_now_ms);

  // Wall time of the round that is due next.
  std::int64_t next_ms() const { return next_ms_; }

  // The round is begun now: returns its timestamp and moves on to the next one. Follows the clock when it jumped.
  std::int64_t Begin(std::int64_t wall_now_ms);

  // How long from now until the next round; never more than an interval and a half, whatever the clock did.
  std::int64_t DelayMs(std::int64_t wall_now_ms) const;

 private:
  // The first time of the phase that is at least `earliest_ms`.
  std::int64_t PhaseAfter(std::int64_t earliest_ms) const;

  std::int64_t interval_ms_;
  std::int64_t phase_ms_;
  std::int64_t next_ms_;
};

}  // namespace proxy_telemetry

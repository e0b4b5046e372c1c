#include "base/timeline_clock.h"

#include <algorithm>

#include "base/log.h"

namespace proxy_telemetry {
namespace {

// Behind by less than this is what every clock is now and then.
constexpr std::int64_t kWorthTellingMs = 10'000;

}  // namespace

TimelineClock::TimelineClock(const Clock& clock)
    : clock_(clock), steady_ms_(clock.SteadyMs()), time_ms_(clock.WallMs()) {}

void TimelineClock::StartAfter(std::int64_t newest_ms) {
  const std::int64_t now_ms = WallMs();
  if (newest_ms < now_ms) return;
  if (newest_ms - now_ms > kStoredAheadMaxMs) {
    LogError(
        "the history has samples far in the future; new ones of the same targets are refused until then. Check the "
        "clock, or move the partitions of that time away",
        {{"ahead_s", (newest_ms - now_ms) / 1000}});
    return;
  }
  LogWarn("the clock is behind the newest stored sample; time goes on from there",
          {{"ahead_s", (newest_ms - now_ms) / 1000}});
  MutexLock lock(mutex_);
  time_ms_ = newest_ms + 1;
}

std::int64_t TimelineClock::WallMs() const {
  const std::int64_t steady_ms = clock_.SteadyMs();
  const std::int64_t wall_ms = clock_.WallMs();
  MutexLock lock(mutex_);
  const std::int64_t elapsed_ms = std::max<std::int64_t>(0, steady_ms - steady_ms_);
  steady_ms_ = std::max(steady_ms_, steady_ms);
  time_ms_ += elapsed_ms;
  const std::int64_t ahead_ms = wall_ms - time_ms_;
  if (ahead_ms <= kStepMs) ahead_since_ms_ = -1;
  if (ahead_ms >= 0 && ahead_ms <= kStepMs) {
    time_ms_ = wall_ms;
    told_ = false;
  } else if (ahead_ms > kStepMs) {
    if (ahead_since_ms_ < 0) ahead_since_ms_ = steady_ms;
    if (steady_ms - ahead_since_ms_ >= kBelieveMs) {
      LogWarn("the clock was set forward; time follows it", {{"forward_s", ahead_ms / 1000}});
      time_ms_ = wall_ms;
      ahead_since_ms_ = -1;
    }
  } else {
    if (!told_ && -ahead_ms >= kWorthTellingMs) {
      LogWarn("the clock was set back; samples go on in the old time, which comes back to the clock by 1 in 100",
              {{"back_s", -ahead_ms / 1000}});
      told_ = true;
    }
    slew_rest_ms_ += elapsed_ms;
    const std::int64_t slew_ms = std::min({slew_rest_ms_ / kSlewShare, -ahead_ms, elapsed_ms});
    time_ms_ -= slew_ms;
    slew_rest_ms_ -= slew_ms * kSlewShare;
  }
  return time_ms_;
}

}  // namespace proxy_telemetry

#include "schedule.h"

#include <algorithm>

namespace proxy_telemetry {
namespace {

// FNV-1a with a final mix: the same on every machine and in every version.
std::uint64_t HashOf(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  hash ^= hash >> 33U;
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 33U);
}

}  // namespace

Schedule::Schedule(std::string_view identity, std::int64_t interval_ms, std::int64_t wall_now_ms)
    : interval_ms_(interval_ms),
      phase_ms_(static_cast<std::int64_t>(HashOf(identity) % static_cast<std::uint64_t>(interval_ms))),
      next_ms_(wall_now_ms) {}

std::int64_t Schedule::PhaseAfter(std::int64_t earliest_ms) const {
  const std::int64_t behind_ms = (earliest_ms - phase_ms_) % interval_ms_;
  const std::int64_t wait_ms =
      behind_ms == 0 ? 0 : interval_ms_ - (behind_ms < 0 ? behind_ms + interval_ms_ : behind_ms);
  return earliest_ms + wait_ms;
}

std::int64_t Schedule::Begin(std::int64_t wall_now_ms) {
  const std::int64_t late_ms = wall_now_ms - next_ms_;
  const bool on_time = late_ms >= 0 && late_ms <= kTimestampToleranceMs;
  const std::int64_t ts_ms = on_time ? next_ms_ : wall_now_ms;
  // Not sooner than half an interval: a rate over a few milliseconds is noise.
  next_ms_ = PhaseAfter(ts_ms + (interval_ms_ + 1) / 2);
  return ts_ms;
}

std::int64_t Schedule::DelayMs(std::int64_t wall_now_ms) const {
  return std::clamp<std::int64_t>(next_ms_ - wall_now_ms, 0, interval_ms_ + interval_ms_ / 2);
}

}  // namespace proxy_telemetry

// TargetSamples: what one target said about the host, scrape by scrape, as increases since its scrape before.
//
// Columns of equal length, a row per scrape. Plain values, built for one request, then only read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/duration.h"
#include "history_series.h"

namespace proxy_telemetry::history {

// A target's newest sample stands for it this long, or twice the sample's own interval where that is longer; never
// longer than kStaleMaxMs, so that one scrape behind a long hole does not speak for days.
inline constexpr std::int64_t kStaleMinMs = 5 * kMinuteMs;
inline constexpr std::int64_t kStaleMaxMs = kDayMs;

std::int64_t StaleAfterMs(std::int64_t elapsed_ms);

// Decimal seconds give the decimal milliseconds: 0.0452 s is 45.2 ms, where the product would be 45.199999999999996.
// What lies within rounding of a whole number of nanoseconds is taken for it.
double SecondsToMs(double seconds);

struct TargetSamples {
  std::vector<std::int64_t> ts_ms;       // ascending
  std::vector<std::int64_t> elapsed_ms;  // since the target's sample before; 0: there is none, and nothing is counted
  std::vector<double> requests;          // increases
  std::vector<double> errors;
  std::vector<double> backends_up;
  std::vector<double> buckets;  // increases, bucket_count per row in the order of the bounds; empty without histogram
  std::size_t bucket_count = 0;
  std::vector<std::int64_t> bucket_since_ms;  // per bound: the first time the target had it
  std::vector<double> p99_sum_ms;             // over backends that report a p99 themselves; empty without such
  std::vector<double> p99_count;

  std::size_t size() const { return ts_ms.size(); }
  std::span<const double> BucketsOf(std::size_t row) const {
    return std::span(buckets).subspan(row * bucket_count, buckets.empty() ? 0 : bucket_count);
  }
  bool IsLive(std::size_t row, std::int64_t at_ms) const { return at_ms - ts_ms[row] <= StaleAfterMs(elapsed_ms[row]); }
};

// The samples from `from_ms` on; `series` must hold every point since then and the last one before it of each series.
// `prior_scrape_ms` is given when the host is new on a target that was scraped before while the host was known from
// elsewhere: its counters then count from 0 since that time. Without it the host's first sample counts nothing.
TargetSamples DeriveSamples(const TargetSeries& series, std::span<const double> bounds, std::int64_t from_ms,
                            std::optional<std::int64_t> prior_scrape_ms);

}  // namespace proxy_telemetry::history

#include <algorithm>
#include <optional>
#include <string>

#include "api/history.h"
#include "base/clock.h"
#include "base/duration.h"
#include "history_aggregate.h"
#include "history_merge.h"
#include "history_samples.h"
#include "history_series.h"

namespace proxy_telemetry {
namespace history {
namespace {

// A request is answered in slices of about this length, so that a year needs no more memory than a week. Every sample
// is derived from the store alone, so the cut does not show.
constexpr std::int64_t kSliceMs = 7 * kDayMs;

// Read in front of the window: the samples that stand for other targets at its first sample.
constexpr std::int64_t kLeadInMs = kStaleMinMs;
// It grows by this factor, up to kStaleMaxMs, while the last points in front of it are unusable.
constexpr std::int64_t kLeadInGrowth = 4;

// The resolution that tells the same as all samples: a bucket's first sample and its sums are in every tier that
// divides the step. The last sample and the largest would be those of an interval instead of a scrape.
std::int64_t ResolutionMs(const HistoryQuery& query) {
  return query.aggregate == Aggregate::kFirst || query.aggregate == Aggregate::kAvg ? query.step_ms : 0;
}

// Where reading should have begun: no later than every target's sample that may still stand at start_ms (targets
// scraped more rarely than every kLeadInMs), and further back when a series has no point yet to count from.
std::int64_t BetterReadStartMs(const HostSeries& host, std::int64_t start_ms, std::int64_t read_start_ms) {
  const std::int64_t earliest_ms = start_ms - kStaleMaxMs;
  std::int64_t better_ms = read_start_ms;
  if (host.lost_previous) better_ms = std::max(earliest_ms, start_ms - kLeadInGrowth * (start_ms - read_start_ms));
  if (host.targets.size() < 2) return better_ms;
  for (const TargetSeries& target : host.targets) {
    const std::optional<std::int64_t> last_ms = target.LastBeforeMs(start_ms);
    if (last_ms && *last_ms >= earliest_ms) better_ms = std::min(better_ms, *last_ms);
  }
  return better_ms;
}

// For a target whose first sample of the host was read while another target knew the host before: when the target was
// scraped before that.
std::optional<std::int64_t> PriorScrapeMs(const tsdb::View& view, const HostSeries& host, const TargetSeries& target,
                                          std::int64_t read_start_ms) {
  const std::int64_t first_ms = target.FirstMs();
  if (first_ms < read_start_ms) return std::nullopt;
  const bool host_is_known = std::any_of(host.targets.begin(), host.targets.end(),
                                         [first_ms](const TargetSeries& other) { return other.FirstMs() < first_ms; });
  return host_is_known ? LastScrapeBeforeMs(view, target, first_ms) : std::nullopt;
}

Result<HostSamples> LoadSamples(const tsdb::View& view, const HistoryQuery& query, std::int64_t start_ms,
                                std::int64_t end_ms) {
  HostRange range{start_ms - kLeadInMs, end_ms, ResolutionMs(query), 0, start_ms};
  // The first sample of a bucket is measured against the one before.
  if (query.aggregate == Aggregate::kFirst) range.ends_of_ms = query.step_ms;
  PT_ASSIGN_OR_RETURN(HostSeries host, ReadHost(view, query, range));
  // What other targets said last is asked for too, and what that is measured against; or the points beside those that
  // are none.
  if (range.ends_of_ms != 0 && (host.targets.size() > 1 || host.has_unusable)) {
    range.ends_of_ms = range.resolution_ms = 0;
    PT_ASSIGN_OR_RETURN(host, ReadHost(view, query, range));
  }
  for (;;) {
    const std::int64_t better_ms = BetterReadStartMs(host, start_ms, range.start_ms);
    if (better_ms >= range.start_ms) break;
    range.start_ms = better_ms;
    PT_ASSIGN_OR_RETURN(host, ReadHost(view, query, range));
  }
  HostSamples samples;
  samples.bounds = host.bounds;
  samples.has_bins = host.has_bins;
  for (const TargetSeries& target : host.targets) {
    samples.targets.push_back(
        DeriveSamples(target, samples.bounds, range.start_ms, PriorScrapeMs(view, host, target, range.start_ms)));
  }
  return samples;
}

}  // namespace
}  // namespace history

Result<std::vector<HistorySample>> QueryHistory(const tsdb::View& view, const HistoryQuery& query) {
  if (query.step_ms <= 0) return Status::InvalidArgument("the step of a history query must be above 0");
  std::vector<HistorySample> out;
  const std::int64_t buckets_per_slice = std::max<std::int64_t>(1, history::kSliceMs / query.step_ms);
  const std::int64_t deadline_ms = Clock::System().SteadyMs() + history::kReadTimeMaxMs;
  for (std::int64_t start_ms = query.start_ms; start_ms <= query.end_ms;) {
    if (Clock::System().SteadyMs() > deadline_ms) {
      return Status::Timeout("the query took longer than the " + std::to_string(history::kReadTimeMaxMs) +
                             " ms that are allowed; ask for a shorter time");
    }
    const std::int64_t last_bucket = history::FloorDiv(start_ms, query.step_ms) + buckets_per_slice - 1;
    const std::int64_t end_ms = std::min(query.end_ms, (last_bucket + 1) * query.step_ms - 1);
    PT_ASSIGN_OR_RETURN(const history::HostSamples samples, history::LoadSamples(view, query, start_ms, end_ms));
    history::Timeline timeline(samples, start_ms, end_ms);
    history::AppendBuckets(timeline, query.aggregate, query.step_ms, out);
    start_ms = end_ms + 1;
  }
  return out;
}

std::vector<std::string> QueryHosts(const tsdb::View& view) {
  return view.LabelValues("host", history::FeedMatchers());
}

}  // namespace proxy_telemetry

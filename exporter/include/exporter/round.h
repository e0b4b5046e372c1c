// TargetRound: what one target said at one time, as it goes from the collector to the store and to /metrics.
//
// Immutable once built and shared by shared_ptr<const TargetRound>: safe for any thread. It keeps the series it
// points to alive, long after the target has gone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "exporter/metric_family.h"
#include "tsdb/series.h"

namespace proxy_telemetry {

// A series of one target, with its text made once. Immutable.
struct ScrapedSeries {
  std::string text;               // name{label="value",...} as in text 0.0.4
  std::string open_metrics_text;  // where OpenMetrics spells it otherwise (le="1.0"), else empty
  std::uint32_t family = 0;       // index into *TargetRound::families
  tsdb::SeriesHandle stored;      // the same series in the store
};

struct ScrapedSample {
  const ScrapedSeries* series;
  double value;
};

using TargetId = std::uint64_t;  // never used twice while the program runs

struct TargetRound {
  TargetId target = 0;
  std::int64_t ts_ms = 0;
  bool up = false;
  bool may_collide = false;  // honor_labels or relabelling: its series may be another target's too
  // Only for the history, at a time before the target's newest round: /metrics does not show it.
  bool is_late = false;
  std::vector<ScrapedSample> samples;
  std::vector<ScrapedSample> unshown;  // kept in the history, but not on /metrics
  std::shared_ptr<const std::vector<MetricFamily>> families;
  std::shared_ptr<const void> series_owner;  // keeps what `samples` points to
};

}  // namespace proxy_telemetry

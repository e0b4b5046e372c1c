// Snapshot: what a reader that maps a proxy's own words made of one page. A plain value.
#pragma once

#include <string>
#include <vector>

#include "base/labels.h"
#include "base/status.h"
#include "exporter/metric_family.h"
#include "exporter/page_sink.h"

namespace proxy_telemetry {

struct SnapshotSample {
  std::string name;           // the family's name, or with _bucket, _sum, _count behind it
  std::vector<Label> labels;  // without __name__; distinct names; empty values mean "no such label"
  double value = 0;
};

struct SnapshotFamily {
  MetricFamily family;
  std::vector<SnapshotSample> samples;
};

struct Snapshot {
  std::vector<SnapshotFamily> families;  // a name at most once
};

// Hands a snapshot on, sample by sample.
Status FeedSnapshot(const Snapshot& snapshot, PageSink& sink);

}  // namespace proxy_telemetry

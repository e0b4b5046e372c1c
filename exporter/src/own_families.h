// From prometheus-cpp's families (this program's own metrics) to flat samples.
#pragma once

#include <vector>

#include "base/labels.h"
#include "exporter/metric_family.h"

namespace prometheus {
struct MetricFamily;
}

namespace proxy_telemetry {

struct OwnSample {
  Labels labels;  // with __name__
  double value;
};

struct OwnFamily {
  MetricFamily meta;
  std::vector<OwnSample> samples;
};

OwnFamily ToOwnFamily(const prometheus::MetricFamily& family);

}  // namespace proxy_telemetry

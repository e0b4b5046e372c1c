// SnapshotBuilder: collects a reader's samples by metric. One page, single thread.
#pragma once

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/snapshot.h"
#include "proxy_metrics.h"

namespace proxy_telemetry {

class SnapshotBuilder {
 public:
  void Add(ProxyMetric metric, std::vector<Label> labels, double value) { Add(metric, "", std::move(labels), value); }

  // `suffix`: "_bucket", "_sum" or "_count" of a histogram.
  void Add(ProxyMetric metric, std::string_view suffix, std::vector<Label> labels, double value) {
    std::string name = ProxyMetricFamily(metric).name;
    name += suffix;
    samples_[static_cast<std::size_t>(metric)].push_back({std::move(name), std::move(labels), value});
  }

  // Families without a sample are left out.
  Snapshot Build() && {
    Snapshot snapshot;
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      if (samples_[i].empty()) continue;
      snapshot.families.push_back({ProxyMetricFamily(static_cast<ProxyMetric>(i)), std::move(samples_[i])});
    }
    return snapshot;
  }

 private:
  std::array<std::vector<SnapshotSample>, kProxyMetricCount> samples_;
};

}  // namespace proxy_telemetry

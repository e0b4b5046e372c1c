// SelfMetrics: what the program counts about itself, in prometheus-cpp's registry.
//
// Numbers that other parts keep anyway are fetched when the page is made (Sources); the rest is counted here.
// Thread-safe.
#pragma once

#include <prometheus/collectable.h>

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "exporter/collector.h"
#include "exporter/log_reader.h"
#include "exporter/recorder.h"
#include "tsdb/store.h"

namespace proxy_telemetry {

class SelfMetrics final : public prometheus::Collectable {
 public:
  struct Sources {
    std::function<CollectorStats()> collector;
    std::function<LogReaderStats()> log_reader;
    std::function<RecorderStats()> recorder;
    std::function<tsdb::StoreStats()> store;
  };

  SelfMetrics();
  ~SelfMetrics() override;

  // From then on the page shows their numbers. Once.
  void SetSources(Sources sources);
  void CountHttpRequest(std::string_view route, int status, double seconds);
  void NoteReload(bool successful, double unix_seconds);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace proxy_telemetry

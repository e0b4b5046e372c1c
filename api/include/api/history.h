// History: what a proxy's own UI asks. The two requests of agbero's built-in telemetry, to the byte (contract).
//
// History derives samples from stored counters when asked; nothing is kept between requests. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/http.h"
#include "base/clock.h"
#include "base/status.h"
#include "config/config.h"
#include "tsdb/store.h"

namespace proxy_telemetry {

struct HistoryQuery {
  std::string host;
  std::int64_t start_ms = 0;  // both inclusive
  std::int64_t end_ms = 0;
  std::int64_t step_ms = 60'000;
  Aggregate aggregate = Aggregate::kFirst;
  std::optional<std::string> job;
  std::optional<std::string> instance;
};

struct HistorySample {
  std::int64_t ts_s = 0;  // Unix seconds
  double requests_sec = 0;
  double p99_ms = 0;
  double error_rate = 0;  // percent
  std::int64_t active_backends = 0;
};

// Every field finite, none negative, error_rate at most 100; ascending in time.
Result<std::vector<HistorySample>> QueryHistory(const tsdb::View& view, const HistoryQuery& query);
// Sorted by bytes.
std::vector<std::string> QueryHosts(const tsdb::View& view);

struct HistoryRoutes {
  std::function<std::shared_ptr<const tsdb::View>()> view;
  std::function<Aggregate()> default_aggregate;  // of the configuration in force
  const Clock* clock = nullptr;
};
// Mounts /telemetry/history, /history, /api/v1/telemetry/history and the same for hosts.
void MountHistory(const HistoryRoutes& routes, Router& router);

}  // namespace proxy_telemetry

// History: what a proxy's own UI asks. The two requests of agbero's built-in telemetry, to the byte (contract).
//
// History derives samples from stored counters when asked; nothing is kept between requests. Thread-safe.
//
// A sample is what one scrape of a target (job, instance) said about the host since the target's scrape before. Where
// several targets serve a host, there is a sample at each of their scrapes, which adds up what every target said last
// (5 minutes or two of its own intervals long, at most a day): with one target it is that target's sample.
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
  std::string host;           // exactly as stored
  std::int64_t start_ms = 0;  // Unix milliseconds, both inclusive
  std::int64_t end_ms = 0;
  std::int64_t step_ms = 60'000;  // above 0; one point per floor(ts / step) that has a sample
  Aggregate aggregate = Aggregate::kFirst;
  std::optional<std::string> job;       // only targets of this job
  std::optional<std::string> instance;  // only this target
};

struct HistorySample {
  std::int64_t ts_s = 0;  // Unix seconds
  double requests_sec = 0;
  double p99_ms = 0;
  double error_rate = 0;  // percent
  std::int64_t active_backends = 0;
};

// Every field finite, none negative, error_rate at most 100; ascending in time. Damage in the store leaves samples out
// and a line in the log; the store's other errors are returned, and kResourceExhausted for too many points at once.
Result<std::vector<HistorySample>> QueryHistory(const tsdb::View& view, const HistoryQuery& query);
// The hosts that have a sample, sorted by bytes.
std::vector<std::string> QueryHosts(const tsdb::View& view);

struct HistoryRoutes {
  std::function<std::shared_ptr<const tsdb::View>()> view;  // null while the store is not open: answered with 500
  std::function<Aggregate()> default_aggregate;             // of the configuration in force
  const Clock* clock = nullptr;
};
// Mounts /telemetry/history, /history, /api/v1/telemetry/history and the same for hosts. The functions and the clock
// outlive the router and are called from any thread.
void MountHistory(const HistoryRoutes& routes, Router& router);

}  // namespace proxy_telemetry

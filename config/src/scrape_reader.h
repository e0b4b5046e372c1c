// scrape_configs: one ScrapeConfig per job.
#pragma once

#include <cstdint>
#include <vector>

#include "config/config.h"
#include "reader.h"

namespace proxy_telemetry {

// How often and how long, as it holds after the defaults.
struct Timing {
  std::int64_t interval_ms = kDefaultScrapeIntervalMs;
  std::int64_t timeout_ms = kDefaultScrapeTimeoutMs;
  bool interval_known = true;  // false: it was written wrongly, compare nothing with it
};

// scrape_interval and scrape_timeout of `global:` or of a job. A timeout above the interval is a fault where it is
// written, and is cut where it comes from `defaults`.
Timing ReadTiming(Reader& reader, const Fields& fields, const Timing& defaults);

std::vector<ScrapeConfig> ReadScrapeConfigs(Reader& reader, const Value& value, const Timing& global);

}  // namespace proxy_telemetry

// AgberoTraffic: what agbero's /metrics says, by host and added up over its label `method`.
//
// Adding up is safe here: agbero's counters live in one process that never drops a series and loses all of them at
// once, so no part of a sum ever goes away alone. Safe for any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"
#include "exporter/host_mapper.h"

namespace proxy_telemetry {

struct AgberoHistogram {
  std::map<std::string, double> buckets;  // by `le` as the page spells it
  double sum = 0;
  double count = 0;
};

struct AgberoTraffic {
  std::map<std::pair<std::string, std::string>, double> requests;  // by host and code
  std::map<std::string, AgberoHistogram> durations;
  std::map<std::string, double> in_flight;
};

// Hosts are already mapped. Of a series that is there twice the first sample is taken; series that are not agbero's
// are passed over. Fails as OpenMetricsParser does, and on an agbero series without a host.
Result<AgberoTraffic> ParseAgberoMetrics(std::string_view text, const HostMapper& hosts);

}  // namespace proxy_telemetry

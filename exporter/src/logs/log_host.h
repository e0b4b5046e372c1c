// LogHost: what the lines of an access log said about one host since counting began. A plain value; single thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "logs/access_record.h"
#include "logs/latency_histogram.h"

namespace proxy_telemetry {

struct LogHostSeries;

// Values of the label `code`. The last one is for requests without a status.
inline constexpr std::array<std::string_view, 6> kLogClasses{"1xx", "2xx", "3xx", "4xx", "5xx", "other"};

struct LogHost {
  std::string name;
  std::array<std::uint64_t, kLogClasses.size()> requests{};
  // Whether the lines tell them at all; else there is no series.
  bool tells_request_bytes = false;
  bool tells_response_bytes = false;
  double request_bytes = 0;
  double response_bytes = 0;
  LatencyHistogram durations;
  std::unique_ptr<LatencyHistogram> upstream_durations;  // null: never told
  std::int64_t last_request_ms = 0;                      // Unix
  bool is_new = true;                                    // no round of it was made yet
  std::shared_ptr<LogHostSeries> series;                 // made and used by LogRounds; null: not yet

  void Count(const AccessRecord& record, std::int64_t now_ms);
  std::uint64_t RequestCount() const;
};

}  // namespace proxy_telemetry

#include "logs/log_host.h"

#include <numeric>

namespace proxy_telemetry {
namespace {

std::size_t ClassOf(int status) {
  const int hundreds = status / 100;
  return hundreds >= 1 && hundreds <= 5 ? static_cast<std::size_t>(hundreds - 1) : kLogClasses.size() - 1;
}

}  // namespace

void LogHost::Count(const AccessRecord& record, std::int64_t now_ms) {
  last_request_ms = now_ms;
  ++requests[ClassOf(record.status)];
  if (record.request_bytes) {
    tells_request_bytes = true;
    request_bytes += *record.request_bytes;
  }
  if (record.response_bytes) {
    tells_response_bytes = true;
    response_bytes += *record.response_bytes;
  }
  if (record.seconds) durations.Add(*record.seconds);
  if (record.upstream_seconds) {
    if (!upstream_durations) upstream_durations = std::make_unique<LatencyHistogram>();
    upstream_durations->Add(*record.upstream_seconds);
  }
}

std::uint64_t LogHost::RequestCount() const {
  return std::accumulate(requests.begin(), requests.end(), std::uint64_t{0});
}

}  // namespace proxy_telemetry

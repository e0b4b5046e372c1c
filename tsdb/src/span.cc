#include "span.h"

#include <array>

#include "base/duration.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::array<std::int64_t, 4> kSpansMs{kDayMs, 6 * kHourMs, kHourMs, 10 * kMinuteMs};
constexpr std::int64_t kSpansPerRetention = 8;

}  // namespace

std::int64_t PartitionSpanMs(std::int64_t retention_ms) {
  if (retention_ms == 0) return kDayMs;
  for (const std::int64_t span_ms : kSpansMs) {
    if (span_ms <= retention_ms / kSpansPerRetention) return span_ms;
  }
  return kMinuteMs;
}

std::int64_t SpanStartMs(std::int64_t ts_ms, std::int64_t span_ms) {
  const std::int64_t rest = ts_ms % span_ms;
  return ts_ms - (rest < 0 ? rest + span_ms : rest);
}

}  // namespace proxy_telemetry::tsdb

// MetricFamily metadata in the terms of the Prometheus text format 0.0.4.
//
// OpenMetrics' own forms are folded into it by the parser: a counter's family carries its `_total`, info and
// stateset are gauges, gaugehistogram and unknown are untyped.
#pragma once

#include <cstdint>
#include <string>

namespace proxy_telemetry {

enum class MetricType : std::uint8_t { kUntyped, kCounter, kGauge, kHistogram, kSummary };

// "untyped", "counter", ...
const char* MetricTypeName(MetricType type);

struct MetricFamily {
  std::string name;  // as behind # TYPE in 0.0.4: "http_requests_total", "latency_seconds"
  MetricType type = MetricType::kUntyped;
  std::string help;  // unescaped
  bool operator==(const MetricFamily&) const = default;
};

}  // namespace proxy_telemetry

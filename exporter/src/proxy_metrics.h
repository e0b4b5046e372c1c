// ProxyMetric: the metrics about proxied traffic that readers make, each with the one name, type and help that all
// readers share, so that a page merged from several proxies has one HELP per name. Safe for any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "exporter/metric_family.h"

namespace proxy_telemetry {

enum class ProxyMetric : std::uint8_t {
  kHttpRequests,
  kHttpRequestDuration,
  kHttpRequestsInFlight,
  kRequestBytes,
  kResponseBytes,
  kBackends,
  kBackendsUp,
  kBackendUp,
  kBackendRequests,
  kBackendRequestDuration,
  kFrontendHttpRequests,
  kHttpUpstreamDuration,
  kHttpRequestErrors,
};
inline constexpr std::size_t kProxyMetricCount = 13;

const MetricFamily& ProxyMetricFamily(ProxyMetric metric);

}  // namespace proxy_telemetry

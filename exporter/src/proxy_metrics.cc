#include "proxy_metrics.h"

#include <array>

namespace proxy_telemetry {

const MetricFamily& ProxyMetricFamily(ProxyMetric metric) {
  static_assert(static_cast<std::size_t>(ProxyMetric::kHttpRequestErrors) + 1 == kProxyMetricCount);
  static const auto* const kFamilies = new std::array<MetricFamily, kProxyMetricCount>{{
      {"proxy_http_requests_total", MetricType::kCounter, "HTTP requests answered for a host, by status."},
      {"proxy_http_request_duration_seconds", MetricType::kHistogram, "Time to answer an HTTP request of a host."},
      {"proxy_http_requests_in_flight", MetricType::kGauge,
       "HTTP requests of a host being worked on or waiting in the proxy's queue."},
      {"proxy_request_bytes_total", MetricType::kCounter, "Bytes received from clients of a host."},
      {"proxy_response_bytes_total", MetricType::kCounter,
       "Bytes sent to clients of a host, headers included where the proxy tells."},
      {"proxy_backends", MetricType::kGauge, "Backend servers of a host, whatever their state."},
      {"proxy_backends_up", MetricType::kGauge, "Backend servers of a host that take new requests."},
      {"proxy_backend_up", MetricType::kGauge, "1 when the backend server takes new requests, else 0."},
      {"proxy_backend_requests_total", MetricType::kCounter, "Requests that a backend server answered, by status."},
      {"proxy_backend_request_duration_seconds", MetricType::kSummary,
       "Time to answer a request, by backend server, over the proxy's own recent window."},
      {"proxy_frontend_http_requests_total", MetricType::kCounter,
       "HTTP requests that a frontend answered, by status. Includes what no backend got; not to be added to hosts."},
      {"proxy_http_upstream_duration_seconds", MetricType::kHistogram,
       "Time that the backends took for an HTTP request of a host, all tries together."},
      {"proxy_http_request_errors_total", MetricType::kCounter,
       "Requests of a host that failed, where the proxy counts errors but no codes."},
  }};
  return (*kFamilies)[static_cast<std::size_t>(metric)];
}

}  // namespace proxy_telemetry

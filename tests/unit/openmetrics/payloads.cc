#include "payloads.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace proxy_telemetry {

std::vector<Payload> LoadPayloads() {
  constexpr auto kText = ExpositionFormat::kText;
  std::vector<Payload> payloads = {
      {"caddy262-502.prom", "", kText, 100},
      {"caddy262-admin-metrics.om", "", kText, 451},  // asked for OpenMetrics, it answers in text
      {"caddy262-admin-metrics.prom", "", kText, 450},
      {"caddy262-directive-metrics.om", "", kText, 506},
      {"caddy262-nohost-multihandler.prom", "", kText, 203},
      {"haproxy26-metrics-2.prom", "", kText, 950},
      {"haproxy26-metrics-scope-backend.prom", "", kText, 158},
      {"haproxy26-metrics-scope-server-nomaint.prom", "", kText, 347},
      {"haproxy26-metrics.prom", "", kText, 688},
      {"nginx122-vts027.prom", "", kText, 347},
      {"prometheus242-metrics.prom", "", kText, 274},
      {"python-client-openmetrics.om", "", ExpositionFormat::kOpenMetrics, 51},
  };
  for (Payload& payload : payloads) {
    std::ifstream file(std::string(PT_FIXTURES) + "/payloads/" + payload.file, std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    payload.body = bytes.str();
    EXPECT_FALSE(payload.body.empty()) << payload.file;
    if (payload.body.starts_with("HTTP/")) payload.body.erase(0, payload.body.find("\r\n\r\n") + 4);
  }
  return payloads;
}

}  // namespace proxy_telemetry

// EnvoyClusters: Envoy's /clusters?format=json as plain values. Safe for any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace proxy_telemetry {

struct EnvoyEndpoint {
  std::string address;  // "10.0.0.1:8080", "[::1]:80", a socket's path or an internal listener's name
  bool up = false;
  std::optional<double> requests;  // that were sent to it
};

struct EnvoyCluster {
  std::string name;  // as in statistics, where ':' is '_'
  std::vector<EnvoyEndpoint> endpoints;
};

Result<std::vector<EnvoyCluster>> ParseEnvoyClusters(std::string_view json);

}  // namespace proxy_telemetry

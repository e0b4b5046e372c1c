#include "config/config.h"

namespace proxy_telemetry {

const char* ProxyKindName(ProxyKind kind) {
  switch (kind) {
    case ProxyKind::kAuto:
      return "auto";
    case ProxyKind::kOpenMetrics:
      return "openmetrics";
    case ProxyKind::kHaproxy:
      return "haproxy";
    case ProxyKind::kAgbero:
      return "agbero";
    case ProxyKind::kNginx:
      return "nginx";
    case ProxyKind::kAngie:
      return "angie";
    case ProxyKind::kCaddy:
      return "caddy";
    case ProxyKind::kTraefik:
      return "traefik";
    case ProxyKind::kEnvoy:
      return "envoy";
    case ProxyKind::kApache:
      return "apache";
  }
  return "";
}

}  // namespace proxy_telemetry

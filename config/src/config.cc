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
  }
  return "";
}

}  // namespace proxy_telemetry

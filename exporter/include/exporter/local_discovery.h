// Looks for proxies on this machine, for those who start the program without a configuration.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/config.h"

namespace proxy_telemetry {

struct LocalProxy {
  ProxyKind kind = ProxyKind::kAuto;
  std::string address;  // as a target in the configuration
};

// All looking together ends after this.
inline constexpr std::int64_t kDiscoveryMs = 2000;

// Asks the usual sockets and ports of HAProxy and agbero. Blocks; at most one entry per proxy.
std::vector<LocalProxy> FindLocalProxies();

// Where it looks, for messages.
std::vector<std::string> LocalProxyPlaces();

// A configuration that scrapes them, one job per kind.
Config ConfigForLocalProxies(const std::vector<LocalProxy>& proxies);

}  // namespace proxy_telemetry

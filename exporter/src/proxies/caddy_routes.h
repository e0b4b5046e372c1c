// CaddyRoutes: which hosts the routes of Caddy's configuration send to which upstreams. Plain values; the functions
// are safe for any thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace proxy_telemetry {

struct CaddyServer {
  // By host as the configuration has it ("shop.example", "*.example"); "" is every host that no route names.
  std::map<std::string, std::set<std::string>> upstreams_by_host;
  std::set<std::string> hosts;  // that routes name, with upstreams or without
  // Some handler answers errors of the client (a file that is not there): not all errors are the proxy's.
  bool errors_may_be_4xx = false;
};

// /config/apps/http/servers. null, where there is no such app, is an empty map.
Result<std::map<std::string, CaddyServer>> ParseCaddyServers(std::string_view json);

// /reverse_proxy/upstreams: the addresses in use.
Result<std::set<std::string>> ParseCaddyUpstreams(std::string_view json);

}  // namespace proxy_telemetry

// Lines that proxies send to the same place as their access log and that are about no request.
#pragma once

#include <string_view>

namespace proxy_telemetry {

// HAProxy's notices about servers and proxies, its lines about connections without a request (statistics, failed TLS),
// nginx's error log; also an empty line.
bool IsProxyNotice(std::string_view line);

}  // namespace proxy_telemetry

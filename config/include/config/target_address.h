// What a target's address may be. Pure function, any thread.
#pragma once

#include <string>

namespace proxy_telemetry {

// Empty when `address` is "host", "host:port", "[v6]:port" or "unix:/path"; else what is wrong with it.
std::string TargetFault(const std::string& address);

}  // namespace proxy_telemetry

// hosts: how the proxy's own names become hosts.
#pragma once

#include <vector>

#include "config/config.h"
#include "reader.h"

namespace proxy_telemetry {

std::vector<HostRule> ReadHostRules(Reader& reader, const Value& value);

}  // namespace proxy_telemetry

// hosts: how the proxy's own names become hosts.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "reader.h"

namespace proxy_telemetry {

std::vector<HostRule> ReadHostRules(Reader& reader, const Value& value);

// Empty when RE2 takes `pattern`; else what is wrong with it.
std::string RegexFault(const std::string& pattern);

}  // namespace proxy_telemetry

// DiscoveredGroups: target groups that are not in the configuration itself, by job. A plain value.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/config.h"

namespace proxy_telemetry {

// Meta labels (__meta_filepath) are among a group's labels.
using DiscoveredGroups = std::map<std::string, std::vector<TargetGroup>>;

}  // namespace proxy_telemetry

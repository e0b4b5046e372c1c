// The body of /api/v1/targets. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

#include "exporter/target_status.h"

namespace proxy_telemetry {

struct TargetsFilter {
  bool active = true;
  bool dropped = true;
  std::string_view job;  // "" = all
};

std::string TargetsJson(const TargetStatuses& statuses, const TargetsFilter& filter, std::string_view external_host);

// `url` with `external_host` where it names localhost, its port kept; what is no http URL stays as it is.
std::string GlobalUrl(std::string_view url, std::string_view external_host);

}  // namespace proxy_telemetry

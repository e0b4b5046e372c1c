// What `inspect` prints, as text and as JSON. Pure functions.
#pragma once

#include <string>

#include "tsdb/verify.h"

namespace proxy_telemetry::tools {

// `path`: the store's.
std::string InspectText(const std::string& path, const tsdb::StoreFacts& facts);
std::string InspectJson(const std::string& path, const tsdb::StoreFacts& facts);

}  // namespace proxy_telemetry::tools

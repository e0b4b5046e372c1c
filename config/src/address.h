// Addresses as the file writes them: what is wrong with one, empty when nothing is.
#pragma once

#include <string>
#include <string_view>

#include "config/target_address.h"

namespace proxy_telemetry {

// The path of a Unix socket behind `scheme` ("unix:"), which must be absolute and fit the system's limit.
std::string UnixPathFault(std::string_view scheme, std::string_view path, std::string_view example);

}  // namespace proxy_telemetry

// The landing page's HTML.
#pragma once

#include <string>
#include <string_view>

namespace proxy_telemetry {

// Links are relative, so that they hold behind any prefix. `example_host` may be empty.
std::string LandingPage(std::string_view version, std::string_view telemetry_path, std::string_view example_host);

}  // namespace proxy_telemetry

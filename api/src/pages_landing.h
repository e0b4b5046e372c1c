// The landing page's HTML.
#pragma once

#include <string>
#include <string_view>

namespace proxy_telemetry {

// Goes with the page: nothing is loaded from anywhere, its own style block is allowed.
inline constexpr std::string_view kLandingPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// Links are relative, so that they hold behind any prefix. `example_host` may be empty.
std::string LandingPage(std::string_view version, std::string_view telemetry_path, std::string_view example_host);

}  // namespace proxy_telemetry

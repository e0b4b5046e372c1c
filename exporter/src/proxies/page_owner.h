// Whether a page is that of the proxy that it is read for: its reader would find nothing in any other one, and a target
// that tells nothing would look healthy. Pure functions, any thread.
#pragma once

#include <string_view>

#include "base/status.h"
#include "config/config.h"

namespace proxy_telemetry {

// Ok where the exposition has a series whose name begins with `kind`'s ("traefik_"). Else what the page is instead, and
// what to configure.
Status CheckPageOf(ProxyKind kind, std::string_view exposition);

}  // namespace proxy_telemetry

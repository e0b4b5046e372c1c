// Angie's pages as a ZonePage: its API, and the Prometheus page of its template "all". Requests are told by exact
// code; a code comes with its first answer. Pure functions, any thread.
#pragma once

#include <string_view>

#include "base/status.h"
#include "proxies/zone_page.h"

namespace proxy_telemetry {

// /status/ or its part http/. Fails on bad JSON, and on a value of the wrong type with its JSON pointer.
Result<ZonePage> ParseAngieStatus(std::string_view json);
// Fails as OpenMetricsParser does, and on a page without any of Angie's series.
Result<ZonePage> ParseAngieMetrics(std::string_view text);

}  // namespace proxy_telemetry

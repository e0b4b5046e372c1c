// mapping: which metrics of a page are the requests, errors and so on of a host.
#pragma once

#include "config/config.h"
#include "reader.h"

namespace proxy_telemetry {

// Fills out.mapping when `job` has the key, and sets out.proxy, which must be openmetrics or not be given.
void ReadMapping(Reader& reader, const Fields& job, ScrapeConfig& out);

}  // namespace proxy_telemetry

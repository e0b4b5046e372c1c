// The HTTP side of a scrape_config: credentials, TLS, headers, parameters. The names are those of prometheus.yml.
#pragma once

#include "config/config.h"
#include "reader.h"

namespace proxy_telemetry {

// Reads its keys out of those of the job.
void ReadHttp(Reader& reader, const Fields& job, ScrapeConfig& out);

}  // namespace proxy_telemetry

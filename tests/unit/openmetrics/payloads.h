// Pages captured from real programs, in tests/fixtures/payloads.
#pragma once

#include <string>
#include <vector>

#include "exporter/openmetrics_parser.h"

namespace proxy_telemetry {

struct Payload {
  std::string file;
  std::string body;  // without HTTP headers
  ExpositionFormat format = ExpositionFormat::kText;
  std::size_t samples = 0;  // counted with grep -vc '^#'
};

// All of them; fails the test when one cannot be read.
std::vector<Payload> LoadPayloads();

}  // namespace proxy_telemetry

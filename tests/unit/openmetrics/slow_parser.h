// A plainly right twin of the parser: whole page in memory, a line a string, cut down token by token. No keys of known
// series, no pieces, no columns. Written from the formats' grammars, not from the parser.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "exporter/openmetrics_parser.h"
#include "recording_sink.h"

namespace proxy_telemetry {

struct SlowPage {
  std::size_t bad_line = 0;  // from 1; 0: the page is right
  std::vector<RecordedSample> samples;
  FamilyMap families;  // of the samples
};

SlowPage ParseSlowly(ExpositionFormat format, const std::string& page);

}  // namespace proxy_telemetry

// SeriesKey: the bytes of a line before its value, found without looking at the labels.
#pragma once

#include <string_view>

#include "exporter/openmetrics_parser.h"

namespace proxy_telemetry {

struct SeriesKey {
  std::string_view raw;
  double value = 0;
};

// Splits a well-formed line of the usual form. `key.raw` is right if it is the key of a series that was once read in
// full: then the same bytes end at the same brace here. False, or a key nobody knows: read the line in full.
bool GuessSeriesKey(ExpositionFormat format, std::string_view line, SeriesKey& key);

}  // namespace proxy_telemetry

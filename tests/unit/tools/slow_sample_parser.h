// A plainly right twin of SampleParser: the whole text in memory, a line a string, a character at a time; no known
// series, no pieces, no fast numbers. Written from sample_format.h, not from the parser.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "recording_sample_sink.h"

namespace proxy_telemetry::tools {

struct SlowText {
  std::size_t bad_line = 0;  // from 1; 0: the text is right
  std::vector<RecordedPoint> points;
};

SlowText ParseTextSlowly(SampleFormat format, const std::string& text);

}  // namespace proxy_telemetry::tools

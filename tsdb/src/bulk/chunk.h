// Chunks: points of one series while they wait for the rest of an import. Quick to write and to read rather than small;
// never part of a store. Pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tsdb/series.h"

namespace proxy_telemetry::tsdb {

// Appends them in that order, whatever it is, to the bit.
void AppendChunk(std::span<const Point> points, std::string& out);
// Takes one off the front of `in` and appends its points. False when that is none.
bool TakeChunk(std::string_view& in, std::vector<Point>& points);

}  // namespace proxy_telemetry::tsdb

// Which series an exposition has, before it is read: what a preset is chosen by. Pure functions, any thread.
#pragma once

#include <string_view>

namespace proxy_telemetry {

// Whether a sample's name is `name`, or starts with it where that ends in '*'.
bool HasSeries(std::string_view exposition, std::string_view name);

}  // namespace proxy_telemetry

// LineProblem: what is wrong with a line, and the offset of the byte where it shows.
#pragma once

#include <cstddef>
#include <string>

namespace proxy_telemetry::tools {

struct LineProblem {
  std::size_t offset = 0;
  std::string reason;
};

}  // namespace proxy_telemetry::tools

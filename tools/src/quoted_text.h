// Quoted strings: of the exposition formats, and of Go (promtool's dump, selectors).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "line_problem.h"

namespace proxy_telemetry::tools {

enum class Quoting {
  kExposition,  // "..." with \\ \n \"; other escapes stay as they are
  kGo,          // "..." or '...' with Go's escapes, or `...` without any
};

// Reads the string whose opening quote stands at text[at] and moves `at` behind the closing one. False: not closed, a
// bad escape, or the result is not valid UTF-8.
bool ReadQuoted(std::string_view text, Quoting quoting, std::size_t& at, std::string& out, LineProblem& problem);

}  // namespace proxy_telemetry::tools

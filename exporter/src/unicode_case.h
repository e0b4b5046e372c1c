// Letters of UTF-8 text to lower and to upper case, one character to one character, in no language's way: what Go's
// strings.ToLower and ToUpper do, and thus Prometheus' relabelling. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

namespace proxy_telemetry {

// `text` is valid UTF-8; what is not is left as it is.
std::string ToLowerCase(std::string_view text);
std::string ToUpperCase(std::string_view text);

}  // namespace proxy_telemetry

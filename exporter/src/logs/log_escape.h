// Escapes in values of access logs.
#pragma once

#include <string>
#include <string_view>

namespace proxy_telemetry {

// Replaces the content of `out` by `text` without its escapes: JSON's, nginx's \xHH, Apache's \v. \u of a lone
// surrogate is U+FFFD; what is no escape stays as it is. `out` never grows beyond the size of `text`.
void Unescape(std::string_view text, std::string& out);

}  // namespace proxy_telemetry

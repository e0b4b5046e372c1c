// The small text rules of HTTP: names without case, lists of tokens, percent-encoding.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace proxy_telemetry {

// ASCII only, whatever the locale.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

// Without spaces and tabs at both ends.
std::string_view TrimBlanks(std::string_view text);

// The elements of a comma-separated header value, trimmed, empty ones dropped.
std::vector<std::string_view> SplitList(std::string_view value);

// Decodes %XX, and with `plus_is_space` also "+". Fails on a "%" without two hex digits and on %00.
Result<std::string> PercentDecode(std::string_view text, bool plus_is_space);

// `text` with &, <, >, " and ' as entities: safe in HTML text and in quoted attributes.
std::string EscapeHtml(std::string_view text);

// Everything but unreserved characters as %XX: safe as a parameter's value in a URL.
std::string PercentEncode(std::string_view text);

}  // namespace proxy_telemetry

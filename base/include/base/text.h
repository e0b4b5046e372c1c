// What the line formats share: escapes, and how a refused token is shown. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace proxy_telemetry {

// Appends `text` with \\ and \n resolved, and \" where `quote` says so. Other escapes stay as they are.
void AppendUnescaped(std::string_view text, bool quote, std::string& out);

// What stands at `from`, for messages: `got "<html>"` or `got the end of the line`. Up to the next blank, at most
// kShownBytesMax bytes, unprintable ones as \xNN.
inline constexpr std::size_t kShownBytesMax = 40;
std::string Got(std::string_view line, std::size_t from);
// The same for a token that is known, in quotes.
std::string QuotedToken(std::string_view token);

}  // namespace proxy_telemetry

// UTF-8 as RFC 3629 defines it: shortest form, no surrogates, at most U+10FFFF. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace proxy_telemetry {

// Bytes of the character that starts at `text[offset]`, 1 to 4; 0 when no valid one starts there.
// `offset` is below text.size().
std::size_t Utf8CharSize(std::string_view text, std::size_t offset);

// Offset of the first byte that is not part of a valid character; npos when all are.
std::size_t FindInvalidUtf8(std::string_view text);

}  // namespace proxy_telemetry

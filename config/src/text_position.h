// Bytes of a text as a person sees them: which of them may not be there, and at what line and column one stands.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proxy_telemetry {

// A fault at a byte of the text.
struct TextFault {
  std::size_t offset = 0;
  std::string message;
};

// The first byte that YAML does not allow: no UTF-8, NUL, another control character. yaml-cpp would stop silently at
// some of them (0x04) and replace others.
std::optional<TextFault> CheckText(std::string_view text);

struct Position {
  std::size_t line = 1;    // ends at '\n'
  std::size_t column = 1;  // in characters, not bytes
};

// Positions of `offsets`, which must ascend; one pass over the text. What is beyond the last line's end counts as
// the place behind its last character.
std::vector<Position> PositionsOf(std::string_view text, const std::vector<std::size_t>& offsets);

}  // namespace proxy_telemetry

#include "text_position.h"

#include <algorithm>

#include "base/utf8.h"

namespace proxy_telemetry {
namespace {

std::string HexByte(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  return std::string("0x") + kDigits[byte >> 4U] + kDigits[byte & 15U];
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7f;
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80; }

}  // namespace

std::optional<TextFault> CheckText(std::string_view text) {
  const std::size_t invalid = FindInvalidUtf8(text);
  const auto* control = std::find_if(text.begin(), text.end(), IsControl);
  const auto control_at = static_cast<std::size_t>(control - text.begin());
  if (control != text.end() && control_at < invalid) {
    return TextFault{control_at, "control character " + HexByte(*control) +
                                     "; the file must be plain text (inside double quotes write \\xNN)"};
  }
  if (invalid == std::string_view::npos) return std::nullopt;
  return TextFault{invalid, "byte " + HexByte(text[invalid]) + " is not UTF-8; save the file as UTF-8"};
}

std::vector<Position> PositionsOf(std::string_view text, const std::vector<std::size_t>& offsets) {
  const std::size_t last = text.find_last_not_of("\r\n");
  const std::size_t end = last == std::string_view::npos ? 0 : last + 1;
  std::vector<Position> positions;
  positions.reserve(offsets.size());
  Position position;
  std::size_t at = 0;
  for (const std::size_t offset : offsets) {
    for (const std::size_t stop = std::min(offset, end); at < stop; ++at) {
      if (text[at] == '\n') {
        position = {position.line + 1, 1};
      } else if (!IsContinuation(text[at])) {
        ++position.column;
      }
    }
    positions.push_back(position);
  }
  return positions;
}

}  // namespace proxy_telemetry

#include "base/text.h"

namespace proxy_telemetry {

void AppendUnescaped(std::string_view text, bool quote, std::string& out) {
  while (!text.empty()) {
    const std::size_t backslash = text.find('\\');
    out += text.substr(0, backslash);
    if (backslash == std::string_view::npos) return;
    text.remove_prefix(backslash);
    const char next = text.size() > 1 ? text[1] : '\0';
    if (next == '\\' || next == 'n' || (next == '"' && quote)) {
      out += next == 'n' ? '\n' : next;
      text.remove_prefix(2);
    } else {
      out += '\\';
      text.remove_prefix(1);
    }
  }
}

std::string QuotedToken(std::string_view token) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const bool cut = token.size() > kShownBytesMax;
  std::string out = "\"";
  for (const char c : token.substr(0, kShownBytesMax)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7E) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 0xF];
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out + (cut ? "...\"" : "\"");
}

std::string Got(std::string_view line, std::size_t from) {
  if (from >= line.size()) return "got the end of the line";
  const std::string_view rest = line.substr(from);
  // The first byte is shown even if it is a blank: then that is what is wrong.
  return "got " + QuotedToken(rest.substr(0, rest.find_first_of(" \t", 1)));
}

}  // namespace proxy_telemetry

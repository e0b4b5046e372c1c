#include "quoted_text.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>

#include "base/text.h"
#include "base/utf8.h"

namespace proxy_telemetry::tools {
namespace {

void AppendUtf8(std::uint32_t c, std::string& out) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | c >> 6);
  } else {
    if (c < 0x10000) {
      put(0xE0 | c >> 12);
    } else {
      put(0xF0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3F));
    }
    put(0x80 | (c >> 6 & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

// Exactly `width` digits at the front of `text`.
std::optional<std::uint32_t> ReadCode(std::string_view text, std::size_t width, int base) {
  std::uint32_t code = 0;
  if (text.size() < width) return std::nullopt;
  const std::string_view digits = text.substr(0, width);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, base);
  if (error != std::errc() || end != digits.data() + width) return std::nullopt;
  return code;
}

// The code behind \x, \u, \U or \ooo. Bytes of the escape behind the backslash; 0 when it is none.
std::size_t AppendNumericEscape(std::string_view escape, std::string& out) {
  constexpr std::uint32_t kByteMax = 0xFF;
  constexpr std::uint32_t kCharMax = 0x10FFFF;
  const bool octal = escape[0] >= '0' && escape[0] <= '7';
  const bool byte = octal || escape[0] == 'x';
  if (!byte && escape[0] != 'u' && escape[0] != 'U') return 0;
  const std::size_t prefix = octal ? 0 : 1;
  const std::size_t width = octal ? 3 : byte ? 2 : escape[0] == 'u' ? 4 : 8;
  const std::optional<std::uint32_t> code = ReadCode(escape.substr(prefix), width, octal ? 8 : 16);
  if (!code || *code > (byte ? kByteMax : kCharMax) || (!byte && *code >= 0xD800 && *code < 0xE000)) return 0;
  if (byte) {
    out += static_cast<char>(static_cast<unsigned char>(*code));
  } else {
    AppendUtf8(*code, out);
  }
  return prefix + width;
}

// `escape` starts behind the backslash and is not empty. Bytes used; 0: no escape of Go.
std::size_t AppendGoEscape(std::string_view escape, char quote, std::string& out) {
  constexpr std::string_view kNames = "abfnrtv\\";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\";
  const std::size_t simple = kNames.find(escape[0]);
  if (simple == std::string_view::npos && escape[0] != quote) return AppendNumericEscape(escape, out);
  out += simple == std::string_view::npos ? quote : kMeanings[simple];
  return 1;
}

// Where the string that starts behind its quote ends; npos when it is not closed.
std::size_t ClosingQuote(std::string_view text, std::size_t at, char quote) {
  for (; at < text.size() && text[at] != quote; ++at) {
    if (text[at] == '\\' && quote != '`') ++at;
  }
  return at < text.size() ? at : std::string_view::npos;
}

}  // namespace

bool ReadQuoted(std::string_view text, Quoting quoting, std::size_t& at, std::string& out, LineProblem& problem) {
  const char quote = text[at];
  const std::size_t start = at + 1;
  const std::size_t end = ClosingQuote(text, start, quote);
  if (end == std::string_view::npos) {
    problem = {at, std::string("the string is not closed: no ") + quote + " before the line ends"};
    return false;
  }
  out.clear();
  const std::string_view inside = text.substr(start, end - start);
  if (quoting == Quoting::kExposition) {
    AppendUnescaped(inside, true, out);
  } else {
    for (std::size_t i = 0; i < inside.size();) {
      if (inside[i] != '\\' || quote == '`') {
        out += inside[i++];
        continue;
      }
      const std::size_t used = AppendGoEscape(inside.substr(i + 1), quote, out);
      if (used == 0) {
        problem = {start + i, "expected an escape as in Go, " + Got(inside, i)};
        return false;
      }
      i += 1 + used;
    }
  }
  if (FindInvalidUtf8(out) != std::string_view::npos) {
    problem = {at, "the string is not valid UTF-8: " + QuotedToken(out)};
    return false;
  }
  at = end + 1;
  return true;
}

}  // namespace proxy_telemetry::tools

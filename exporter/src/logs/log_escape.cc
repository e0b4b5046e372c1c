#include "logs/log_escape.h"

#include <cstddef>
#include <cstdint>

namespace proxy_telemetry {
namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

// The value of `digits` hexadecimal digits at the front of `text`, or -1.
std::int32_t HexAt(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return -1;
  std::int32_t value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    const char c = text[i];
    int digit = 0;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      digit = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = c - 'A' + 10;
    } else {
      return -1;
    }
    value = value * 16 + digit;
  }
  return value;
}

void AppendUtf8(std::uint32_t code, std::string& out) {
  const auto append = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    append(code);
  } else if (code < 0x800) {
    append(0xC0U | code >> 6U);
    append(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    append(0xE0U | code >> 12U);
    append(0x80U | (code >> 6U & 0x3FU));
    append(0x80U | (code & 0x3FU));
  } else {
    append(0xF0U | code >> 18U);
    append(0x80U | (code >> 12U & 0x3FU));
    append(0x80U | (code >> 6U & 0x3FU));
    append(0x80U | (code & 0x3FU));
  }
}

bool IsHighSurrogate(std::int32_t code) { return code >= 0xD800 && code < 0xDC00; }
bool IsLowSurrogate(std::int32_t code) { return code >= 0xDC00 && code < 0xE000; }

// The \u escape whose digits are at `at`; how many bytes behind \u belong to it, 0 when it is none.
std::size_t AppendUnicode(std::string_view text, std::size_t at, std::string& out) {
  const std::int32_t first = HexAt(text, at, 4);
  if (first < 0) return 0;
  if (IsHighSurrogate(first) && text.substr(at + 4, 2) == "\\u") {
    const std::int32_t second = HexAt(text, at + 6, 4);
    if (IsLowSurrogate(second)) {
      AppendUtf8(static_cast<std::uint32_t>(0x10000 + (first - 0xD800) * 0x400 + (second - 0xDC00)), out);
      return 10;
    }
  }
  const bool is_lone = IsHighSurrogate(first) || IsLowSurrogate(first);
  AppendUtf8(is_lone ? kReplacement : static_cast<std::uint32_t>(first), out);
  return 4;
}

// The byte that \c stands for, or 0.
char SimpleEscape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      return 0;
  }
}

}  // namespace

void Unescape(std::string_view text, std::string& out) {
  out.clear();
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t backslash = text.find('\\', at);
    out.append(text.substr(at, backslash - at));
    if (backslash == std::string_view::npos) return;
    at = backslash + 1;
    if (at == text.size()) {
      out.push_back('\\');
      return;
    }
    const char kind = text[at];
    if (const char simple = SimpleEscape(kind); simple != 0) {
      out.push_back(simple);
      ++at;
      continue;
    }
    if (kind == 'u') {
      const std::size_t size = AppendUnicode(text, at + 1, out);
      if (size != 0) {
        at += 1 + size;
        continue;
      }
    }
    const std::int32_t byte = kind == 'x' ? HexAt(text, at + 1, 2) : -1;
    if (byte >= 0) {
      out.push_back(static_cast<char>(byte));
      at += 3;
      continue;
    }
    out.push_back('\\');  // no escape; what follows is taken by the next round
  }
}

}  // namespace proxy_telemetry

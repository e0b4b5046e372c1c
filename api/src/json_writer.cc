#include "json_writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

namespace proxy_telemetry {
namespace {

constexpr double kExponentBelow = 1e-6;
constexpr double kExponentFrom = 1e21;
// Sign, 17 digits, point, exponent: 24 bytes at most.
constexpr std::size_t kNumberBytesMax = 32;
constexpr std::string_view kHexDigits = "0123456789abcdef";

bool IsContinuation(std::string_view text, std::size_t i) {
  return i < text.size() && (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80;
}

// Bytes of the UTF-8 character at `i`, whose first byte is not ASCII; 0 when there is none (overlong forms,
// surrogates and what lies beyond U+10FFFF included).
std::size_t Utf8Size(std::string_view text, std::size_t i) {
  const auto first = static_cast<unsigned char>(text[i]);
  if (first < 0xC2 || first > 0xF4 || !IsContinuation(text, i + 1)) return 0;
  if (first < 0xE0) return 2;
  const auto second = static_cast<unsigned char>(text[i + 1]);
  if (!IsContinuation(text, i + 2)) return 0;
  if (first < 0xF0) {
    const bool overlong = first == 0xE0 && second < 0xA0;
    const bool surrogate = first == 0xED && second >= 0xA0;
    return overlong || surrogate ? 0 : 3;
  }
  const bool overlong = first == 0xF0 && second < 0x90;
  const bool too_large = first == 0xF4 && second >= 0x90;
  return overlong || too_large || !IsContinuation(text, i + 3) ? 0 : 4;
}

void AppendAscii(char c, std::string& out) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (static_cast<unsigned char>(c) >= 0x20 && c != '<' && c != '>' && c != '&') {
    out += c;
    return;
  }
  out += "\\u00";
  out += kHexDigits[static_cast<unsigned char>(c) >> 4U];
  out += kHexDigits[static_cast<unsigned char>(c) & 0xFU];
}

// The shortest digits of `value` > 0 without the point, and the power of ten of the first one.
struct Decimal {
  std::array<char, kNumberBytesMax> digits{};
  std::size_t size = 0;
  int exponent = 0;
};

Decimal ShortestDecimal(double value) {
  std::array<char, kNumberBytesMax> text{};
  const char* end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific).ptr;
  Decimal decimal;
  const char* p = text.data();
  for (; p != end && *p != 'e'; ++p) {
    if (*p != '.') decimal.digits[decimal.size++] = *p;
  }
  ++p;
  if (*p == '+') ++p;
  std::from_chars(p, end, decimal.exponent);
  return decimal;
}

}  // namespace

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      AppendAscii(text[i++], out);
      continue;
    }
    const std::size_t size = Utf8Size(text, i);
    const std::string_view character = text.substr(i, size);
    if (size == 0) {
      out += "\\ufffd";
    } else if (character == "\u2028") {
      out += "\\u2028";
    } else if (character == "\u2029") {
      out += "\\u2029";
    } else {
      out += character;
    }
    i += size == 0 ? 1 : size;
  }
  out += '"';
}

void AppendJsonNumber(double value, std::string& out) {
  if (value == 0) {
    out += '0';
    return;
  }
  if (value < 0) out += '-';
  const double magnitude = std::fabs(value);
  const Decimal decimal = ShortestDecimal(magnitude);
  const std::string_view digits(decimal.digits.data(), decimal.size);
  if (magnitude < kExponentBelow || magnitude >= kExponentFrom) {
    out += digits[0];
    if (digits.size() > 1) (out += '.') += digits.substr(1);
    out += decimal.exponent < 0 ? "e-" : "e+";
    AppendJsonInteger(std::abs(decimal.exponent), out);
    return;
  }
  if (decimal.exponent < 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-decimal.exponent - 1), '0');
    out += digits;
    return;
  }
  const std::size_t whole = static_cast<std::size_t>(decimal.exponent) + 1;
  out += digits.substr(0, whole);
  if (digits.size() <= whole) {
    out.append(whole - digits.size(), '0');
  } else {
    (out += '.') += digits.substr(whole);
  }
}

void AppendJsonInteger(std::int64_t value, std::string& out) {
  std::array<char, kNumberBytesMax> text{};
  const char* end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

}  // namespace proxy_telemetry

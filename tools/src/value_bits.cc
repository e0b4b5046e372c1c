#include "value_bits.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <system_error>

namespace proxy_telemetry::tools {
namespace {

constexpr std::string_view kHelp = "# HELP ";
constexpr std::string_view kMark = " proxy-telemetry:value-bits ";
constexpr std::string_view kHex = "0x";
constexpr std::size_t kHexDigits = 16;

}  // namespace

bool ReadValueBits(std::string_view comment, std::optional<std::uint64_t>& bits) {
  if (!comment.starts_with(kHelp)) return false;
  const std::size_t mark = comment.find(kMark);
  if (mark == std::string_view::npos) return false;
  bits.reset();
  std::string_view digits = comment.substr(mark + kMark.size());
  if (!digits.starts_with(kHex)) return true;
  digits.remove_prefix(kHex.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  const bool whole = error == std::errc() && end == digits.data() + digits.size() && digits.size() == kHexDigits;
  if (whole && std::isnan(std::bit_cast<double>(number))) bits = number;
  return true;
}

void AppendValueBits(std::string_view quoted_name, std::uint64_t bits, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += kHelp;
  out += quoted_name;
  out += kMark;
  out += kHex;
  for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[bits >> shift & 0xF];
  out += '\n';
}

}  // namespace proxy_telemetry::tools

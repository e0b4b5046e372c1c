#include "base/utf8.h"

namespace proxy_telemetry {
namespace {

// What may follow a lead byte: how many bytes in all, and the range of the second one.
struct Lead {
  std::size_t size;
  unsigned char second_min;
  unsigned char second_max;
};

// Narrow second bytes keep out overlong forms (E0, F0), surrogates (ED) and what lies beyond U+10FFFF (F4).
Lead LeadOf(unsigned char byte) {
  if (byte < 0x80) return {1, 0, 0};
  if (byte < 0xc2) return {0, 0, 0};
  if (byte < 0xe0) return {2, 0x80, 0xbf};
  if (byte == 0xe0) return {3, 0xa0, 0xbf};
  if (byte == 0xed) return {3, 0x80, 0x9f};
  if (byte < 0xf0) return {3, 0x80, 0xbf};
  if (byte == 0xf0) return {4, 0x90, 0xbf};
  if (byte < 0xf4) return {4, 0x80, 0xbf};
  if (byte == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

}  // namespace

std::size_t Utf8CharSize(std::string_view text, std::size_t offset) {
  const auto byte_at = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const Lead lead = LeadOf(byte_at(offset));
  if (lead.size <= 1) return lead.size;
  if (text.size() - offset < lead.size) return 0;
  if (byte_at(offset + 1) < lead.second_min || byte_at(offset + 1) > lead.second_max) return 0;
  for (std::size_t i = 2; i < lead.size; ++i) {
    if ((byte_at(offset + i) & 0xc0U) != 0x80) return 0;
  }
  return lead.size;
}

std::size_t FindInvalidUtf8(std::string_view text) {
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t size = Utf8CharSize(text, offset);
    if (size == 0) return offset;
    offset += size;
  }
  return std::string_view::npos;
}

}  // namespace proxy_telemetry

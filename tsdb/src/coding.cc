#include "coding.h"

#include "crc32c.h"

namespace proxy_telemetry::tsdb {
namespace {

template <typename T>
void PutBigEndian(T value, std::string& out) {
  for (int shift = (sizeof(T) - 1) * 8; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xff);
}

template <typename T>
bool GetBigEndian(std::string_view& input, T& value) {
  if (input.size() < sizeof(T)) return false;
  value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>((value << 8U) | static_cast<unsigned char>(input[i]));
  }
  input.remove_prefix(sizeof(T));
  return true;
}

}  // namespace

void PutFixed16(std::uint16_t value, std::string& out) { PutBigEndian(value, out); }
void PutFixed32(std::uint32_t value, std::string& out) { PutBigEndian(value, out); }
void PutFixed64(std::uint64_t value, std::string& out) { PutBigEndian(value, out); }

void PutVarint(std::uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out += static_cast<char>((value & 0x7f) | 0x80);
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

void PutString(std::string_view value, std::string& out) {
  PutVarint(value.size(), out);
  out += value;
}

bool GetFixed16(std::string_view& input, std::uint16_t& value) { return GetBigEndian(input, value); }
bool GetFixed32(std::string_view& input, std::uint32_t& value) { return GetBigEndian(input, value); }
bool GetFixed64(std::string_view& input, std::uint64_t& value) { return GetBigEndian(input, value); }

bool GetVarint(std::string_view& input, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !input.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(input.front());
    input.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if (byte < 0x80) return shift < 63 || byte < 2;
  }
  return false;
}

bool GetString(std::string_view& input, std::string_view& value) {
  std::uint64_t size = 0;
  if (!GetVarint(input, size) || size > input.size()) return false;
  value = input.substr(0, size);
  input.remove_prefix(size);
  return true;
}

void SealWithCrc(std::string_view covered_before, std::size_t begin, std::string& out) {
  PutFixed32(Crc32c(std::string_view(out).substr(begin), Crc32c(covered_before)), out);
}

bool CheckCrc(std::string_view covered_before, std::string_view& input) {
  if (input.size() < sizeof(std::uint32_t)) return false;
  std::string_view tail = input.substr(input.size() - sizeof(std::uint32_t));
  input.remove_suffix(sizeof(std::uint32_t));
  std::uint32_t stored = 0;
  return GetFixed32(tail, stored) && stored == Crc32c(input, Crc32c(covered_before));
}

}  // namespace proxy_telemetry::tsdb

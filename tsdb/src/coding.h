// Integers and strings as bytes: big-endian where bytes must sort as numbers do, varints where small is usual.
// Decoders take from the front of `input` and return false when it is too short or malformed; never read past it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace proxy_telemetry::tsdb {

void PutFixed16(std::uint16_t value, std::string& out);
void PutFixed32(std::uint32_t value, std::string& out);
void PutFixed64(std::uint64_t value, std::string& out);
void PutVarint(std::uint64_t value, std::string& out);
void PutString(std::string_view value, std::string& out);

bool GetFixed16(std::string_view& input, std::uint16_t& value);
bool GetFixed32(std::string_view& input, std::uint32_t& value);
bool GetFixed64(std::string_view& input, std::uint64_t& value);
bool GetVarint(std::string_view& input, std::uint64_t& value);
bool GetString(std::string_view& input, std::string_view& value);

// Order-preserving: negative numbers sort before positive ones.
inline std::uint64_t SortableFromSigned(std::int64_t value) {
  return static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63U);
}
inline std::int64_t SignedFromSortable(std::uint64_t value) {
  return static_cast<std::int64_t>(value ^ (std::uint64_t{1} << 63U));
}
inline std::uint64_t ZigZag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63U);
}
inline std::int64_t UnZigZag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
}

// Appends the CRC32C of `covered_before` and what `out` holds from `begin` on.
void SealWithCrc(std::string_view covered_before, std::size_t begin, std::string& out);
// Cuts the CRC off the end of `input`; false when it does not fit.
bool CheckCrc(std::string_view covered_before, std::string_view& input);

}  // namespace proxy_telemetry::tsdb

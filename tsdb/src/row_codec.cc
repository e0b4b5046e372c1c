#include "row_codec.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "coding.h"

namespace proxy_telemetry::tsdb {
namespace {

// Numbers on disk: never change their meaning.
constexpr std::uint8_t kAllPresent = 0;
constexpr std::uint8_t kBitmap = 1;

constexpr double kIntegerLimit = 9007199254740992.0;  // 2^53: below, every integer is a double
constexpr std::uint64_t kRawMark = 1;                 // an even varint is an integer, this one announces eight bytes
constexpr std::uint32_t kSlotsMax = 1 << 16;

bool IsPlainInteger(double value) {
  return std::fabs(value) < kIntegerLimit && value == std::trunc(value) && !(value == 0 && std::signbit(value));
}

void PutValue(double value, std::string& out) {
  if (IsPlainInteger(value)) {
    PutVarint(ZigZag(static_cast<std::int64_t>(value)) << 1U, out);
  } else {
    PutVarint(kRawMark, out);
    PutFixed64(std::bit_cast<std::uint64_t>(value), out);
  }
}

}  // namespace

void EncodeRow(std::string_view key, std::span<const double> values, std::span<const std::uint8_t> present,
               std::string& out) {
  const std::size_t begin = out.size();
  std::size_t slots = values.size();
  while (slots > 0 && present[slots - 1] == 0) --slots;
  PutVarint(slots, out);
  const bool all = std::find(present.begin(), present.begin() + static_cast<std::ptrdiff_t>(slots), 0) ==
                   present.begin() + static_cast<std::ptrdiff_t>(slots);
  out += static_cast<char>(all ? kAllPresent : kBitmap);
  if (!all) {
    const std::size_t bitmap = out.size();
    out.append((slots + 7) / 8, '\0');
    for (std::size_t slot = 0; slot < slots; ++slot) {
      if (present[slot] != 0) out[bitmap + slot / 8] = static_cast<char>(out[bitmap + slot / 8] | (1 << (slot % 8)));
    }
  }
  for (std::size_t slot = 0; slot < slots; ++slot) {
    if (present[slot] != 0) PutValue(values[slot], out);
  }
  SealWithCrc(key, begin, out);
}

bool RowReader::Open(std::string_view key, std::string_view row) {
  std::uint64_t slots = 0;
  if (!CheckCrc(key, row) || !GetVarint(row, slots) || slots > kSlotsMax || row.empty()) return false;
  const auto mode = static_cast<std::uint8_t>(row.front());
  row.remove_prefix(1);
  if (mode > kBitmap) return false;
  if (mode == kBitmap) {
    const std::size_t bytes = (slots + 7) / 8;
    if (row.size() < bytes) return false;
    bitmap_ = row.substr(0, bytes);
    row.remove_prefix(bytes);
  }
  slots_ = static_cast<std::uint32_t>(slots);
  rest_ = row;
  return true;
}

bool RowReader::IsPresent(std::uint32_t slot) const {
  return bitmap_.empty() || ((static_cast<unsigned char>(bitmap_[slot / 8]) >> (slot % 8)) & 1U) != 0;
}

bool RowReader::ReadValue(double& value) {
  std::uint64_t word = 0;
  if (!GetVarint(rest_, word)) return false;
  if ((word & 1U) == 0) {
    value = static_cast<double>(UnZigZag(word >> 1U));
    return true;
  }
  std::uint64_t bits = 0;
  if (word != kRawMark || !GetFixed64(rest_, bits)) return false;
  value = std::bit_cast<double>(bits);
  return true;
}

bool RowReader::Next(std::uint32_t& slot, double& value) {
  while (next_slot_ < slots_ && !IsPresent(next_slot_)) ++next_slot_;
  if (next_slot_ == slots_) {
    damaged_ = damaged_ || !rest_.empty();
    return false;
  }
  slot = next_slot_++;
  if (ReadValue(value)) return true;
  damaged_ = true;
  return false;
}

}  // namespace proxy_telemetry::tsdb

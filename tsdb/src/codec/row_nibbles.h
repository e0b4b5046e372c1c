// NibbleWriter and NibbleReader: a row's numbers in units of four bits.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "codec/row_format.h"

namespace proxy_telemetry::tsdb::row {

inline std::uint64_t LittleEndian(std::uint64_t word) {
  if constexpr (std::endian::native == std::endian::big) return __builtin_bswap64(word);
  return word;
}

// Nibbles that `value` takes, at least one.
inline unsigned NibblesOf(std::uint64_t value) {
  return static_cast<unsigned>(std::bit_width(value | 1U) + kNibbleBits - 1) / kNibbleBits;
}

// Writes to memory that has room for what is written and 8 bytes more.
class NibbleWriter {
 public:
  explicit NibbleWriter(char* begin) : next_(begin) {}

  // `nibbles` from 1 to 14; `value` fits in them.
  void Put(std::uint64_t value, unsigned nibbles) {
    word_ |= value << bits_;
    bits_ += nibbles * kNibbleBits;
    const std::uint64_t stored = LittleEndian(word_);
    std::memcpy(next_, &stored, sizeof(stored));
    next_ += bits_ / 8;
    word_ >>= bits_ & ~7U;
    bits_ &= 7U;
  }

  void PutNumber(std::uint64_t value) {
    const unsigned nibbles = NibblesOf(value);
    Put(nibbles - 1, 1);
    if (nibbles <= kHalf) return Put(value, nibbles);
    Put(value & 0xffffffffU, kHalf);
    Put(value >> 32U, nibbles - kHalf);
  }

  // Behind the last byte, padded.
  char* End() { return bits_ == 0 ? next_ : next_ + 1; }

 private:
  static constexpr unsigned kHalf = 8;

  char* next_;
  std::uint64_t word_ = 0;
  unsigned bits_ = 0;  // of word_, that are not behind next_ yet: 0 or 4
};

// Reads any bytes; behind their end there are zeros, and Valid() tells.
class NibbleReader {
 public:
  explicit NibbleReader(std::string_view bytes) : bytes_(bytes) {}

  // `nibbles` from 1 to 14.
  std::uint64_t Get(unsigned nibbles) {
    const std::uint64_t value = Window() & ((std::uint64_t{1} << (nibbles * kNibbleBits)) - 1);
    at_ += nibbles;
    return value;
  }

  std::uint64_t GetNumber() {
    const auto nibbles = static_cast<unsigned>(Get(1)) + 1;
    if (nibbles <= kHalf) return Get(nibbles);
    const std::uint64_t low = Get(kHalf);
    return low | (Get(nibbles - kHalf) << 32U);
  }

  // Moves behind the padding. False when that is no zero, or more was read than there is.
  [[nodiscard]] bool Finish() { return (at_ % 2 == 0 || Get(1) == 0) && Valid(); }
  bool Valid() const { return at_ <= bytes_.size() * 2; }
  std::size_t Position() const { return at_ / 2; }

 private:
  static constexpr unsigned kHalf = 8;

  // At least 60 bits.
  std::uint64_t Window() const {
    const std::size_t byte = at_ / 2;
    std::uint64_t word = 0;
    if (byte + sizeof(word) <= bytes_.size()) {
      std::memcpy(&word, bytes_.data() + byte, sizeof(word));
    } else if (byte < bytes_.size()) {
      std::memcpy(&word, bytes_.data() + byte, bytes_.size() - byte);
    }
    return LittleEndian(word) >> (at_ % 2 * kNibbleBits);
  }

  std::string_view bytes_;
  std::size_t at_ = 0;  // in nibbles
};

}  // namespace proxy_telemetry::tsdb::row

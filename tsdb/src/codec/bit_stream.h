// Bits of the head of a block: written and read lowest bit first. Plain objects, one thread at a time each.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace proxy_telemetry::tsdb {

class BitWriter {
 public:
  // The lowest `count` bits of `bits`, 0 to 64 of them.
  void Put(std::uint64_t bits, unsigned count) {
    for (; count > kPieceBits; count -= kPieceBits, bits >>= kPieceBits) PutPiece(bits, kPieceBits);
    PutPiece(bits, count);
  }
  void PutFlag(bool flag) { PutPiece(flag ? 1 : 0, 1); }
  // Any number, small ones in few bits: its width in 7 bits, then what is below its highest bit.
  void PutNumber(std::uint64_t number) {
    const auto width = static_cast<unsigned>(std::bit_width(number));
    PutPiece(width, 7);
    if (width > 1) Put(number, width - 1);
  }
  // A small number below 2^32 (Elias gamma of number + 1).
  void PutSmall(std::uint64_t number) {
    const auto width = static_cast<unsigned>(std::bit_width(number + 1));
    PutPiece(std::uint64_t{1} << (width - 1), width);
    Put(number + 1, width - 1);
  }
  // Appends all, filled up with zeros to whole bytes.
  void AppendTo(std::string& out) {
    PutPiece(0, (8 - filled_ % 8) % 8);
    out += bytes_;
    for (; filled_ > 0; filled_ -= 8, word_ >>= 8U) out += static_cast<char>(word_ & 0xffU);
  }

 private:
  static constexpr unsigned kPieceBits = 32;

  void PutPiece(std::uint64_t bits, unsigned count) {
    word_ |= (bits & ((std::uint64_t{1} << count) - 1)) << filled_;
    filled_ += count;
    for (; filled_ >= kPieceBits; filled_ -= 8, word_ >>= 8U) bytes_ += static_cast<char>(word_ & 0xffU);
  }

  std::string bytes_;
  std::uint64_t word_ = 0;  // bits not yet in bytes_
  unsigned filled_ = 0;     // how many, below 32 between calls
};

// Behind the end it reads zeros and remembers that it did.
class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : bytes_(bytes) {}

  // 0 to 64 bits.
  std::uint64_t Get(unsigned count) {
    if (count <= kPieceBits) return GetPiece(count);
    const std::uint64_t low = GetPiece(kPieceBits);
    return low | GetPiece(count - kPieceBits) << kPieceBits;
  }
  bool GetFlag() { return GetPiece(1) != 0; }
  std::uint64_t GetNumber() {
    const auto width = static_cast<unsigned>(GetPiece(7));
    if (width > 64) return Fail();
    if (width < 2) return width;
    return Get(width - 1) | std::uint64_t{1} << (width - 1);
  }
  std::uint64_t GetSmall() {
    const auto zeros = static_cast<unsigned>(std::countr_zero(Peek()));
    if (zeros >= kPieceBits + 1) return Fail();
    GetPiece(zeros + 1);
    return (GetPiece(zeros) | std::uint64_t{1} << zeros) - 1;
  }

  bool ok() const { return ok_; }
  // What follows the byte in which the last bit was; the bits left in that byte must be zeros.
  std::string_view Rest() {
    if (next_ % 8 != 0 && GetPiece(8 - next_ % 8) != 0) ok_ = false;
    return bytes_.substr(next_ / 8);
  }

 private:
  static constexpr unsigned kPieceBits = 32;

  std::uint64_t Fail() {
    ok_ = false;
    return 0;
  }

  // At least the next 57 bits; zeros behind the end.
  std::uint64_t Peek() const {
    const std::string_view rest = bytes_.substr(next_ / 8);
    std::uint64_t word = 0;
    if constexpr (std::endian::native == std::endian::little) {
      if (rest.size() >= sizeof(word)) {
        std::memcpy(&word, rest.data(), sizeof(word));
        return word >> (next_ % 8);
      }
    }
    for (std::size_t i = 0; i < std::min(rest.size(), sizeof(word)); ++i) {
      word |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest[i])) << (8 * i);
    }
    return word >> (next_ % 8);
  }

  // At most 33 bits.
  std::uint64_t GetPiece(unsigned count) {
    if (count > 8 * bytes_.size() - next_) return Fail();
    const std::uint64_t bits = Peek() & ((std::uint64_t{1} << count) - 1);
    next_ += count;
    return bits;
  }

  std::string_view bytes_;
  std::size_t next_ = 0;  // in bits
  bool ok_ = true;
};

}  // namespace proxy_telemetry::tsdb

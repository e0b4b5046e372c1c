// Range asymmetric numeral systems: symbols of known probability in just the bits they are worth, as one stream.
//
// A stream is undone from its other end, so the writer collects symbols and codes them backwards. The state starts at
// zero and must be zero again when all is read: a check of its own. Three coders have the same two functions, so that
// a model is written once for writing, for weighing what writing would cost, and for reading.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "distribution.h"

namespace proxy_telemetry::tsdb {

inline constexpr std::uint64_t kAnsLow = std::uint64_t{1} << 31U;
inline constexpr unsigned kAnsPieceBits = 31;  // of plain bits at once

class AnsWriter {
 public:
  static constexpr bool kReads = false;

  template <typename Table>
  std::uint32_t Symbol(const Table& distribution, std::uint32_t symbol) {
    const std::uint32_t start = distribution.starts[symbol];
    steps_.push_back({start, static_cast<std::uint16_t>(distribution.starts[symbol + 1] - start), Table::kBits});
    return symbol;
  }
  // 0 to 64 bits.
  std::uint64_t Bits(unsigned count, std::uint64_t bits) {
    for (unsigned done = 0; done < count; done += kAnsPieceBits) {
      const unsigned piece = count - done < kAnsPieceBits ? count - done : kAnsPieceBits;
      const auto part = static_cast<std::uint32_t>((bits >> done) & ((std::uint64_t{1} << piece) - 1));
      steps_.push_back({part, 1, static_cast<std::uint16_t>(piece)});
    }
    return bits;
  }
  // Appends the stream to `out` and forgets it.
  void Finish(std::string& out);

 private:
  struct Step {
    std::uint32_t start;
    std::uint16_t frequency;  // of 2^bits
    std::uint16_t bits;
  };
  std::vector<Step> steps_;
  std::vector<std::uint32_t> words_;  // scratch of Finish()
};

class CostMeter {
 public:
  static constexpr bool kReads = false;

  template <typename Table>
  std::uint32_t Symbol(const Table& distribution, std::uint32_t symbol) {
    cost_ += distribution.costs[symbol];
    return symbol;
  }
  std::uint64_t Bits(unsigned count, std::uint64_t bits) {
    cost_ += std::uint64_t{256} * count;
    return bits;
  }
  // Bits * 256.
  std::uint64_t cost() const { return cost_; }

 private:
  std::uint64_t cost_ = 0;
};

// Whatever the bytes are, reads are of symbols that exist; complete() tells whether they were written like that.
class AnsReader {
 public:
  static constexpr bool kReads = true;

  AnsReader() = default;
  explicit AnsReader(std::string_view stream);

  template <typename Table>
  std::uint32_t Symbol(const Table& distribution, std::uint32_t) {
    const std::uint32_t slot = distribution.slots[state_ & (Table::kOne - 1)];
    state_ = (state_ >> Table::kBits) * (slot >> 8U & 0xfffU) + (slot >> 20U);
    Refill();
    return slot & 0xffU;
  }
  std::uint64_t Bits(unsigned count, std::uint64_t) {
    std::uint64_t bits = 0;
    for (unsigned done = 0; done < count; done += kAnsPieceBits) {
      const unsigned piece = count - done < kAnsPieceBits ? count - done : kAnsPieceBits;
      bits |= (state_ & ((std::uint64_t{1} << piece) - 1)) << done;
      state_ >>= piece;
      Refill();
    }
    return bits;
  }
  bool complete() const { return state_ == 0 && next_ == end_; }

 private:
  void Refill() {
    if (state_ >= kAnsLow || end_ - next_ < 4) return;
    std::uint32_t word = 0;
    std::memcpy(&word, next_, sizeof(word));
    if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap32(word);
    state_ = state_ << 32U | word;
    next_ += 4;
  }

  std::uint64_t state_ = 0;
  const char* next_ = nullptr;
  const char* end_ = nullptr;
};

}  // namespace proxy_telemetry::tsdb

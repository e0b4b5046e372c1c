// Numbers: a column's doubles as integers, exactly: integers, decimals of up to nine places, or the doubles' own bits.
//
// What does not go with the rest of its column (NaN, infinities, -0, a lone odd fraction) stays aside as its bits.
// Pure functions.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "block.h"

namespace proxy_telemetry::tsdb {

inline constexpr std::uint8_t kDecimalPlacesMax = 9;
inline constexpr std::uint8_t kNumberBits = 10;  // behind the places: the bits in their sortable form

struct NumberForm {
  std::uint8_t form = 0;       // decimal places, or kNumberBits
  std::uint8_t low_zeros = 0;  // kNumberBits: so many lowest bits are always zero and left out
  bool operator==(const NumberForm&) const = default;
};

// Order-preserving: neighbouring doubles are neighbouring integers.
inline std::int64_t SortableOf(std::uint64_t bits) {
  return static_cast<std::int64_t>(bits ^ (static_cast<std::uint64_t>(static_cast<std::int64_t>(bits) >> 63U) >> 1U));
}

struct ColumnNumbers {
  NumberForm form;
  Presence regular;                   // the ticks of `values`; empty: all
  std::vector<std::uint64_t> values;  // two's complement, by regular tick
  std::vector<std::uint64_t> asides;  // bits, by tick that is present and not regular
};

// `present`: empty when all are. Uses and fills `numbers`, whose memory is kept.
void ToNumbers(std::span<const double> values, const Presence& present, ColumnNumbers& numbers);

// The doubles of `numbers`, as many as `out` has.
void ToDoubles(NumberForm form, const std::uint64_t* numbers, std::span<double> out);

}  // namespace proxy_telemetry::tsdb

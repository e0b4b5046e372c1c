// Models: how one number is coded when something is known of its magnitude. Each is written once for all coders of
// ans.h; a reader ignores the value given and returns the one read, the others return what they were given.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "ans.h"
#include "distribution.h"

namespace proxy_telemetry::tsdb {

// A scale and what is left of it when it is larger than the tables.
struct Scale {
  unsigned table;
  unsigned shift;
};

// Of a magnitude in units of 2^-12.
inline int ScaleOf(std::uint64_t magnitude) {
  constexpr int kSmallestWidth = kScaleFractionBits - kScaleOctavesBelowOne + 1;
  const int width = static_cast<int>(std::bit_width(magnitude));
  if (width < kSmallestWidth) return 0;
  return 4 * (width - kSmallestWidth) + static_cast<int>((magnitude >> static_cast<unsigned>(width - 3)) & 3U);
}

// By the lowest bit of a variance's binary exponent and the two bits behind its highest one.
inline constexpr std::int8_t kVarianceQuarters[8] = {-2, -1, 0, 0, 0, 1, 1, 2};

// Of the mean |error| of a Gaussian with `variance`, in units of 2^-16: the square root of 2 variance / pi.
inline int ScaleOfVariance(std::uint64_t variance) {
  constexpr int kFractionBits = 16;
  const int exponent = static_cast<int>(std::bit_width(variance)) - 1 - kFractionBits;
  if (exponent < -2 * static_cast<int>(kScaleOctavesBelowOne)) return 0;
  const auto top = static_cast<unsigned>((variance >> static_cast<unsigned>(exponent + kFractionBits - 2)) & 3U);
  const int scale = 4 * ((exponent >> 1) + static_cast<int>(kScaleOctavesBelowOne));
  return std::max(0, scale + kVarianceQuarters[static_cast<unsigned>(exponent & 1) * 4 + top]);
}

inline Scale Split(int scale, unsigned scales) {
  if (scale < static_cast<int>(scales)) return {static_cast<unsigned>(std::max(scale, 0)), 0};
  const auto over = static_cast<unsigned>(scale) - scales;
  return {scales - 4 + over % 4, std::min(over / 4 + 1, 63U)};
}

// A number of any size behind the last symbol of a distribution.
template <typename Coder>
[[gnu::noinline]] std::uint64_t CodeLarge(Coder& coder, std::uint64_t value) {
  const auto width = static_cast<unsigned>(coder.Bits(7, static_cast<std::uint64_t>(std::bit_width(value))));
  if (width < 2) return width;
  const std::uint64_t high = std::uint64_t{1} << ((width - 1) & 63U);
  return high | (coder.Bits(std::min(width - 1, 63U), value & (high - 1)));
}

template <typename Coder>
[[gnu::always_inline]] inline std::uint64_t CodeOpenEnded(Coder& coder, const OpenDistribution& distribution,
                                                          std::uint64_t value) {
  const std::uint32_t last = distribution.last;
  const std::uint32_t symbol =
      coder.Symbol(distribution, static_cast<std::uint32_t>(std::min<std::uint64_t>(value, last)));
  if (symbol != last) [[likely]]
    return symbol;
  if constexpr (Coder::kReads) {
    Coder copy = coder;  // so that the reader itself can stay in registers
    const std::uint64_t more = CodeLarge(copy, 0);
    coder = copy;
    return last + more;
  }
  return last + CodeLarge(coder, value - last);
}

// A number >= 0 of a mean within `scale`.
template <typename Coder>
[[gnu::always_inline]] inline std::uint64_t CodeLevel(Coder& coder, LevelShape shape, int scale, std::uint64_t value) {
  const Scale split = Split(scale, kLevelScales);
  const OpenDistribution& distribution = kDistributions.levels[static_cast<std::size_t>(shape)][split.table];
  const std::uint64_t high = CodeOpenEnded(coder, distribution, value >> split.shift);
  if (split.shift == 0) return high;
  return high << split.shift | coder.Bits(split.shift, value & ((std::uint64_t{1} << split.shift) - 1));
}

// A signed number, as two's complement, whose mean size is within `scale`.
template <typename Coder>
[[gnu::always_inline]] inline std::uint64_t CodeError(Coder& coder, ErrorShape shape, int scale, std::uint64_t error) {
  const Scale split = Split(scale, kErrorScales);
  const OpenDistribution& distribution = kDistributions.errors[static_cast<std::size_t>(shape)][split.table];
  const std::uint64_t half = (std::uint64_t{1} << split.shift) >> 1U;  // so that zero is in the middle of its range
  const std::uint64_t moved = error + half;
  const std::uint64_t rounded = static_cast<std::uint64_t>(static_cast<std::int64_t>(moved) >> split.shift);
  const std::uint64_t zigzag = CodeOpenEnded(coder, distribution, rounded << 1U ^ (0 - (rounded >> 63U)));
  const std::uint64_t high = zigzag >> 1U ^ (0 - (zigzag & 1U));
  if (split.shift == 0) return high;
  return (high << split.shift | coder.Bits(split.shift, moved & ((std::uint64_t{1} << split.shift) - 1))) - half;
}

// The share of one kind among many, kept for some number of draws.
struct Share {
  std::uint32_t parts;            // of 2^16
  const DrawDistribution* draws;  // by number of draws - 1

  explicit Share(std::uint64_t parts_of_65536)
      : parts(static_cast<std::uint32_t>(parts_of_65536)),
        draws(kDistributions.draws[kDistributions.share_class[std::min(parts >> 6U, (1U << kShareBits) - 1)]].data()) {}
};

// How many of `draws` many draws are of the kind: near its expectation, or small, or nearly all.
template <typename Coder>
[[gnu::always_inline]] inline std::uint32_t CodeManyDraws(Coder& coder, const Share& share, std::uint32_t draws,
                                                          std::uint32_t hits) {
  constexpr std::uint64_t kFew = std::uint64_t{3} * 65536;
  constexpr std::uint64_t kFewOfMany = std::uint64_t{12} * 65536;
  constexpr std::uint32_t kRare = 65536 / 7;
  const std::uint64_t expected = static_cast<std::uint64_t>(draws) * share.parts;
  const std::uint64_t others = static_cast<std::uint64_t>(draws) * (65536 - share.parts);
  if (expected < (share.parts < kRare ? kFewOfMany : kFew)) {
    return static_cast<std::uint32_t>(CodeLevel(coder, LevelShape::kPoisson, ScaleOf(expected >> 4U), hits));
  }
  if (others < (65536 - share.parts < kRare ? kFewOfMany : kFew)) {
    return draws -
           static_cast<std::uint32_t>(CodeLevel(coder, LevelShape::kPoisson, ScaleOf(others >> 4U), draws - hits));
  }
  const int scale = ScaleOfVariance((expected >> 16U) * (65536 - share.parts));
  const std::uint64_t middle = (expected + 32768) >> 16U;
  return static_cast<std::uint32_t>(middle + CodeError(coder, ErrorShape::kGaussian, scale, hits - middle));
}

template <typename Coder>
[[gnu::always_inline]] inline std::uint32_t CodeDraws(Coder& coder, const Share& share, std::uint32_t draws,
                                                      std::uint32_t hits) {
  if (draws <= kExactDrawsMax) return coder.Symbol(share.draws[draws - 1], hits);
  return CodeManyDraws(coder, share, draws, hits);
}

}  // namespace proxy_telemetry::tsdb

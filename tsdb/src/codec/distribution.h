// Distribution: the fixed probabilities of a few symbols, in parts of 2^8 or 2^9, as the entropy coder wants them.
//
// The tables are part of the format: made by integer arithmetic alone, the same on every machine (a test holds their
// checksum). Made once, as the program starts; immutable; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace proxy_telemetry::tsdb {

// Of at most SymbolsMax symbols, in parts of 2^Bits. What is read for every symbol, slots, is as small as can be:
// it must stay in the processor's first cache.
template <unsigned Bits, std::size_t SymbolsMax>
struct Distribution {
  static constexpr unsigned kBits = Bits;
  static constexpr std::uint32_t kOne = 1U << Bits;

  // By position in [0, 2^Bits): symbol (8 bits), its frequency (12), the position's offset in the symbol's range (12).
  std::array<std::uint32_t, kOne> slots;
  std::array<std::uint16_t, SymbolsMax + 1> starts;  // by symbol, and kOne behind the last
  std::array<std::uint16_t, SymbolsMax> costs;       // by symbol: bits * 256; only to choose by
  std::uint32_t last;                                // symbol; where values have no end it means "this or more"

  // `weights`: not all zero, at most SymbolsMax. Every symbol gets at least one part.
  void Make(std::span<const std::uint64_t> weights);
};

// Scale: a magnitude in quarters of octaves; scale 4 * e + q means [1 + q / 4, 1 + (q + 1) / 4) * 2^(e - 6), below
// the first all that is smaller. Values with large scales are shifted so that their upper part has one of the tables.
inline constexpr unsigned kScaleFractionBits = 12;  // magnitudes are integers in units of 2^-12
inline constexpr unsigned kScaleOctavesBelowOne = 6;

enum class LevelShape : std::uint8_t { kPoisson = 0, kClustered = 1, kGeometric = 2 };  // numbers go to disk
enum class ErrorShape : std::uint8_t { kGaussian = 0, kLaplace = 1 };                   // numbers go to disk
inline constexpr std::size_t kLevelShapes = 3;
inline constexpr std::size_t kErrorShapes = 2;
inline constexpr unsigned kLevelScales = 40;  // means up to 16
inline constexpr unsigned kErrorScales = 36;  // mean deviations up to 8
inline constexpr std::uint32_t kExactDrawsMax = 8;
inline constexpr std::size_t kShareClasses = 21;
inline constexpr unsigned kShareBits = 10;

using OpenDistribution = Distribution<9, 128>;
using DrawDistribution = Distribution<8, kExactDrawsMax + 1>;

struct Distributions {
  std::array<std::array<OpenDistribution, kLevelScales>, kLevelShapes> levels;  // counts by mean
  std::array<std::array<OpenDistribution, kErrorScales>, kErrorShapes> errors;  // zigzag of errors by mean |error|
  // How many of n draws are of a kind, by its share and n - 1.
  std::array<std::array<DrawDistribution, kExactDrawsMax>, kShareClasses> draws;
  std::array<std::uint8_t, 1U << kShareBits> share_class;  // by share in parts of 2^10

  Distributions();
};

extern const Distributions kDistributions;

}  // namespace proxy_telemetry::tsdb

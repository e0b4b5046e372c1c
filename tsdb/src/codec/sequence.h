// Sequence: integers (modulo 2^64, as two's complement) in the way that costs least: all zero, rare and with gaps, or
// each by a running mean. Pure functions over ans.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ans.h"
#include "models.h"

namespace proxy_telemetry::tsdb {

enum class SequenceKind : std::uint8_t {  // numbers go to disk
  kZeros = 0,
  kSparse = 1,   // gaps between what is not zero, and that
  kLevel = 2,    // numbers >= 0 by their running mean
  kError = 3,    // signed numbers by their running mean size
  kCentred = 4,  // the same of what is left after subtracting the running mean
};
inline constexpr std::size_t kSequenceKinds = 5;

struct SequenceSpec {
  SequenceKind kind = SequenceKind::kZeros;
  std::uint8_t shape = 0;    // LevelShape or ErrorShape
  std::uint8_t rate = 0;     // a running mean moves by 2^-rate of the difference, 1 to 8
  std::uint8_t octave = 0;   // the mean size to begin with is 1.5 * 2^octave units of 2^-12
  bool is_signed = false;    // kSparse
  std::uint32_t others = 0;  // kSparse: how many are not zero
  std::uint64_t centre = 0;  // kCentred: the mean to begin with
};
inline constexpr unsigned kSequenceOctaves = 64;
inline constexpr unsigned kSequenceRates = 8;

SequenceSpec ChooseSequence(std::span<const std::uint64_t> values);
void WriteSequence(const SequenceSpec& spec, std::span<const std::uint64_t> values, AnsWriter& out);
// False when the stream cannot have been written like this.
[[nodiscard]] bool ReadSequence(const SequenceSpec& spec, std::string_view stream, std::span<std::uint64_t> values);

}  // namespace proxy_telemetry::tsdb

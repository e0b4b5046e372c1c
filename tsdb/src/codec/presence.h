// Which ticks of a block have a sample (Presence, in block.h): asking, marking, counting.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "codec/block.h"

namespace proxy_telemetry::tsdb {

inline bool IsPresent(const Presence& present, std::size_t tick) {
  return present.empty() || ((present[tick / 64] >> (tick % 64)) & 1U) != 0;
}

// Not of an empty one, which has all.
inline void SetPresent(Presence& present, std::size_t tick) { present[tick / 64] |= std::uint64_t{1} << (tick % 64); }

// Without any tick.
inline Presence NonePresent(std::size_t ticks) { return Presence((ticks + 63) / 64); }

inline BlockColumn AbsentColumn(std::size_t ticks) { return {std::vector<double>(ticks), NonePresent(ticks)}; }

inline std::uint64_t CountSamples(const BlockContent& content) {
  std::uint64_t samples = 0;
  for (const BlockColumn& column : content.columns) {
    if (column.present.empty()) samples += content.ts_ms.size();
    for (const std::uint64_t word : column.present) samples += static_cast<std::uint64_t>(std::popcount(word));
  }
  return samples;
}

}  // namespace proxy_telemetry::tsdb

// BlockLayout: what the head of a block says of its columns, and where their streams lie (FORMAT.md has the grammar).
//
// Columns depend on others along a path that cannot turn back: copies on anything but copies, sums of histograms on
// chains, members of chains on the chain's master, masters on nothing. Read from a block it is checked: positions and
// sizes are within bounds, dependencies are of these kinds. Plain data.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "block.h"
#include "numbers.h"
#include "sequence.h"

namespace proxy_telemetry::tsdb {

enum class ColumnKind : std::uint8_t {  // numbers go to disk
  kSequence = 0,                        // its values, or their differences, as a Sequence
  kMember = 1,                          // its increases are a part of another's: a member of a chain
  kCopy = 2,                            // equal to another column
  kHistogramSum = 3,                    // its increases are near what the buckets' counts make expect
};

struct ColumnLayout {
  std::uint16_t present = 0;      // mask of the ticks that have a sample
  std::uint16_t regular = 0;      // mask of those that are not aside
  std::uint32_t first_aside = 0;  // in asides; as many as ticks present and not regular, or one for all of them
  bool asides_same = false;
  ColumnKind kind = ColumnKind::kSequence;
  NumberForm form;
  std::uint8_t order = 0;                   // kSequence: how many times differences are taken, 0 to 2
  std::array<std::uint64_t, 2> bases = {};  // the first values, or the first value of a member and of a sum
  std::uint32_t first_reset = 0;            // in resets: where an order 1 sequence starts again from zero
  std::uint32_t resets = 0;
  SequenceSpec spec;
  std::uint16_t other = 0;         // kCopy: the column it equals; kMember, kHistogramSum: the chain
  bool still = false;              // kMember: never increases
  std::int8_t tuning = 0;          // kHistogramSum: what is added to the scale of errors
  std::uint16_t bounds_check = 0;  // kHistogramSum: of what the buckets' bounds were
  std::uint32_t stream = 0;        // offset in streams
  std::uint32_t stream_bytes = 0;
};

// Members whose increases sum up to those of the master, or to less.
struct ChainLayout {
  std::uint16_t master = 0;
  bool cumulative = false;             // member i is the sum of the members' parts 0 to i
  bool closed = false;                 // the increases sum up to exactly the master's
  bool closed_base = false;            // the first values do
  std::uint8_t memory = 0;             // shares forget 2^-(memory + 1) at a time
  std::vector<std::uint16_t> members;  // columns, in the order in which they are cumulative
  std::vector<std::uint16_t> order;    // those that are not still, as positions in members, as they are coded
};
inline constexpr unsigned kChainsMax = kBlockColumnsMax;
inline constexpr int kTuningMax = 31;

struct BlockLayout {
  std::uint32_t ticks = 0;
  ColumnLayout timestamps;
  std::vector<ColumnLayout> columns;
  std::vector<ChainLayout> chains;
  std::vector<Presence> masks;  // [0] is empty: all ticks
  std::vector<std::uint32_t> mask_sizes;
  std::vector<std::uint32_t> resets;
  std::vector<std::uint64_t> asides;

  void Clear();
  std::uint16_t AddMask(const Presence& mask);  // or finds it
  std::uint32_t regular_ticks(const ColumnLayout& column) const { return mask_sizes[column.regular]; }

  // The head; streams follow.
  void Write(std::string& out) const;
  // Takes the head off `block`, which leaves the streams.
  [[nodiscard]] bool Read(std::string_view& block);
};

// Of `ticks` ticks.
std::uint32_t CountTicks(const Presence& mask, std::uint32_t ticks);

}  // namespace proxy_telemetry::tsdb

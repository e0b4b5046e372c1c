// The bytes of a row (row.h).
//
//   row     = head | nibbles, the lower half of a byte first, padded by a zero | length
//   head    = one byte: bits 0-3 time, 4 kOtherCommit, 5 kPresence, 6 kValues, 7 kChained
//   nibbles = [time: number] [commit: number] [presence] [mask of values, then a token per bit of it]
//   number  = a nibble n, then n + 1 nibbles, lowest first
//   length  = of all before it, as one byte below 128; or as its upper 7 bits and a byte of the lower 7 bits + 128
//
// time: kTimeAny is followed by the zigzag of the difference, kTimeMs by the difference, kTimeFirst + i stands for
// kUsualIntervalsMs[i]. presence: the number of slots, at least as many as before, and a mask of those that were
// absent and are not, or the reverse; it is there if either changes.
//
// mask: a nibble n from 1 to 15 and n nibbles, slot 0 the lowest bit. Or 0, three nibbles of n and n nibbles, of which
// one that is 0 is followed by a nibble that says how many more are. No last nibble is 0.
//
// token: see Token. Those of integers carry the zigzag, less 1, of the slot's delta. In a chained row: of its change
// against the delta before it, which begins as 0, and a slot without a token that is followed by one has the delta of
// the slot before it, as what counts requests grows by the same in many slots. The mask may name one slot more than
// there are, to end that.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/row.h"

namespace proxy_telemetry::tsdb::row {

// Numbers on disk: never change their meaning.
inline constexpr std::uint8_t kTimeBits = 0x0f;
inline constexpr std::uint8_t kOtherCommit = 1 << 4;
inline constexpr std::uint8_t kPresence = 1 << 5;
inline constexpr std::uint8_t kValues = 1 << 6;
inline constexpr std::uint8_t kChained = 1 << 7;

inline constexpr std::uint8_t kTimeAny = 0;
inline constexpr std::uint8_t kTimeMs = 1;
inline constexpr std::uint8_t kTimeFirst = 2;
inline constexpr std::array<std::uint32_t, 14> kUsualIntervalsMs{
    1000, 2000, 5000, 10000, 15000, 20000, 30000, 60000, 120000, 300000, 600000, 900000, 1800000, 3600000};

// The first nibble of a token.
enum Token : std::uint8_t {
  kSmall = 0,      // 0 to 7: the number itself
  kTiny = 8,       // to kLong - 1: 1 to 4 nibbles follow, of the number less kShortBase
  kLong = 12,      // number
  kDecimal6 = 13,  // number: zigzag, less 1, of the delta in millionths
  kDecimal3 = 14,  // ... in thousandths
  kXor = 15,       // a nibble: nibbles of zeros at the lower end; number: the rest of both values' bits, xored
};
inline constexpr std::array<std::uint64_t, 5> kShortBase{8, 24, 280, 4376, 69912};  // the last is kLong's lowest

inline constexpr unsigned kNibbleBits = 4;
inline constexpr std::size_t kNarrowQuads = 15;  // a mask of more is a wide one
inline constexpr std::size_t kWideQuadsMax = kRowSlotsMax / kNibbleBits + 1;
inline constexpr std::size_t kMaskWords = kRowSlotsMax / 64 + 1;  // one slot more than there can be: the end of a chain
inline constexpr unsigned kMaskCountNibbles = 3;
inline constexpr unsigned kLengthBits = 7;

inline constexpr std::size_t kTokenNibblesMax = 19;
// Three numbers of 17 nibbles, two masks, the tokens.
inline constexpr std::size_t kRowBytesMax =
    1 + (51 + std::size_t{2} * (4 + 2 * kWideQuadsMax) + (kRowSlotsMax + 1) * kTokenNibblesMax + 1) / 2;
static_assert(kRowBytesMax < (1U << (2 * kLengthBits)));

}  // namespace proxy_telemetry::tsdb::row

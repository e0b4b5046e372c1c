// The fields of a block's head in their order, for both directions: Describe() with a HeadWriter writes the layout,
// with a HeadReader it reads and checks it. FORMAT.md has the same as a grammar.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "head_fields.h"
#include "layout.h"
#include "presence.h"

namespace proxy_telemetry::tsdb {

inline constexpr unsigned kTickBits = 12;
inline constexpr unsigned kColumnBits = 12;
static_assert(kBlockTicksMax <= 1U << kTickBits && kBlockColumnsMax <= 1U << kColumnBits);

template <typename Head, typename Spec>
bool DescribeSpec(Head& head, Spec& spec) {
  head.Bits(3, spec.kind);
  if (!head.Require(static_cast<std::size_t>(spec.kind) < kSequenceKinds)) return false;
  if (spec.kind == SequenceKind::kZeros) return true;
  head.Bits(6, spec.octave);
  if (spec.kind == SequenceKind::kSparse) {
    head.Bits(1, spec.is_signed);
    head.Small(spec.others);
    return head.Require(spec.others <= kBlockTicksMax);
  }
  head.Bits(2, spec.shape);
  std::uint8_t rate = static_cast<std::uint8_t>(spec.rate - 1);
  head.Bits(3, rate);
  if constexpr (Head::kReads) spec.rate = static_cast<std::uint8_t>(rate + 1);
  if (spec.kind == SequenceKind::kCentred) head.Number(spec.centre);
  return head.Require(spec.shape < (spec.kind == SequenceKind::kLevel ? kLevelShapes : kErrorShapes));
}

// Ascending positions below `limit`, by their gaps.
template <typename Head, typename Positions>
bool DescribePositions(Head& head, Positions& pool, std::uint32_t first, std::uint32_t count, std::uint32_t limit) {
  std::uint32_t next = 0;
  for (std::uint32_t i = first; i < first + count; ++i) {
    std::uint32_t gap = Head::kReads ? 0 : pool[i] - next;
    head.Small(gap);
    if (!head.Require(gap < limit && next + gap < limit)) return false;
    if constexpr (Head::kReads) pool.push_back(next + gap);
    next += gap + 1;
  }
  return true;
}

template <typename Head, typename Layout, typename Column>
bool DescribeSequence(Head& head, Layout& layout, Column& column, std::uint32_t count) {
  head.Bits(2, column.order);
  if (!head.Require(column.order <= 2)) return false;
  for (std::uint32_t i = 0; i < std::min<std::uint32_t>(column.order, count); ++i) head.Number(column.bases[i]);
  if (column.order == 1) {
    if constexpr (Head::kReads) column.first_reset = static_cast<std::uint32_t>(layout.resets.size());
    head.Small(column.resets);
    if (!head.Require(column.resets < count)) return false;
    if (!DescribePositions(head, layout.resets, column.first_reset, column.resets, count)) return false;
  }
  return DescribeSpec(head, column.spec);
}

template <typename Head, typename Layout, typename Column>
bool DescribeMasks(Head& head, Layout& layout, Column& column) {
  if (layout.masks.size() == 1) return true;
  const auto width = static_cast<unsigned>(std::bit_width(layout.masks.size() - 1));
  head.Bits(width, column.present);
  bool some_aside = column.regular != column.present;
  head.Bits(1, some_aside);
  if constexpr (Head::kReads) column.regular = column.present;
  if (!head.Require(column.present < layout.masks.size()) || !some_aside) return head.Require(true);
  head.Bits(width, column.regular);
  if (!head.Require(column.regular < layout.masks.size())) return false;
  const std::uint32_t present = layout.mask_sizes[column.present];
  const std::uint32_t regular = layout.mask_sizes[column.regular];
  if (!head.Require(regular < present)) return false;
  head.Bits(1, column.asides_same);
  if constexpr (Head::kReads) column.first_aside = static_cast<std::uint32_t>(layout.asides.size());
  for (std::uint32_t i = 0; i < (column.asides_same ? 1 : present - regular); ++i) {
    if constexpr (Head::kReads) layout.asides.push_back(0);
    head.Bits(64, layout.asides[column.first_aside + i]);
  }
  return head.Require(true);
}

template <typename Head, typename Column>
void DescribeForm(Head& head, Column& column) {
  head.Bits(4, column.form.form);
  if (column.form.form == kNumberBits) head.Bits(6, column.form.low_zeros);
}

template <typename Head, typename Column>
void DescribeStreamBytes(Head& head, Column& column) {
  auto width = static_cast<unsigned>(std::bit_width(column.stream_bytes));
  head.Bits(5, width);
  if (width > 1) {
    std::uint32_t low = column.stream_bytes;
    if constexpr (!Head::kReads) low &= (1U << (width - 1)) - 1;
    head.Bits(width - 1, low);
    if constexpr (Head::kReads) column.stream_bytes = low | 1U << (width - 1);
  } else if constexpr (Head::kReads) {
    column.stream_bytes = width;
  }
}

template <typename Head, typename Layout, typename Column>
bool DescribeColumn(Head& head, Layout& layout, Column& column) {
  if (!DescribeMasks(head, layout, column)) return false;
  const std::uint32_t count = layout.regular_ticks(column);
  if (count == 0) return true;
  head.Bits(2, column.kind);
  switch (column.kind) {
    case ColumnKind::kSequence:
      DescribeForm(head, column);
      if (!head.Require(column.form.form <= kNumberBits)) return false;
      if (!DescribeSequence(head, layout, column, count)) return false;
      if (column.spec.kind == SequenceKind::kZeros) return true;
      break;
    case ColumnKind::kMember:
      head.Small(column.other);
      head.Bits(1, column.still);
      return head.Require(column.other < kChainsMax);
    case ColumnKind::kCopy:
      head.Small(column.other);
      return head.Require(column.other < layout.columns.size());
    case ColumnKind::kHistogramSum: {
      DescribeForm(head, column);
      head.Small(column.other);
      std::uint8_t tuning = static_cast<std::uint8_t>(column.tuning + kTuningMax);
      head.Bits(6, tuning);
      if constexpr (Head::kReads) column.tuning = static_cast<std::int8_t>(tuning - kTuningMax);
      head.Bits(16, column.bounds_check);
      head.Number(column.bases[0]);
      if (!head.Require(column.form.form <= kDecimalPlacesMax && column.other < kChainsMax)) return false;
      break;
    }
  }
  DescribeStreamBytes(head, column);
  return head.Require(true);
}

// Up to kBlockColumnsMax positions, in place.
class PlaceList {
 public:
  void Add(std::uint16_t place) { places_[size_++] = place; }
  std::size_t size() const { return size_; }
  const std::uint16_t* begin() const { return places_.data(); }
  const std::uint16_t* end() const { return places_.data() + size_; }
  std::uint16_t* begin() { return places_.data(); }
  std::uint16_t* end() { return places_.data() + size_; }
  std::uint16_t Find(std::uint16_t place) const {
    return static_cast<std::uint16_t>(std::find(begin(), end(), place) - begin());
  }
  std::uint16_t Take(std::size_t position) {
    const std::uint16_t place = places_[position];
    std::copy(begin() + position + 1, end(), begin() + position);
    --size_;
    return place;
  }

 private:
  std::array<std::uint16_t, kBlockColumnsMax> places_;
  std::size_t size_ = 0;
};

// An arrangement of `places`, as the position of each among those left, of which none are when it is done.
template <typename Head, typename Places>
bool DescribeArrangement(Head& head, PlaceList& left, Places& places) {
  for (std::size_t i = 0; i < places.size(); ++i) {
    std::uint16_t position = 0;
    if constexpr (!Head::kReads) position = left.Find(places[i]);
    head.Bits(static_cast<unsigned>(std::bit_width(left.size() - 1)), position);
    if (!head.Require(position < left.size())) return false;
    const std::uint16_t place = left.Take(position);
    if constexpr (Head::kReads) places[i] = place;
  }
  return true;
}

template <typename Head, typename Layout, typename Chain>
bool DescribeMembers(Head& head, Layout& layout, Chain& chain) {
  PlaceList ascending;
  for (const std::uint16_t member : chain.members) ascending.Add(member);
  std::sort(ascending.begin(), ascending.end());
  bool is_ascending = std::equal(ascending.begin(), ascending.end(), chain.members.begin());
  head.Bits(1, is_ascending);
  if (!is_ascending && !DescribeArrangement(head, ascending, chain.members)) return false;
  PlaceList moving;
  for (std::size_t i = 0; i < chain.members.size(); ++i) {
    if (!layout.columns[chain.members[i]].still) moving.Add(static_cast<std::uint16_t>(i));
  }
  if constexpr (Head::kReads) chain.order.resize(moving.size());
  if (!DescribeArrangement(head, moving, chain.order)) return false;
  const std::size_t coded = chain.order.size() - (chain.closed && !chain.order.empty() ? 1 : 0);
  for (std::size_t i = 0; i < coded; ++i) DescribeStreamBytes(head, layout.columns[chain.members[chain.order[i]]]);
  return head.Require(true);
}

template <typename Head, typename Layout, typename Chain>
bool DescribeChain(Head& head, Layout& layout, Chain& chain) {
  head.Bits(kColumnBits, chain.master);
  head.Bits(1, chain.cumulative);
  head.Bits(1, chain.closed);
  head.Bits(1, chain.closed_base);
  head.Bits(2, chain.memory);
  if (!head.Require(chain.master < layout.columns.size() && !chain.members.empty())) return false;
  if (!DescribeMembers(head, layout, chain)) return false;
  const std::size_t size = chain.members.size();
  std::uint64_t left = layout.columns[chain.master].bases[0];
  for (std::size_t i = 0; i < size; ++i) {
    auto& base = layout.columns[chain.members[i]].bases[0];
    if (i + 1 < size || !chain.closed_base) {
      head.Number(base);
    } else if constexpr (Head::kReads) {
      base = left;
    }
    left -= base;
  }
  return head.Require(true);
}

template <typename Head, typename Layout>
bool DescribeMaskTable(Head& head, Layout& layout) {
  std::uint16_t count = static_cast<std::uint16_t>(layout.masks.size() - 1);
  head.Small(count);
  if (!head.Require(count <= 2 * kBlockColumnsMax)) return false;
  for (std::uint16_t i = 1; i <= count; ++i) {
    if constexpr (Head::kReads) layout.masks.push_back(NonePresent(layout.ticks));
    auto& mask = layout.masks[i];
    bool set = Head::kReads ? false : IsPresent(mask, 0);
    head.Bits(1, set);
    for (std::uint32_t tick = 0; tick < layout.ticks; set = !set) {
      std::uint32_t more = 0;  // ticks of a run after its first
      if constexpr (!Head::kReads) {
        while (tick + more + 1 < layout.ticks && IsPresent(mask, tick + more + 1) == set) ++more;
      }
      head.Small(more);
      if (!head.Require(more < layout.ticks - tick)) return false;
      if constexpr (Head::kReads) {
        for (std::uint32_t at = tick; set && at <= tick + more; ++at) SetPresent(mask, at);
      }
      tick += more + 1;
    }
    if constexpr (Head::kReads) layout.mask_sizes.push_back(CountTicks(mask, layout.ticks));
  }
  return true;
}

template <typename Head, typename Layout>
bool DescribeChains(Head& head, Layout& layout) {
  std::uint16_t count = static_cast<std::uint16_t>(layout.chains.size());
  head.Small(count);
  if (!head.Require(count <= kChainsMax)) return false;
  if constexpr (Head::kReads) {
    layout.chains.resize(count);
    for (std::size_t i = 0; i < layout.columns.size(); ++i) {
      ColumnLayout& column = layout.columns[i];
      if (column.kind != ColumnKind::kMember) continue;
      if (!head.Require(column.other < count)) return false;
      layout.chains[column.other].members.push_back(static_cast<std::uint16_t>(i));
    }
  }
  for (auto& chain : layout.chains) {
    if (!DescribeChain(head, layout, chain)) return false;
  }
  return true;
}

template <typename Head, typename Layout>
bool Describe(Head& head, Layout& layout) {
  std::uint16_t ticks = static_cast<std::uint16_t>(layout.ticks - 1);
  std::uint16_t columns = static_cast<std::uint16_t>(layout.columns.size() - 1);
  head.Bits(kTickBits, ticks);
  head.Bits(kColumnBits, columns);
  if constexpr (Head::kReads) {
    layout.ticks = std::uint32_t{ticks} + 1;
    if (!head.Require(columns < kBlockColumnsMax)) return false;
    layout.columns.resize(std::size_t{columns} + 1);
    layout.mask_sizes = {layout.ticks};
  }
  if (!DescribeMaskTable(head, layout)) return false;
  if (!DescribeSequence(head, layout, layout.timestamps, layout.ticks)) return false;
  if (layout.timestamps.spec.kind != SequenceKind::kZeros) DescribeStreamBytes(head, layout.timestamps);
  for (auto& column : layout.columns) {
    if (!DescribeColumn(head, layout, column)) return false;
  }
  return DescribeChains(head, layout);
}

}  // namespace proxy_telemetry::tsdb

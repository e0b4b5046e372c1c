#include "layout.h"

#include <algorithm>
#include <bit>

#include "head_fields.h"
#include "layout_fields.h"

namespace proxy_telemetry::tsdb {
namespace {

// Whether dependencies are of the kinds that cannot make a circle, and between columns of the same ticks. Copies get
// the form of what they equal.
bool IsSound(BlockLayout& layout) {
  for (const ChainLayout& chain : layout.chains) {
    const ColumnLayout& master = layout.columns[chain.master];
    if (master.kind != ColumnKind::kSequence || master.order != 1 || master.form != NumberForm{}) return false;
    for (const std::uint16_t member : chain.members) {
      if (layout.columns[member].regular != master.regular) return false;
    }
  }
  for (ColumnLayout& column : layout.columns) {
    if (column.kind == ColumnKind::kCopy) {
      const ColumnLayout& other = layout.columns[column.other];
      if (other.kind == ColumnKind::kCopy || other.regular != column.regular) return false;
      column.form = other.form;
    }
    if (column.kind == ColumnKind::kHistogramSum) {
      if (column.other >= layout.chains.size()) return false;
      if (layout.columns[layout.chains[column.other].master].regular != column.regular) return false;
    }
  }
  return layout.timestamps.order == 2 || layout.ticks == 1;
}

bool PlaceStreams(BlockLayout& layout, std::size_t bytes) {
  std::size_t next = layout.timestamps.stream_bytes;
  for (ColumnLayout& column : layout.columns) {
    column.stream = static_cast<std::uint32_t>(next);
    next += column.stream_bytes;
    if (next > bytes) return false;
  }
  return next == bytes;
}

}  // namespace

void BlockLayout::Clear() {
  ticks = 0;
  timestamps = {};
  columns.clear();
  for (ChainLayout& chain : chains) chain.members.clear();
  masks.assign(1, {});
  mask_sizes.assign(1, 0);
  resets.clear();
  asides.clear();
}

std::uint16_t BlockLayout::AddMask(const Presence& mask) {
  const std::uint32_t count = CountTicks(mask, ticks);
  if (count == ticks) return 0;
  const auto at = std::find(masks.begin() + 1, masks.end(), mask);
  const auto id = static_cast<std::uint16_t>(at - masks.begin());
  if (at == masks.end()) {
    masks.push_back(mask);
    mask_sizes.push_back(count);
  }
  return id;
}

void BlockLayout::Write(std::string& out) const {
  HeadWriter head;
  Describe(head, *this);
  head.AppendTo(out);
}

bool BlockLayout::Read(std::string_view& block) {
  Clear();
  HeadReader head(block);
  if (!Describe(head, *this)) return false;
  block = head.Rest();
  return head.Require(true) && IsSound(*this) && PlaceStreams(*this, block.size());
}

std::uint32_t CountTicks(const Presence& mask, std::uint32_t ticks) {
  if (mask.empty()) return ticks;
  std::uint32_t count = 0;
  for (const std::uint64_t word : mask) count += static_cast<std::uint32_t>(std::popcount(word));
  return count;
}

}  // namespace proxy_telemetry::tsdb

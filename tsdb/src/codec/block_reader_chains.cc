// BlockReader's columns that depend on others: members of chains, and the sums of histograms.
#include <algorithm>
#include <functional>

#include "block_reader_impl.h"
#include "differences.h"

namespace proxy_telemetry::tsdb {
namespace {

std::size_t PlaceOf(std::size_t value, const std::vector<std::uint16_t>& values) {
  return static_cast<std::size_t>(std::find(values.begin(), values.end(), static_cast<std::uint16_t>(value)) -
                                  values.begin());
}

}  // namespace

bool BlockReader::Impl::DecodeChain(std::uint16_t index, std::size_t until_place) {
  const ChainLayout& chain = layout_.chains[index];
  ChainParts& parts = chains_[index].parts;
  if (chains_[index].is_damaged) return false;
  if (!chains_[index].is_started) {
    if (!Decode(chain.master)) return false;
    const ColumnLayout& master = layout_.columns[chain.master];
    ToIncreases(columns_[chain.master].values, ResetsOf(master), increases_);
    std::uint64_t all = 0;
    for (const std::uint64_t increase : increases_) all |= increase;
    if (all >= kChainIncreaseEnd) return false;
    parts.Start(chain, master.bases[0], increases_);
    chains_[index].is_started = true;
  }
  while (parts.done() < until_place) {
    if (chain.closed && parts.done() + 1 == chain.order.size()) {
      parts.TakeRest();
      continue;
    }
    const ColumnLayout& member = layout_.columns[chain.members[chain.order[parts.done()]]];
    if (!parts.Read(member.bases[0], StreamOf(member))) {
      chains_[index].is_damaged = true;
      return false;
    }
  }
  return true;
}

bool BlockReader::Impl::DecodeChainOf(const ChainLayout& chain, std::uint16_t index, std::size_t member) {
  const std::size_t coded = PlaceOf(member, chain.order);
  return DecodeChain(index, coded == chain.order.size() ? 0 : coded + 1);
}

bool BlockReader::Impl::DecodeMember(std::size_t index) {
  const ColumnLayout& column = layout_.columns[index];
  const ChainLayout& chain = layout_.chains[column.other];
  const std::size_t place = PlaceOf(index, chain.members);
  if (!DecodeChainOf(chain, column.other, place)) return false;
  const std::span<const std::uint32_t> parts = chains_[column.other].parts.part(place);
  columns_[index].values.resize(parts.size());
  const std::uint32_t* const part = parts.data();
  std::uint64_t* const values = columns_[index].values.data();
  const std::uint64_t* below = nullptr;
  if (chain.cumulative && place > 0) {
    if (!Decode(chain.members[place - 1])) return false;
    below = columns_[chain.members[place - 1]].values.data();
  }
  std::uint64_t sum = column.bases[0];
  std::size_t tick = 0;
  const auto add_up = [&](std::size_t end) {
    if (below == nullptr) {
      for (; tick < end; ++tick) values[tick] = sum += part[tick];
    } else {
      for (; tick < end; ++tick) values[tick] = below[tick] + (sum += part[tick]);
    }
  };
  for (const std::uint32_t reset : ResetsOf(layout_.columns[chain.master])) {
    add_up(reset);
    sum = 0;
  }
  add_up(parts.size());
  return true;
}

// As DecodeMember, but only what the parts come to at the picked ticks.
bool BlockReader::Impl::PickMember(std::size_t index) {
  if (columns_[index].is_picked) return true;
  const ColumnLayout& column = layout_.columns[index];
  const ChainLayout& chain = layout_.chains[column.other];
  const std::size_t place = PlaceOf(index, chain.members);
  if (!DecodeChainOf(chain, column.other, place)) return false;
  if (chain.cumulative && place > 0 && !PickMember(chain.members[place - 1])) return false;
  const std::span<const std::uint32_t> resets = ResetsOf(layout_.columns[chain.master]);
  const std::uint32_t* const part = chains_[column.other].parts.part(place).data();
  std::vector<std::uint64_t>& picked = columns_[index].picked;
  picked.resize(picked_.size());
  std::uint64_t sum = column.bases[0];
  std::size_t tick = 0;
  std::size_t next_reset = 0;
  for (std::size_t i = 0; i < picked_.size(); ++i) {
    for (; next_reset < resets.size() && resets[next_reset] <= picked_[i]; ++next_reset) {
      tick = resets[next_reset];
      sum = 0;
    }
    for (; tick <= picked_[i]; ++tick) sum += part[tick];
    picked[i] = sum;
  }
  if (chain.cumulative && place > 0) {
    const std::vector<std::uint64_t>& below = columns_[chain.members[place - 1]].picked;
    std::transform(picked.begin(), picked.end(), below.begin(), picked.begin(), std::plus<>());
  }
  columns_[index].is_picked = true;
  return true;
}

void BlockReader::Impl::Pick(std::span<const std::uint32_t> ticks) {
  picked_.assign(ticks.begin(), ticks.end());
  for (Column& column : columns_) column.is_picked = false;
}

bool BlockReader::Impl::ReadPicked(std::size_t index, std::vector<double>& values) {
  if (index >= layout_.columns.size()) return false;
  if (!picked_.empty() && picked_.back() >= layout_.ticks) return false;
  const ColumnLayout* column = &layout_.columns[index];
  if (column->kind == ColumnKind::kCopy && column->regular == 0) column = &layout_.columns[index = column->other];
  if (column->kind == ColumnKind::kMember && column->regular == 0) {
    if (!PickMember(index)) return false;
    values.resize(picked_.size());
    ToDoubles(column->form, columns_[index].picked.data(), values);
    return true;
  }
  Presence present;
  if (!ReadColumn(index, all_values_, present)) return false;
  values.resize(picked_.size());
  for (std::size_t i = 0; i < picked_.size(); ++i) values[i] = all_values_[picked_[i]];
  return true;
}

bool BlockReader::Impl::DecodeSum(std::size_t index) {
  const ColumnLayout& column = layout_.columns[index];
  const ChainLayout& chain = layout_.chains[column.other];
  sum_model_.Make(*shape_, chain, column.form.form);
  if (!sum_model_.usable() || sum_model_.check() != column.bounds_check) return false;
  if (!DecodeChain(column.other, chain.order.size())) return false;
  const ChainParts& parts = chains_[column.other].parts;
  auto& values = columns_[index].values;
  values.resize(layout_.regular_ticks(column));
  sum_model_.Expect(parts);
  if (!sum_model_.Read(StreamOf(column), parts, column.tuning, values)) return false;
  SumUp(column.bases[0], ResetsOf(layout_.columns[chain.master]), values);
  return true;
}

}  // namespace proxy_telemetry::tsdb

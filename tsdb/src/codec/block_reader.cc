#include <algorithm>
#include <bit>

#include "block.h"
#include "chain.h"
#include "coding.h"
#include "differences.h"
#include "frame.h"
#include "histogram_sum.h"
#include "layout.h"
#include "presence.h"
#include "shape.h"

namespace proxy_telemetry::tsdb {

namespace {

constexpr std::int64_t kTimeEnd = std::int64_t{1} << 60U;

}  // namespace

class BlockReader::Impl {
 public:
  bool Open(std::string_view key, std::string_view block, const BlockShape& shape);
  bool ReadTimestamps(std::vector<std::int64_t>& out);
  bool ReadColumn(std::size_t column, std::vector<double>& values, Presence& present);

  const BlockLayout& layout() const { return layout_; }
  std::uint64_t samples() const { return samples_; }
  std::int64_t last_ts_ms() const { return last_ts_ms_; }

 private:
  struct Column {
    std::vector<std::uint64_t> values;
    bool is_done = false;
  };
  struct Chain {
    ChainParts parts;
    bool is_started = false;
    bool is_damaged = false;
  };

  std::string_view StreamOf(const ColumnLayout& column) const {
    return streams_.substr(column.stream, column.stream_bytes);
  }
  std::span<const std::uint32_t> ResetsOf(const ColumnLayout& column) const {
    return std::span(layout_.resets).subspan(column.first_reset, column.resets);
  }
  bool OpenTimestamps();
  bool DecodeTimestamps();
  bool Decode(std::size_t column);
  bool DecodeSequence(const ColumnLayout& column, std::uint32_t count, std::vector<std::uint64_t>& values);
  bool DecodeMember(std::size_t column);
  bool DecodeSum(std::size_t column);
  bool DecodeChain(std::uint16_t chain, std::size_t until_place);
  void Spread(const ColumnLayout& column, const std::vector<std::uint64_t>& numbers, std::vector<double>& values) const;

  const GroupShape* shape_ = nullptr;
  std::string_view streams_;
  BlockLayout layout_;
  std::uint64_t samples_ = 0;
  std::int64_t last_ts_ms_ = 0;
  bool has_timestamps_ = false;
  std::vector<std::uint64_t> timestamps_;
  std::vector<Column> columns_;
  std::vector<Chain> chains_;
  SumModel sum_model_;
  std::vector<std::uint64_t> increases_;  // scratch
};

bool BlockReader::Impl::Open(std::string_view key, std::string_view block, const BlockShape& shape) {
  shape_ = static_cast<const GroupShape*>(&shape);
  layout_.Clear();
  samples_ = 0;
  if (!CheckCrc(key, block) || block.empty() || static_cast<std::uint8_t>(block[0]) != kBlockVersion) return false;
  streams_ = block.substr(1);
  if (!layout_.Read(streams_)) {
    layout_.Clear();
    return false;
  }
  columns_.resize(std::max(columns_.size(), layout_.columns.size()));
  chains_.resize(std::max(chains_.size(), layout_.chains.size()));
  for (Column& column : columns_) column.is_done = false;
  for (Chain& chain : chains_) chain.is_started = chain.is_damaged = false;
  for (const ColumnLayout& column : layout_.columns) samples_ += layout_.mask_sizes[column.present];
  return OpenTimestamps();
}

// Of a constant interval the ends are enough until somebody asks for more.
bool BlockReader::Impl::OpenTimestamps() {
  const ColumnLayout& column = layout_.timestamps;
  const auto first = static_cast<std::int64_t>(column.bases[0]);
  const auto interval = static_cast<std::int64_t>(column.bases[1]);
  if (first < -kTimeEnd || first > kTimeEnd) return false;
  if (layout_.ticks > 1 && (interval <= 0 || interval > 2 * kTimeEnd)) return false;
  has_timestamps_ = false;
  if (column.spec.kind == SequenceKind::kZeros) {
    const auto steps = static_cast<std::int64_t>(layout_.ticks - 1);
    if (steps > 0 && interval > (kTimeEnd - first) / steps) return false;
    last_ts_ms_ = first + interval * steps;
    return true;
  }
  if (!DecodeTimestamps()) return false;
  last_ts_ms_ = static_cast<std::int64_t>(timestamps_.back());
  return true;
}

bool BlockReader::Impl::DecodeTimestamps() {
  if (has_timestamps_) return true;
  if (!DecodeSequence(layout_.timestamps, layout_.ticks, timestamps_)) return false;
  for (std::size_t i = 1; i < timestamps_.size(); ++i) {
    const auto now = static_cast<std::int64_t>(timestamps_[i]);
    if (now <= static_cast<std::int64_t>(timestamps_[i - 1]) || now > kTimeEnd) return false;
  }
  has_timestamps_ = true;
  return true;
}

bool BlockReader::Impl::ReadTimestamps(std::vector<std::int64_t>& out) {
  if (layout_.ticks == 0) return false;
  if (layout_.timestamps.spec.kind != SequenceKind::kZeros && !DecodeTimestamps()) return false;
  out.resize(layout_.ticks);
  std::int64_t* const ts_ms = out.data();
  if (has_timestamps_) {
    std::transform(timestamps_.begin(), timestamps_.end(), ts_ms,
                   [](std::uint64_t ts) { return std::bit_cast<std::int64_t>(ts); });
    return true;
  }
  const auto first = static_cast<std::int64_t>(layout_.timestamps.bases[0]);
  const auto interval = static_cast<std::int64_t>(layout_.timestamps.bases[1]);
  for (std::int64_t tick = 0; tick < layout_.ticks; ++tick) ts_ms[tick] = first + interval * tick;
  return true;
}

bool BlockReader::Impl::ReadColumn(std::size_t index, std::vector<double>& values, Presence& present) {
  if (index >= layout_.columns.size() || !Decode(index)) return false;
  const ColumnLayout& column = layout_.columns[index];
  present = layout_.masks[column.present];
  values.resize(layout_.ticks);
  const auto& numbers = columns_[column.kind == ColumnKind::kCopy ? column.other : index].values;
  if (column.regular == 0) {
    ToDoubles(column.form, numbers.data(), values);
  } else {
    Spread(column, numbers, values);
  }
  return true;
}

void BlockReader::Impl::Spread(const ColumnLayout& column, const std::vector<std::uint64_t>& numbers,
                               std::vector<double>& values) const {
  const Presence& present = layout_.masks[column.present];
  const Presence& regular = layout_.masks[column.regular];
  const std::size_t count = layout_.regular_ticks(column);
  ToDoubles(column.form, numbers.data(), std::span(values).first(count));
  // From the end, as values move to later ticks.
  std::size_t next = count;
  std::size_t aside = column.first_aside;
  if (column.regular != column.present && !column.asides_same) aside += layout_.mask_sizes[column.present] - count;
  for (std::size_t tick = layout_.ticks; tick-- > 0;) {
    if (IsPresent(regular, tick)) {
      values[tick] = values[--next];
    } else if (IsPresent(present, tick) && column.regular != column.present) {
      values[tick] = std::bit_cast<double>(layout_.asides[column.asides_same ? aside : --aside]);
    } else {
      values[tick] = 0;
    }
  }
}

bool BlockReader::Impl::Decode(std::size_t index) {
  if (columns_[index].is_done) return true;
  const ColumnLayout& column = layout_.columns[index];
  const std::uint32_t count = layout_.regular_ticks(column);
  bool good = false;
  switch (count == 0 ? ColumnKind::kSequence : column.kind) {
    case ColumnKind::kSequence:
      good = DecodeSequence(column, count, columns_[index].values);
      break;
    case ColumnKind::kMember:
      good = DecodeMember(index);
      break;
    case ColumnKind::kHistogramSum:
      good = DecodeSum(index);
      break;
    case ColumnKind::kCopy:
      good = Decode(column.other);
      break;
  }
  columns_[index].is_done = good;
  return good;
}

bool BlockReader::Impl::DecodeSequence(const ColumnLayout& column, std::uint32_t count,
                                       std::vector<std::uint64_t>& values) {
  const std::size_t first = std::min<std::size_t>(column.order, count);
  values.resize(count);
  const std::span<std::uint64_t> all(values);
  if (count == 0) return true;
  if (!ReadSequence(column.spec, StreamOf(column), all.subspan(first))) return false;
  if (column.order == 0) return true;
  values[0] = 0;
  if (column.order == 2) {
    if (count > 1) values[1] = column.bases[1];
    SumUp(0, {}, all);
    values[0] = 0;
  }
  SumUp(column.bases[0], column.order == 1 ? ResetsOf(column) : std::span<const std::uint32_t>(), all);
  return true;
}

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

bool BlockReader::Impl::DecodeMember(std::size_t index) {
  const ColumnLayout& column = layout_.columns[index];
  const ChainLayout& chain = layout_.chains[column.other];
  const auto place = static_cast<std::size_t>(
      std::find(chain.members.begin(), chain.members.end(), static_cast<std::uint16_t>(index)) - chain.members.begin());
  const auto coded = std::find(chain.order.begin(), chain.order.end(), static_cast<std::uint16_t>(place));
  const std::size_t until = coded == chain.order.end() ? 0 : static_cast<std::size_t>(coded - chain.order.begin()) + 1;
  if (!DecodeChain(column.other, until)) return false;
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

BlockReader::BlockReader() : impl_(std::make_unique<Impl>()) {}
BlockReader::~BlockReader() = default;

bool BlockReader::Open(std::string_view key, std::string_view block, const BlockShape& shape) {
  return impl_->Open(key, block, shape);
}

std::size_t BlockReader::ticks() const { return impl_->layout().ticks; }
std::size_t BlockReader::columns() const { return impl_->layout().columns.size(); }
std::uint64_t BlockReader::samples() const { return impl_->samples(); }
std::int64_t BlockReader::first_ts_ms() const { return static_cast<std::int64_t>(impl_->layout().timestamps.bases[0]); }
std::int64_t BlockReader::last_ts_ms() const { return impl_->last_ts_ms(); }
bool BlockReader::ReadTimestamps(std::vector<std::int64_t>& out) { return impl_->ReadTimestamps(out); }
bool BlockReader::ReadColumn(std::size_t column, std::vector<double>& values, Presence& present) {
  return impl_->ReadColumn(column, values, present);
}

}  // namespace proxy_telemetry::tsdb

#include <algorithm>
#include <bit>

#include "block_reader_impl.h"
#include "coding.h"
#include "differences.h"
#include "frame.h"
#include "presence.h"

namespace proxy_telemetry::tsdb {

namespace {

constexpr std::int64_t kTimeEnd = std::int64_t{1} << 60U;

}  // namespace

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
  for (Column& column : columns_) column.is_done = column.is_picked = false;
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

BlockReader::BlockReader() : impl_(std::make_unique<Impl>()) {}
BlockReader::~BlockReader() = default;

bool BlockReader::Open(std::string_view key, std::string_view block, const BlockShape& shape) {
  return impl_->Open(key, block, shape);
}

std::size_t BlockReader::ticks() const { return impl_->layout().ticks; }
std::size_t BlockReader::columns() const { return impl_->layout().columns.size(); }
std::size_t BlockReader::columns_max() const { return impl_->columns_max(); }
std::uint64_t BlockReader::samples() const { return impl_->samples(); }
std::int64_t BlockReader::first_ts_ms() const { return static_cast<std::int64_t>(impl_->layout().timestamps.bases[0]); }
std::int64_t BlockReader::last_ts_ms() const { return impl_->last_ts_ms(); }
bool BlockReader::ReadTimestamps(std::vector<std::int64_t>& out) { return impl_->ReadTimestamps(out); }
bool BlockReader::ReadColumn(std::size_t column, std::vector<double>& values, Presence& present) {
  return impl_->ReadColumn(column, values, present);
}
void BlockReader::Pick(std::span<const std::uint32_t> ticks) { impl_->Pick(ticks); }
bool BlockReader::HasAll(std::size_t column) const { return impl_->layout().columns[column].present == 0; }
bool BlockReader::ReadPicked(std::size_t column, std::vector<double>& values) {
  return impl_->ReadPicked(column, values);
}

}  // namespace proxy_telemetry::tsdb

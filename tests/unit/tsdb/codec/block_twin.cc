#include "block_twin.h"

#include <algorithm>
#include <bit>

namespace proxy_telemetry::tsdb {
namespace {

std::string Where(const char* what, std::size_t column, std::size_t tick) {
  return std::string(what) + " differs in column " + std::to_string(column) + " at tick " + std::to_string(tick);
}

}  // namespace

void BlockTwin::Set(std::size_t tick, std::size_t column, double value) {
  bits_[{tick, column}] = std::bit_cast<std::uint64_t>(value);
}

void BlockTwin::SetColumn(std::size_t column, const std::vector<std::optional<double>>& values) {
  for (std::size_t tick = 0; tick < values.size(); ++tick) {
    if (values[tick].has_value()) Set(tick, column, *values[tick]);
  }
}

BlockContent BlockTwin::Content() const {
  BlockContent content;
  content.ts_ms = ts_ms_;
  content.columns.resize(columns_);
  for (BlockColumn& column : content.columns) {
    column.values.assign(ts_ms_.size(), 12345.678);
    column.present.assign((ts_ms_.size() + 63) / 64, 0);
  }
  std::vector<std::size_t> counts(columns_, 0);
  for (const auto& [place, bits] : bits_) {
    BlockColumn& column = content.columns[place.second];
    column.values[place.first] = std::bit_cast<double>(bits);
    column.present[place.first / 64] |= std::uint64_t{1} << (place.first % 64);
    ++counts[place.second];
  }
  for (std::size_t i = 0; i < columns_; ++i) {
    if (counts[i] == ts_ms_.size()) content.columns[i].present.clear();
  }
  return content;
}

std::string BlockTwin::Difference(BlockReader& reader) const {
  if (reader.ticks() != ts_ms_.size() || reader.columns() != columns_) return "the size differs";
  if (reader.samples() != bits_.size()) return "the number of samples differs";
  if (reader.first_ts_ms() != ts_ms_.front() || reader.last_ts_ms() != ts_ms_.back())
    return "first or last time differs";
  std::vector<std::int64_t> ts_ms;
  if (!reader.ReadTimestamps(ts_ms)) return "timestamps cannot be read";
  if (ts_ms != ts_ms_) return "timestamps differ";
  std::vector<double> values;
  Presence present;
  for (std::size_t column = 0; column < columns_; ++column) {
    if (!reader.ReadColumn(column, values, present)) return "column " + std::to_string(column) + " cannot be read";
    for (std::size_t tick = 0; tick < ts_ms_.size(); ++tick) {
      const auto at = bits_.find({tick, column});
      const bool is_present = present.empty() || (present[tick / 64] >> (tick % 64) & 1U) != 0;
      if (is_present != (at != bits_.end())) return Where("presence", column, tick);
      if (is_present && at->second != std::bit_cast<std::uint64_t>(values[tick])) return Where("value", column, tick);
    }
  }
  return "";
}

std::string BlockTwin::PickedDifference(BlockReader& reader, std::size_t step, bool descending) const {
  std::vector<std::uint32_t> ticks;
  for (std::size_t tick = step / 2; tick < ts_ms_.size(); tick += step) {
    ticks.push_back(static_cast<std::uint32_t>(tick));
    if (tick % 3 == 0 && tick + 1 < ts_ms_.size() && step > 1) ticks.push_back(static_cast<std::uint32_t>(tick + 1));
  }
  reader.Pick(ticks);
  std::vector<double> values;
  for (std::size_t i = 0; i < columns_; ++i) {
    const std::size_t column = descending ? columns_ - 1 - i : i;
    if (!reader.HasAll(column)) continue;
    if (!reader.ReadPicked(column, values)) return "picked values cannot be read";
    if (values.size() != ticks.size()) return "not as many values as were picked";
    for (std::size_t k = 0; k < ticks.size(); ++k) {
      const auto at = bits_.find({ticks[k], column});
      if (at == bits_.end() || at->second != std::bit_cast<std::uint64_t>(values[k])) {
        return Where("picked value", column, ticks[k]);
      }
    }
  }
  return "";
}

std::string BlockTwin::RoundTrip(const BlockShape& shape, std::string* block) const {
  std::string encoded = "before";
  EncodeBlock(kTestKey, shape, Content(), encoded);
  encoded.erase(0, 6);
  if (block != nullptr) *block = encoded;
  // In a buffer of exactly its size, so that a sanitizer sees any read beyond.
  const std::vector<char> bytes(encoded.begin(), encoded.end());
  const std::string_view view(bytes.data(), bytes.size());
  BlockReader reader;
  if (!reader.Open(kTestKey, view, shape)) return "the block does not open";
  std::string difference = Difference(reader);
  if (!difference.empty()) return difference;
  std::vector<double> values;
  Presence present;
  if (!reader.Open(kTestKey, view, shape)) return "the block does not open again";
  for (std::size_t column = columns_; column-- > 0;) {
    if (!reader.ReadColumn(column, values, present)) return "a column cannot be read from behind";
  }
  difference = Difference(reader);
  if (!difference.empty()) return "from behind: " + difference;
  // Before anything else of the block is decoded, once more with other ticks, and all of it afterwards.
  if (!reader.Open(kTestKey, view, shape)) return "the block does not open a third time";
  difference = PickedDifference(reader, 5, true);
  if (difference.empty()) difference = PickedDifference(reader, 1 + bits_.size() % 31, false);
  return difference.empty() ? Difference(reader) : difference;
}

Labels SeriesOf(const std::string& name, const std::string& label, const std::string& value) {
  std::vector<Label> labels = {{"__name__", name}};
  if (!label.empty()) labels.push_back({label, value});
  return Labels(std::move(labels));
}

std::vector<std::int64_t> EveryMinute(std::size_t ticks) {
  std::vector<std::int64_t> ts_ms;
  for (std::size_t i = 0; i < ticks; ++i) ts_ms.push_back(1748736000000 + 60000 * static_cast<std::int64_t>(i));
  return ts_ms;
}

}  // namespace proxy_telemetry::tsdb

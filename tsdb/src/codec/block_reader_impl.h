// BlockReader's inside: what is decoded of the block that is open, and what that needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "block.h"
#include "chain.h"
#include "histogram_sum.h"
#include "layout.h"
#include "shape.h"

namespace proxy_telemetry::tsdb {

class BlockReader::Impl {
 public:
  bool Open(std::string_view key, std::string_view block, const BlockShape& shape);
  bool ReadTimestamps(std::vector<std::int64_t>& out);
  bool ReadColumn(std::size_t column, std::vector<double>& values, Presence& present);
  void Pick(std::span<const std::uint32_t> ticks);
  bool ReadPicked(std::size_t column, std::vector<double>& values);

  const BlockLayout& layout() const { return layout_; }
  std::size_t columns_max() const { return columns_.size(); }
  std::uint64_t samples() const { return samples_; }
  std::int64_t last_ts_ms() const { return last_ts_ms_; }

 private:
  struct Column {
    std::vector<std::uint64_t> values;
    std::vector<std::uint64_t> picked;  // a member's, at the picked ticks
    bool is_done = false;
    bool is_picked = false;
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
  bool PickMember(std::size_t column);
  // Decodes the chain until that member of it is known.
  bool DecodeChainOf(const ChainLayout& chain, std::uint16_t index, std::size_t member);
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
  std::vector<std::uint32_t> picked_;     // ticks
  std::vector<double> all_values_;        // scratch of ReadPicked()
  std::vector<std::uint64_t> increases_;  // scratch
};

}  // namespace proxy_telemetry::tsdb

// RowLog: rows as the codec packs them beside the same rows kept whole, and the check that both agree.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/row.h"

namespace proxy_telemetry::tsdb {

// By slot: the sample's bits, or none.
using PlainSamples = std::vector<std::optional<std::uint64_t>>;

struct PlainRow {
  std::int64_t ts_ms = 0;
  std::uint64_t commit = 0;
  PlainSamples samples;
};

class RowLog {
 public:
  void Append(const PlainRow& plain) {
    std::vector<double> values(plain.samples.size());
    std::vector<std::uint8_t> present(plain.samples.size());
    for (std::size_t slot = 0; slot < values.size(); ++slot) {
      const bool is_present = plain.samples[slot].has_value();
      // What stands at an absent slot must not matter.
      values[slot] = std::bit_cast<double>(is_present ? *plain.samples[slot] : 0x4142434445464748U + slot);
      present[slot] = is_present ? static_cast<std::uint8_t>(1 + slot % 3) : 0;
    }
    AppendRow({plain.ts_ms, plain.commit, values.data(), present.data(), values.size()}, state_, bytes_);
    plain_.push_back(plain);
    ends_.push_back(bytes_.size());
  }

  std::size_t rows() const { return plain_.size(); }
  const std::string& bytes() const { return bytes_; }
  std::size_t RowBytes(std::size_t row) const { return ends_[row] - (row == 0 ? 0 : ends_[row - 1]); }

  // Forward from nothing, back to nothing, and forward again from there.
  void Check() const {
    RowState state;
    ASSERT_NO_FATAL_FAILURE(CheckForward(state));
    ASSERT_NO_FATAL_FAILURE(ExpectSameState(state));
    ASSERT_NO_FATAL_FAILURE(CheckBackward(state));
    ASSERT_NO_FATAL_FAILURE(CheckForward(state));
    ASSERT_NO_FATAL_FAILURE(ExpectSameState(state));
  }

 private:
  void CheckForward(RowState& state) const {
    std::string_view rest = bytes_;
    for (std::size_t row = 0; row < plain_.size(); ++row) {
      ASSERT_TRUE(NextRow(rest, state)) << "row " << row;
      ASSERT_EQ(rest.size(), bytes_.size() - ends_[row]) << "row " << row;
      ASSERT_NO_FATAL_FAILURE(ExpectRow(plain_[row], state)) << "row " << row << " forward";
    }
    ASSERT_TRUE(rest.empty());
  }

  void CheckBackward(RowState& state) const {
    std::string_view rest = bytes_;
    for (std::size_t row = plain_.size(); row-- > 0;) {
      ASSERT_NO_FATAL_FAILURE(ExpectRow(plain_[row], state)) << "row " << row << " backward";
      ASSERT_TRUE(PreviousRow(rest, state)) << "row " << row;
      ASSERT_EQ(rest.size(), row == 0 ? 0 : ends_[row - 1]) << "row " << row;
    }
    ExpectRow(PlainRow{}, state);
    for (const double value : state.values) ASSERT_EQ(std::bit_cast<std::uint64_t>(value), 0U);
  }

  static void ExpectRow(const PlainRow& plain, const RowState& state) {
    ASSERT_EQ(state.ts_ms, plain.ts_ms);
    ASSERT_EQ(state.commit, plain.commit);
    ASSERT_GE(state.values.size(), plain.samples.size());
    ASSERT_EQ(state.present.size(), (state.values.size() + 63) / 64);
    for (std::size_t slot = 0; slot < state.present.size() * 64; ++slot) {
      const bool wanted = slot < plain.samples.size() && plain.samples[slot].has_value();
      ASSERT_EQ(((state.present[slot / 64] >> (slot % 64)) & 1U) != 0, wanted) << "slot " << slot;
      if (wanted) {
        ASSERT_EQ(std::bit_cast<std::uint64_t>(state.values[slot]), *plain.samples[slot]) << "slot " << slot;
      }
    }
  }

  // What a reader has at the end is what the writer goes on from.
  void ExpectSameState(const RowState& state) const {
    ASSERT_EQ(state.values.size(), state_.values.size());
    ASSERT_EQ(state.present, state_.present);
    for (std::size_t slot = 0; slot < state.values.size(); ++slot) {
      ASSERT_EQ(std::bit_cast<std::uint64_t>(state.values[slot]), std::bit_cast<std::uint64_t>(state_.values[slot]));
    }
  }

  RowState state_;
  std::string bytes_;
  std::vector<PlainRow> plain_;
  std::vector<std::size_t> ends_;
};

}  // namespace proxy_telemetry::tsdb

// Row: what a group's series were at one time, as the difference to the row before. The open block is a log of rows,
// in memory and on disk.
//
// A row can be undone: from the state after it and its bytes comes the state before it. So the newest samples are
// found without reading the log from its start. Values come back bit for bit. No checksum of its own: what rows are
// put into has one. Pure functions; decoding never reads beyond its bytes, whatever they hold. None of them allocates
// but to let `out` or a state grow. row_format.h has the grammar.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace proxy_telemetry::tsdb {

inline constexpr std::size_t kRowSlotsMax = 1024;

// A group between two rows. An absent slot keeps its last value as the base of the next. A fresh one is the state
// before the first row.
struct RowState {
  std::int64_t ts_ms = 0;
  std::uint64_t commit = 0;
  std::vector<double> values;          // by slot; a slot that a row adds begins as +0.0, absent
  std::vector<std::uint64_t> present;  // bit i % 64 of word i / 64: whether the row at ts_ms has a sample of slot i
};

// A row to be: values[i] counts where present[i] is not 0; slots from `slots` on are absent; at most
// kRowSlotsMax. (The type of present is what a writer fills fastest.)
struct RowInput {
  std::int64_t ts_ms = 0;    // any; the log's user keeps them ascending
  std::uint64_t commit = 0;  // any; the state's + 1 costs nothing
  const double* values = nullptr;
  const std::uint8_t* present = nullptr;
  std::size_t slots = 0;
};

// Appends the row that leads from `state` to `input` to `out` and makes `state` the row's.
void AppendRow(const RowInput& input, RowState& state, std::string& out);

// Takes the first row off `rows` and makes `state`, which must be the one before it, the one after it. False: damaged;
// then `state` is of no use any more.
[[nodiscard]] bool NextRow(std::string_view& rows, RowState& state);

// Takes the first row off `rows`, whatever it is the difference to. False: damaged.
[[nodiscard]] bool SkipRow(std::string_view& rows);

// Takes the last row off `rows` and makes `state`, which must be the one after it, the one before it. False: damaged;
// then `state` is of no use any more. Before the first row, the slots it added are absent again but stay in `values`
// (as +0.0); such a state may go forward again.
[[nodiscard]] bool PreviousRow(std::string_view& rows, RowState& state);

}  // namespace proxy_telemetry::tsdb

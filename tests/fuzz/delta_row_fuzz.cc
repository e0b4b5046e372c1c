// Rows of the open block (codec/row.h): what is read can be undone to the bit, and what is written can be read.
//
// Input: rows. Those that are read are written anew too, which must give the same samples.
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "codec/row.h"

namespace proxy_telemetry::tsdb {
namespace {

void Require(bool good) {
  if (!good) std::abort();
}

bool SameBits(const std::vector<double>& a, const std::vector<double>& b, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) {
    if (std::bit_cast<std::uint64_t>(a[i]) != std::bit_cast<std::uint64_t>(b[i])) return false;
  }
  return true;
}

void RequireUndone(std::string_view row, const RowState& before, RowState state) {
  Require(PreviousRow(row, state) && row.empty());
  Require(state.ts_ms == before.ts_ms && state.commit == before.commit);
  Require(SameBits(state.values, before.values, before.values.size()));
  for (std::size_t i = before.values.size(); i < state.values.size(); ++i) {
    Require(std::bit_cast<std::uint64_t>(state.values[i]) == 0);
  }
  for (std::size_t i = 0; i < state.present.size(); ++i) {
    Require(state.present[i] == (i < before.present.size() ? before.present[i] : 0));
  }
}

// What a writer makes of the samples of `state`, behind `written`.
void RequireWritten(const RowState& state, RowState& written) {
  std::vector<std::uint8_t> present(state.values.size());
  for (std::size_t i = 0; i < present.size(); ++i) present[i] = (state.present[i / 64] >> (i % 64)) & 1U;
  RowState reader = written;
  std::string bytes;
  AppendRow({state.ts_ms, state.commit, state.values.data(), present.data(), present.size()}, written, bytes);
  Require(written.ts_ms == state.ts_ms && written.commit == state.commit && written.present == state.present);
  for (std::size_t i = 0; i < present.size(); ++i) {
    Require(present[i] == 0 ||
            std::bit_cast<std::uint64_t>(written.values[i]) == std::bit_cast<std::uint64_t>(state.values[i]));
  }
  const RowState before = reader;
  std::string_view rest = bytes;
  Require(NextRow(rest, reader) && rest.empty());
  Require(reader.ts_ms == written.ts_ms && reader.commit == written.commit && reader.present == written.present);
  Require(SameBits(reader.values, written.values, written.values.size()));
  RequireUndone(bytes, before, reader);
}

void FuzzForward(std::string_view rows) {
  RowState state;
  RowState written;
  while (!rows.empty()) {
    const RowState before = state;
    const std::string_view row_and_rest = rows;
    if (!NextRow(rows, state)) return;
    Require(state.values.size() <= kRowSlotsMax);
    RequireUndone(row_and_rest.substr(0, row_and_rest.size() - rows.size()), before, state);
    RequireWritten(state, written);
  }
}

void FuzzBackward(std::string_view rows) {
  RowState state;
  state.values.assign(70, 1234.5);
  state.present.assign(2, ~std::uint64_t{0} >> 58U);
  while (!rows.empty() && PreviousRow(rows, state)) {
  }
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view rows(reinterpret_cast<const char*>(data), size);
  proxy_telemetry::tsdb::FuzzForward(rows);
  proxy_telemetry::tsdb::FuzzBackward(rows);
  return 0;
}

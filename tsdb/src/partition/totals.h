// Totals: how much a partition holds. Written with each batch of blocks, and compared when it is opened, because
// LevelDB alone can lose a table or the end of a log without a word.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace proxy_telemetry::tsdb {

struct Totals {
  std::uint64_t blocks = 0;
  std::uint64_t samples = 0;
  std::int64_t min_ts_ms = INT64_MAX;
  std::int64_t max_ts_ms = INT64_MIN;

  void Add(const Totals& other) {
    blocks += other.blocks;
    samples += other.samples;
    min_ts_ms = std::min(min_ts_ms, other.min_ts_ms);
    max_ts_ms = std::max(max_ts_ms, other.max_ts_ms);
  }
};

// As the value of `key`, with a checksum. Appends to `out`.
void EncodeTotals(std::string_view key, const Totals& totals, std::string& out);
bool DecodeTotals(std::string_view key, std::string_view value, Totals& totals);

}  // namespace proxy_telemetry::tsdb

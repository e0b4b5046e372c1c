// The block codec. Input: a byte that chooses, then
//   0  a block as it is
//   1  the content of a block, under a right checksum: what is behind the check is reached
//   2  values: a number of columns and raw doubles, that must come back bit for bit
#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/labels.h"
#include "codec/block.h"
#include "coding.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::string_view kKey = "the block's key";
constexpr char kVersion = 1;

void Require(bool good) {
  if (!good) std::abort();
}

const BlockShape& Shape() {
  static const std::shared_ptr<const BlockShape> kShape = [] {
    std::vector<Labels> labels;
    for (const char* code : {"2xx", "3xx", "4xx"}) {
      labels.emplace_back(std::vector<Label>{{"__name__", "r_total"}, {"code", code}});
    }
    for (const char* bound : {"0.01", "0.1", "1", "+Inf"}) {
      labels.emplace_back(std::vector<Label>{{"__name__", "d_bucket"}, {"le", bound}});
    }
    for (const char* name : {"d_sum", "d_count", "up"}) labels.emplace_back(std::vector<Label>{{"__name__", name}});
    return BlockShape::Of(labels);
  }();
  return *kShape;
}

void FuzzBlock(const std::string& block) {
  BlockReader reader;
  if (!reader.Open(kKey, block, Shape())) return;
  Require(reader.ticks() >= 1 && reader.ticks() <= kBlockTicksMax && reader.columns() <= kBlockColumnsMax);
  Require(reader.samples() <= reader.ticks() * reader.columns());
  std::vector<std::int64_t> ts_ms;
  if (reader.ReadTimestamps(ts_ms)) {
    Require(ts_ms.size() == reader.ticks() && ts_ms.front() == reader.first_ts_ms());
    Require(ts_ms.back() == reader.last_ts_ms() && std::is_sorted(ts_ms.begin(), ts_ms.end()));
  }
  std::vector<std::uint32_t> ticks;
  for (std::size_t tick = 0; tick < reader.ticks(); tick += 7) ticks.push_back(static_cast<std::uint32_t>(tick));
  reader.Pick(ticks);
  std::vector<double> values;
  std::vector<double> picked;
  Presence present;
  for (std::size_t i = reader.columns(); i-- > 0;) {
    const bool has_picked = reader.HasAll(i) && reader.ReadPicked(i, picked);
    if (!reader.ReadColumn(i, values, present)) continue;
    Require(values.size() == reader.ticks());
    if (!has_picked) continue;
    for (std::size_t k = 0; k < ticks.size(); ++k) {
      Require(std::bit_cast<std::uint64_t>(picked[k]) == std::bit_cast<std::uint64_t>(values[ticks[k]]));
    }
  }
}

void FuzzValues(std::string_view bytes) {
  if (bytes.empty()) return;
  const std::size_t columns = 1 + static_cast<unsigned char>(bytes[0]) % 12;
  bytes.remove_prefix(1);
  const std::size_t ticks = std::min<std::size_t>(bytes.size() / (sizeof(double) * columns), 64);
  if (ticks == 0) return;
  BlockContent content;
  content.columns.resize(columns);
  for (std::size_t tick = 0; tick < ticks; ++tick) content.ts_ms.push_back(static_cast<std::int64_t>(tick) * 15);
  for (BlockColumn& column : content.columns) {
    column.values.resize(ticks);
    std::memcpy(column.values.data(), bytes.data(), ticks * sizeof(double));
    bytes.remove_prefix(ticks * sizeof(double));
  }
  std::string block;
  EncodeBlock(kKey, Shape(), content, block);
  BlockReader reader;
  Require(reader.Open(kKey, block, Shape()));
  std::vector<double> values;
  Presence present;
  for (std::size_t i = 0; i < columns; ++i) {
    Require(reader.ReadColumn(i, values, present) && present.empty());
    Require(std::memcmp(values.data(), content.columns[i].values.data(), ticks * sizeof(double)) == 0);
  }
}

void FuzzOne(unsigned choice, std::string content) {
  if (choice == 1) {
    content.insert(0, 1, kVersion);
    SealWithCrc(kKey, 0, content);
  }
  if (choice == 2) return FuzzValues(content);
  FuzzBlock(content);
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  proxy_telemetry::tsdb::FuzzOne(data[0] % 3U, std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  return 0;
}

// Block: the samples of one group of series over a stretch of time, as one value of the store.
//
// Timestamps once, then a column per series, each coded by its nature and by what it has to do with the others
// (FORMAT.md has the grammar). Values and timestamps come back bit for bit. A block carries a CRC32C over its key and
// all of its bytes. Pure functions and plain objects; one thread at a time per object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/labels.h"

namespace proxy_telemetry::tsdb {

inline constexpr std::size_t kBlockColumnsMax = 1280;
inline constexpr std::size_t kBlockTicksMax = 4096;

// What the label sets of a group's columns tell about their values: which are cumulative buckets of one histogram and
// with which bounds, which is its count and its sum, which are of one family. Hints for the encoder, that checks them
// against the values; the decoder uses nothing of it but the bounds. Made of labels alone; immutable.
class BlockShape {
 public:
  // `columns`: by position; all of them less the labels that the group's series share, or with them: all the same.
  static std::shared_ptr<const BlockShape> Of(std::span<const Labels> columns);
  virtual ~BlockShape() = default;
};

// Which ticks a column has a sample at: bit t % 64 of word t / 64; empty means all. Bits behind the last tick are 0.
using Presence = std::vector<std::uint64_t>;

struct BlockColumn {
  std::vector<double> values;  // one per tick; where absent, anything
  Presence present;
};

struct BlockContent {
  std::vector<std::int64_t> ts_ms;   // strictly ascending, 1 to kBlockTicksMax of them, within +-2^60
  std::vector<BlockColumn> columns;  // 1 to kBlockColumnsMax; each tick has a sample in at least one of them
};

// Appends the block to `out`. `key`: of the entry it will be; a block under a wrong key is found out.
void EncodeBlock(std::string_view key, const BlockShape& shape, const BlockContent& content, std::string& out);

// Reads one block; decodes what is asked for and what that depends on. The bytes must outlive it. Never reads beyond
// them, whatever they hold; a failed call says that the block is damaged. Reusable: Open() again keeps its memory.
class BlockReader {
 public:
  BlockReader();
  ~BlockReader();
  BlockReader(const BlockReader&) = delete;
  BlockReader& operator=(const BlockReader&) = delete;

  // False when checksum or frame are wrong. `shape` as for encoding; it must live as long as this block is read.
  [[nodiscard]] bool Open(std::string_view key, std::string_view block, const BlockShape& shape);

  std::size_t ticks() const;
  std::size_t columns() const;
  // Of all blocks it has read: what its memory goes by.
  std::size_t columns_max() const;
  std::uint64_t samples() const;  // over all columns
  std::int64_t first_ts_ms() const;
  std::int64_t last_ts_ms() const;

  [[nodiscard]] bool ReadTimestamps(std::vector<std::int64_t>& out);
  // `values` gets ticks() values, those of absent ticks unspecified. `present`: empty when it has all.
  [[nodiscard]] bool ReadColumn(std::size_t column, std::vector<double>& values, Presence& present);

  // For those who need few of the values. Pick: what ReadPicked gives from now on, ascending ticks, until Open().
  void Pick(std::span<const std::uint32_t> ticks);
  // Of a column that has a sample at every tick.
  bool HasAll(std::size_t column) const;
  [[nodiscard]] bool ReadPicked(std::size_t column, std::vector<double>& values);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace proxy_telemetry::tsdb

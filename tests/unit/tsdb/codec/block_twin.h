// The plain twin of a block: every sample by tick and column, and nothing else. What a block gives back is compared
// with it, bit for bit.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/labels.h"
#include "codec/block.h"

namespace proxy_telemetry::tsdb {

inline constexpr const char* kTestKey = "the block's key";

class BlockTwin {
 public:
  BlockTwin(std::vector<std::int64_t> ts_ms, std::size_t columns) : ts_ms_(std::move(ts_ms)), columns_(columns) {}

  void Set(std::size_t tick, std::size_t column, double value);
  // One value per tick, nullopt where there is none.
  void SetColumn(std::size_t column, const std::vector<std::optional<double>>& values);
  std::size_t ticks() const { return ts_ms_.size(); }
  std::size_t columns() const { return columns_; }

  BlockContent Content() const;
  // What is different in the block, or "".
  std::string Difference(BlockReader& reader) const;
  // The same of a tick in `step`, as ReadPicked has them.
  std::string PickedDifference(BlockReader& reader, std::size_t step, bool descending) const;
  // Encodes, and reads all columns back in ascending, descending and single order, and picked ticks of them; what is
  // different, or "".
  std::string RoundTrip(const BlockShape& shape, std::string* block = nullptr) const;

 private:
  std::vector<std::int64_t> ts_ms_;
  std::size_t columns_;
  std::map<std::pair<std::size_t, std::size_t>, std::uint64_t> bits_;  // by tick and column
};

// Labels {__name__=name, label=value}; without the second when `label` is empty.
Labels SeriesOf(const std::string& name, const std::string& label = "", const std::string& value = "");
std::vector<std::int64_t> EveryMinute(std::size_t ticks);

}  // namespace proxy_telemetry::tsdb

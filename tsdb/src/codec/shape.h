// GroupShape: what BlockShape is behind its interface.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "block.h"

namespace proxy_telemetry::tsdb {

class GroupShape final : public BlockShape {
 public:
  static constexpr std::uint16_t kNone = std::numeric_limits<std::uint16_t>::max();

  // Cumulative buckets in ascending order of their bounds, the one of +Inf last if there is one.
  struct Histogram {
    std::vector<std::uint16_t> buckets;
    std::uint16_t count = kNone;
    std::uint16_t sum = kNone;
  };
  // Series of one name that differ in one label, and columns that may be their total.
  struct Family {
    std::vector<std::uint16_t> members;
    std::vector<std::uint16_t> totals;
  };

  explicit GroupShape(std::span<const Labels> columns);

  const std::vector<Histogram>& histograms() const { return histograms_; }
  const std::vector<Family>& families() const { return families_; }
  // The upper bound of a bucket's column, NaN of any other column.
  double bound(std::size_t column) const {
    return column < bounds_.size() ? bounds_[column] : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  void FindHistograms(std::span<const Labels> columns);
  void FindFamilies(std::span<const Labels> columns);

  std::vector<double> bounds_;
  std::vector<Histogram> histograms_;
  std::vector<Family> families_;
};

}  // namespace proxy_telemetry::tsdb

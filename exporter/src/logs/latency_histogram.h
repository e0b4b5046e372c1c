// LatencyHistogram: request times counted in the fine bounds (config/latency_bounds.h). A plain value; single thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "config/latency_bounds.h"

namespace proxy_telemetry {

class LatencyHistogram {
 public:
  // One for each fine bound, and one for what is slower than the last.
  static constexpr std::size_t kBins = kFineBoundCount + 1;

  // The bin whose bound is the first at or above `seconds`.
  static std::size_t BinOf(double seconds);

  // `seconds` is finite and not negative.
  void Add(double seconds) {
    ++bins_[BinOf(seconds)];
    ++count_;
    sum_ += seconds;
  }
  // What an earlier run had counted.
  void RestoreBin(std::size_t bin, std::uint64_t count) {
    count_ += count - bins_[bin];
    bins_[bin] = count;
  }
  void RestoreSum(double seconds) { sum_ = seconds; }

  std::uint64_t bin(std::size_t i) const { return bins_[i]; }
  std::uint64_t count() const { return count_; }
  double sum() const { return sum_; }

 private:
  std::array<std::uint64_t, kBins> bins_{};
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

}  // namespace proxy_telemetry

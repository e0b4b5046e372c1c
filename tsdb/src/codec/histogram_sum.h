// What the buckets of a histogram say of its sum: each observation is expected in the middle of its bucket, give or
// take what a bucket is wide. Pure functions; wrong bounds cost bits, never values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "chain.h"
#include "shape.h"

namespace proxy_telemetry::tsdb {

class SumModel {
 public:
  // `places`: decimals of the sum. Not usable when a bound is missing, does not ascend, or is too large.
  void Make(const GroupShape& shape, const ChainLayout& chain, unsigned places);
  bool usable() const { return usable_; }
  std::uint16_t check() const { return check_; }  // of the bounds

  // By tick where the master rose: expected[i] and the scale of the error of what is expected.
  void Expect(const ChainParts& parts);

  // `increases` of the sum, by tick; where the master did not rise they are 0.
  void Write(std::span<const std::uint64_t> increases, const ChainParts& parts, int tuning, AnsWriter& out) const;
  std::uint64_t Cost(std::span<const std::uint64_t> increases, const ChainParts& parts, int tuning) const;
  [[nodiscard]] bool Read(std::string_view stream, const ChainParts& parts, int tuning,
                          std::span<std::uint64_t> increases) const;

 private:
  struct Bucket {
    std::uint64_t twice_middle;
    std::uint64_t variance;  // in squares of 2^narrowed_
  };

  bool usable_ = false;
  std::uint16_t check_ = 0;
  unsigned narrowed_ = 0;
  std::vector<Bucket> buckets_;  // by member, and for what is left
  std::vector<std::uint64_t> expected_;
  std::vector<std::int16_t> scales_;
  std::vector<std::uint64_t> variances_;
};

}  // namespace proxy_telemetry::tsdb

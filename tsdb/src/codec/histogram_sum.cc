#include "histogram_sum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "coding.h"
#include "crc32c.h"
#include "models.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr double kBoundMax = 0x1p40;    // in units of the sum's last place
constexpr unsigned kWidthBitsMax = 20;  // wider buckets are counted in larger units

}  // namespace

void SumModel::Make(const GroupShape& shape, const ChainLayout& chain, unsigned places) {
  usable_ = false;
  double unit = 1;
  for (unsigned i = 0; i < places; ++i) unit *= 10;
  std::vector<std::int64_t> bounds = {0};
  for (const std::uint16_t member : chain.members) {
    const double bound = std::round(shape.bound(member) * unit);
    if (!(std::abs(bound) < kBoundMax)) return;
    if (bounds.size() == 1 && bound <= 0) bounds[0] = static_cast<std::int64_t>(2 * bound) - 1;
    if (static_cast<std::int64_t>(bound) < bounds.back()) return;
    bounds.push_back(static_cast<std::int64_t>(bound));
  }
  bounds.push_back(bounds.back() + std::abs(bounds.back()));  // of what is beyond all bounds
  std::int64_t widest = 0;
  std::string bytes;
  for (std::size_t i = 1; i < bounds.size(); ++i) {
    widest = std::max(widest, bounds[i] - bounds[i - 1]);
    PutFixed64(static_cast<std::uint64_t>(bounds[i]), bytes);
  }
  check_ = static_cast<std::uint16_t>(Crc32c(bytes));
  const auto width_bits = static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(widest)));
  narrowed_ = width_bits > kWidthBitsMax ? width_bits - kWidthBitsMax : 0;
  buckets_.clear();
  for (std::size_t i = 1; i < bounds.size(); ++i) {
    const auto width = static_cast<std::uint64_t>(bounds[i] - bounds[i - 1]) >> narrowed_;
    buckets_.push_back(
        {static_cast<std::uint64_t>(bounds[i] + bounds[i - 1]), std::max<std::uint64_t>(width * width / 12, 1)});
  }
  usable_ = true;
}

void SumModel::Expect(const ChainParts& parts) {
  const auto risen = parts.risen();
  expected_.assign(risen.size(), 0);
  variances_.assign(risen.size(), 0);
  const auto add = [&](std::span<const std::uint32_t> part, const Bucket bucket) {
    const std::uint32_t* const counts = part.data();
    std::uint64_t* expected = expected_.data();
    std::uint64_t* variance = variances_.data();
    for (const std::uint16_t tick : risen) {
      const std::uint64_t count = counts[tick];
      *expected++ += count * bucket.twice_middle;
      *variance++ += count * bucket.variance;
    }
  };
  for (const std::uint16_t member : parts.order()) add(parts.part(member), buckets_[member]);
  if (!parts.is_all_taken()) add(parts.left(), buckets_.back());
  constexpr unsigned kFractionBits = 16;
  scales_.resize(risen.size());
  for (std::size_t i = 0; i < risen.size(); ++i) {
    expected_[i] = static_cast<std::uint64_t>(static_cast<std::int64_t>(expected_[i]) >> 1U);
    const bool large = variances_[i] >> (64 - kFractionBits) != 0;
    const int scale = large ? ScaleOfVariance(variances_[i]) + 4 * static_cast<int>(kFractionBits) / 2
                            : ScaleOfVariance(variances_[i] << kFractionBits);
    scales_[i] = static_cast<std::int16_t>(scale + 4 * static_cast<int>(narrowed_));
  }
}

void SumModel::Write(std::span<const std::uint64_t> increases, const ChainParts& parts, int tuning,
                     AnsWriter& out) const {
  const auto risen = parts.risen();
  for (std::size_t i = 0; i < risen.size(); ++i) {
    CodeError(out, ErrorShape::kGaussian, scales_[i] + tuning, increases[risen[i]] - expected_[i]);
  }
}

std::uint64_t SumModel::Cost(std::span<const std::uint64_t> increases, const ChainParts& parts, int tuning) const {
  const auto risen = parts.risen();
  CostMeter meter;
  for (std::size_t i = 0; i < risen.size(); ++i) {
    CodeError(meter, ErrorShape::kGaussian, scales_[i] + tuning, increases[risen[i]] - expected_[i]);
  }
  return meter.cost();
}

bool SumModel::Read(std::string_view stream, const ChainParts& parts, int tuning,
                    std::span<std::uint64_t> increases) const {
  const auto risen = parts.risen();
  std::fill(increases.begin(), increases.end(), 0);
  AnsReader in(stream);
  for (std::size_t i = 0; i < risen.size(); ++i) {
    increases[risen[i]] = expected_[i] + CodeError(in, ErrorShape::kGaussian, scales_[i] + tuning, 0);
  }
  return in.complete();
}

}  // namespace proxy_telemetry::tsdb

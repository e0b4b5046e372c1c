#include "distribution.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace proxy_telemetry::tsdb {
namespace {

using Weights = std::vector<std::uint64_t>;

constexpr std::uint64_t kPeak = std::uint64_t{1} << 40U;
constexpr std::uint64_t kUnit = std::uint64_t{1} << kScaleFractionBits;
constexpr std::uint64_t kRareShare = 512;  // one in so many values may need the way for large ones
constexpr std::size_t kTermsMax = 512;
constexpr std::size_t kSymbolsMax = 128;

// The middle of a scale, in units of 2^-12.
std::uint64_t MiddleOf(unsigned scale) {
  const std::uint64_t eighths = 9 + 2 * (scale % 4);
  return (eighths << (kScaleFractionBits - kScaleOctavesBelowOne + scale / 4)) / 8;
}

// Cuts off the rare upper end and lets the last symbol stand for all of it.
void CutRareEnd(Weights& weights, std::size_t symbols_min) {
  const std::uint64_t total = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
  std::uint64_t tail = 0;
  std::size_t size = weights.size();
  while (size > symbols_min && (size >= kSymbolsMax || (tail + weights[size - 1]) * kRareShare <= total)) {
    tail += weights[--size];
  }
  weights.resize(size);
  weights.push_back(tail);
}

// Counts of mean `mean` (units of 2^-12) with variance mean + mean^2 / size; size 0: Poisson.
Weights LevelWeights(std::uint64_t mean, std::uint64_t size) {
  Weights weights(kTermsMax, 0);
  const auto ratio = [&](std::uint64_t k, std::uint64_t weight, bool up) {
    std::uint64_t above = size == 0 ? mean : (k + size) * mean / 16;
    std::uint64_t below = size == 0 ? (k + 1) * kUnit : (k + 1) * (mean + size * kUnit) / 16;
    if (!up) std::swap(above, below);
    return weight / 1024 * above / std::max<std::uint64_t>(below, 1) * 1024;
  };
  const std::uint64_t mode = size == 1 ? 0 : mean / kUnit;
  weights[mode] = kPeak;
  for (std::size_t k = mode; k + 1 < kTermsMax; ++k) weights[k + 1] = ratio(k, weights[k], true);
  for (std::size_t k = mode; k > 0; --k) weights[k - 1] = std::min(kPeak * 16, ratio(k - 1, weights[k], false));
  return weights;
}

// e^-(above / below) in units of 2^-30.
std::uint64_t ExpOfMinus(std::uint64_t above, std::uint64_t below) {
  constexpr unsigned kBits = 30;
  constexpr std::uint64_t kOne = std::uint64_t{1} << kBits;
  const std::uint64_t y = (above << (kBits - 6)) / below;  // a 64th: the series is short, squaring undoes it
  std::uint64_t term = kOne;
  std::uint64_t even = kOne;
  std::uint64_t odd = 0;
  for (std::uint64_t i = 1; i < 10; ++i) {
    term = (term * y >> kBits) / i;
    (i % 2 == 0 ? even : odd) += term;
  }
  std::uint64_t result = even - odd;
  for (int i = 0; i < 6; ++i) result = result * result >> kBits;
  return result;
}

std::uint64_t SquareRoot(std::uint64_t square) {
  std::uint64_t root = 0;
  for (std::uint64_t bit = std::uint64_t{1} << 31U; bit != 0; bit >>= 1U) {
    if ((root + bit) * (root + bit) <= square) root += bit;
  }
  return root;
}

// By |error|. The ratio of neighbours follows from the mean: r = b / (1 + sqrt(1 + b^2)).
Weights LaplaceWeights(std::uint64_t mean) {
  Weights weights(kTermsMax, 0);
  const std::uint64_t below = kUnit + SquareRoot(kUnit * kUnit + mean * mean);
  weights[0] = kPeak;
  for (std::size_t k = 1; k < kTermsMax; ++k) weights[k] = weights[k - 1] / 1024 * mean / below * 1024;
  return weights;
}

// By |error|. The variance is that of the mean |error| of a Gaussian (pi / 2 times its square) and 1/12 of rounding;
// a small part is Laplace's, as models are never quite right.
Weights GaussianWeights(std::uint64_t mean) {
  const std::uint64_t variance = mean * mean / kUnit * 201 / 128 + kUnit / 12;
  const std::uint64_t step = ExpOfMinus(kUnit, 2 * variance);
  constexpr unsigned kBits = 30;
  Weights weights = LaplaceWeights(mean);
  std::uint64_t weight = kPeak;
  std::uint64_t ratio = step;
  for (std::uint64_t& w : weights) {
    w = weight + w / 32;
    weight = (weight >> 11U) * ratio >> (kBits - 11);
    ratio = (ratio * step >> kBits) * step >> kBits;
  }
  return weights;
}

Weights ZigZagWeights(const Weights& by_size) {
  Weights weights(2 * by_size.size() - 1);
  weights[0] = by_size[0];
  for (std::size_t k = 1; k < by_size.size(); ++k) weights[2 * k - 1] = weights[2 * k] = by_size[k];
  return weights;
}

// Shares of the classes in parts of 2^12, mirrored at a half.
constexpr std::array<std::uint64_t, kShareClasses / 2 + 1> kShares = {8,   20,  44,   88,   168, 300,
                                                                      500, 780, 1140, 1580, 2048};

std::uint64_t ShareOf(std::size_t share_class) {
  return share_class < kShares.size() ? kShares[share_class] : 4096 - kShares[kShareClasses - 1 - share_class];
}

Weights DrawWeights(std::uint64_t draws, std::uint64_t share) {
  Weights weights(draws + 1, 0);
  std::uint64_t ways = 1;
  for (std::uint64_t k = 0; k <= draws; ++k) {
    std::uint64_t weight = std::uint64_t{1} << 50U;
    for (std::uint64_t i = 0; i < draws; ++i) weight = (weight >> 12U) * (i < k ? share : 4096 - share);
    weights[k] = weight / 64 * ways + 1;
    ways = ways * (draws - k) / (k + 1);
  }
  return weights;
}

}  // namespace

template <unsigned Bits, std::size_t SymbolsMax>
void Distribution<Bits, SymbolsMax>::Make(std::span<const std::uint64_t> weights) {
  const std::uint64_t total = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
  std::vector<std::uint64_t> parts;
  std::uint64_t given = 0;
  for (const std::uint64_t weight : weights) {
    parts.push_back(
        std::max<std::uint64_t>(1, (weight / 1024 * kOne + total / (2 * std::uint64_t{1024})) / (total / 1024)));
    given += parts.back();
  }
  for (; given < kOne; ++given) ++*std::max_element(parts.begin(), parts.end());
  for (; given > kOne; --given) --*std::max_element(parts.begin(), parts.end());

  starts.fill(static_cast<std::uint16_t>(kOne));
  costs.fill(0);
  last = static_cast<std::uint32_t>(weights.size() - 1);
  std::uint32_t start = 0;
  for (std::uint32_t symbol = 0; symbol <= last; ++symbol) {
    const auto part = static_cast<std::uint32_t>(parts[symbol]);
    starts[symbol] = static_cast<std::uint16_t>(start);
    costs[symbol] = static_cast<std::uint16_t>(256 * (Bits - std::log2(static_cast<double>(part))));
    for (std::uint32_t i = 0; i < part; ++i) slots[start + i] = symbol | part << 8U | i << 20U;
    start += part;
  }
}

Distributions::Distributions() {
  constexpr std::array<std::uint64_t, kLevelShapes> kSizes = {0, 4, 1};
  for (std::size_t shape = 0; shape < kLevelShapes; ++shape) {
    for (unsigned scale = 0; scale < kLevelScales; ++scale) {
      Weights weights = LevelWeights(MiddleOf(scale), kSizes[shape]);
      CutRareEnd(weights, 2);
      levels[shape][scale].Make(weights);
    }
  }
  for (unsigned scale = 0; scale < kErrorScales; ++scale) {
    for (std::size_t shape = 0; shape < kErrorShapes; ++shape) {
      const bool gaussian = static_cast<ErrorShape>(shape) == ErrorShape::kGaussian;
      Weights weights = ZigZagWeights(gaussian ? GaussianWeights(MiddleOf(scale)) : LaplaceWeights(MiddleOf(scale)));
      CutRareEnd(weights, 3);
      errors[shape][scale].Make(weights);
    }
  }
  for (std::size_t share = 0; share < kShareClasses; ++share) {
    for (std::uint64_t n = 1; n <= kExactDrawsMax; ++n) draws[share][n - 1].Make(DrawWeights(n, ShareOf(share)));
  }
  for (std::uint64_t part = 0; part < share_class.size(); ++part) {
    std::uint8_t share = 0;
    while (share + 1U < kShareClasses && ShareOf(share) + ShareOf(share + 1U) <= 8 * part + 4) ++share;
    share_class[part] = share;
  }
}

const Distributions kDistributions;

}  // namespace proxy_telemetry::tsdb

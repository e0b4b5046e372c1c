#include "sequence.h"

#include <algorithm>
#include <bit>
#include <initializer_list>

#include "coding.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::uint64_t kSizeMax = std::uint64_t{1} << 46U;  // what a running mean takes at most
constexpr unsigned kGapRate = 5;
constexpr unsigned kSparseValueRate = 3;
constexpr unsigned kErrorRate = 4;
constexpr std::size_t kSparseOnlyShare = 24;  // one in so many: no other way is tried

std::uint64_t StartOf(const SequenceSpec& spec) { return (std::uint64_t{3} << spec.octave) >> 1U; }

class RunningMean {
 public:
  RunningMean(std::uint64_t start, unsigned rate) : mean_(static_cast<std::int64_t>(start)), rate_(rate) {}
  int scale() const { return ScaleOf(static_cast<std::uint64_t>(mean_)); }
  void Add(std::uint64_t size) {
    const auto scaled = static_cast<std::int64_t>(std::min(size, kSizeMax) << kScaleFractionBits);
    mean_ += (scaled - mean_) >> rate_;
  }

 private:
  std::int64_t mean_;
  unsigned rate_;
};

std::uint64_t SizeOf(std::uint64_t value) { return value >> 63U != 0 ? 0 - value : value; }

template <typename Coder, typename Value>
[[gnu::always_inline]] inline void CodeLevels(Coder& coder, const SequenceSpec& spec, std::span<Value> values) {
  RunningMean mean(StartOf(spec), spec.rate);
  for (Value& value : values) {
    const std::uint64_t coded = CodeLevel(coder, static_cast<LevelShape>(spec.shape), mean.scale(), value);
    if constexpr (Coder::kReads) value = coded;
    mean.Add(coded);
  }
}

template <typename Coder, typename Value>
[[gnu::always_inline]] inline void CodeErrors(Coder& coder, const SequenceSpec& spec, std::span<Value> values) {
  RunningMean size(StartOf(spec), spec.rate);
  for (Value& value : values) {
    const std::uint64_t coded = CodeError(coder, static_cast<ErrorShape>(spec.shape), size.scale(), value);
    if constexpr (Coder::kReads) value = coded;
    size.Add(SizeOf(coded));
  }
}

template <typename Coder, typename Value>
[[gnu::always_inline]] inline void CodeCentred(Coder& coder, const SequenceSpec& spec, std::span<Value> values) {
  RunningMean size(StartOf(spec), kErrorRate);
  std::uint64_t centre = spec.centre << kScaleFractionBits;
  for (Value& value : values) {
    const std::uint64_t half = std::uint64_t{1} << (kScaleFractionBits - 1);
    const auto expected = static_cast<std::uint64_t>(static_cast<std::int64_t>(centre + half) >> kScaleFractionBits);
    const std::uint64_t error = CodeError(coder, static_cast<ErrorShape>(spec.shape), size.scale(), value - expected);
    const std::uint64_t coded = expected + error;
    if constexpr (Coder::kReads) value = coded;
    size.Add(SizeOf(error));
    const std::uint64_t away = (coded << kScaleFractionBits) - centre;
    centre += static_cast<std::uint64_t>(static_cast<std::int64_t>(away) >> spec.rate);
  }
}

template <typename Coder, typename Value>
[[gnu::always_inline]] inline bool CodeSparse(Coder& coder, const SequenceSpec& spec, std::span<Value> values) {
  const std::uint64_t gap_start = ((values.size() - spec.others) << kScaleFractionBits) / spec.others;
  RunningMean gaps(gap_start, kGapRate);
  RunningMean sizes(StartOf(spec), kSparseValueRate);
  std::size_t at = 0;
  for (std::uint32_t i = 0; i < spec.others; ++i, ++at) {
    std::uint64_t gap = 0;
    if constexpr (!Coder::kReads) {
      while (values[at + gap] == 0) ++gap;
    }
    gap = CodeLevel(coder, LevelShape::kGeometric, gaps.scale(), gap);
    if constexpr (Coder::kReads) {
      if (gap >= values.size() - at) return false;
    }
    gaps.Add(gap);
    at += gap;
    const std::uint64_t size = spec.is_signed ? ZigZag(static_cast<std::int64_t>(values[at])) - 1 : values[at] - 1;
    const std::uint64_t coded = CodeLevel(coder, LevelShape::kGeometric, sizes.scale(), size);
    if constexpr (Coder::kReads) {
      values[at] = spec.is_signed ? static_cast<std::uint64_t>(UnZigZag(coded + 1)) : coded + 1;
    }
    sizes.Add(coded);
  }
  return true;
}

template <typename Coder, typename Value>
[[gnu::always_inline]] inline bool CodeSequence(Coder& coder, const SequenceSpec& spec, std::span<Value> values) {
  switch (spec.kind) {
    case SequenceKind::kZeros:
      return true;
    case SequenceKind::kSparse:
      return CodeSparse(coder, spec, values);
    case SequenceKind::kLevel:
      CodeLevels(coder, spec, values);
      return true;
    case SequenceKind::kError:
      CodeErrors(coder, spec, values);
      return true;
    case SequenceKind::kCentred:
      CodeCentred(coder, spec, values);
      return true;
  }
  return false;
}

std::uint8_t OctaveOf(double mean) {
  const auto fixed = static_cast<std::uint64_t>(std::min(mean, 0x1p46) * (1U << kScaleFractionBits));
  return static_cast<std::uint8_t>(fixed == 0 ? 0 : std::bit_width(fixed) - 1);
}

// What a choice rests on.
struct Summary {
  std::size_t others = 0;  // not zero
  bool has_negative = false;
  double size_sum = 0;
  double deviation_sum = 0;  // |difference to the one before|
  std::int64_t first_mean = 0;

  explicit Summary(std::span<const std::uint64_t> values) {
    constexpr std::size_t kFirst = 8;
    std::int64_t first_sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      others += values[i] != 0 ? 1 : 0;
      has_negative |= values[i] >> 63U != 0;
      size_sum += static_cast<double>(SizeOf(values[i]));
      if (i > 0) deviation_sum += static_cast<double>(SizeOf(values[i] - values[i - 1]));
      if (i < kFirst) first_sum += static_cast<std::int64_t>(values[i]) / static_cast<std::int64_t>(kFirst);
    }
    first_mean = first_sum;
    if (values.size() < kFirst && !values.empty()) first_mean = static_cast<std::int64_t>(values[0]);
  }
};

class Chooser {
 public:
  explicit Chooser(std::span<const std::uint64_t> values) : values_(values) {}

  void Try(const SequenceSpec& spec) {
    CostMeter meter;
    static_cast<void>(CodeSequence(meter, spec, values_));
    if (has_best_ && meter.cost() >= best_cost_) return;
    best_cost_ = meter.cost();
    best_ = spec;
    has_best_ = true;
  }
  void TryRates(std::initializer_list<std::uint8_t> rates) {
    for (const std::uint8_t rate : rates) {
      SequenceSpec spec = best_;
      spec.rate = rate;
      Try(spec);
    }
  }
  const SequenceSpec& best() const { return best_; }

 private:
  std::span<const std::uint64_t> values_;
  SequenceSpec best_;
  std::uint64_t best_cost_ = 0;
  bool has_best_ = false;
};

SequenceSpec SparseSpec(const Summary& summary) {
  SequenceSpec spec;
  spec.kind = SequenceKind::kSparse;
  spec.is_signed = summary.has_negative;
  spec.others = static_cast<std::uint32_t>(summary.others);
  const auto others = static_cast<double>(summary.others);
  spec.octave = OctaveOf((summary.size_sum * (spec.is_signed ? 2 : 1) - others) / others);
  return spec;
}

}  // namespace

SequenceSpec ChooseSequence(std::span<const std::uint64_t> values) {
  const Summary summary(values);
  if (summary.others == 0) return {};
  Chooser chooser(values);
  chooser.Try(SparseSpec(summary));
  if (summary.others * kSparseOnlyShare < values.size()) return chooser.best();

  const auto count = static_cast<double>(values.size());
  SequenceSpec spec;
  spec.rate = 3;
  spec.octave = OctaveOf(summary.size_sum / count);
  if (!summary.has_negative) {
    spec.kind = SequenceKind::kLevel;
    for (std::uint8_t shape = 0; shape < kLevelShapes; ++shape) {
      spec.shape = shape;
      chooser.Try(spec);
    }
  } else {
    spec.kind = SequenceKind::kError;
    for (std::uint8_t shape = 0; shape < kErrorShapes; ++shape) {
      spec.shape = shape;
      chooser.Try(spec);
    }
  }
  if (summary.size_sum > count) {
    spec.kind = SequenceKind::kCentred;
    spec.octave = OctaveOf(summary.deviation_sum / count * 0.75);
    spec.centre = static_cast<std::uint64_t>(summary.first_mean);
    for (std::uint8_t shape = 0; shape < kErrorShapes; ++shape) {
      spec.shape = shape;
      chooser.Try(spec);
    }
  }
  if (chooser.best().kind == SequenceKind::kSparse) return chooser.best();
  chooser.TryRates({2, 4});
  if (chooser.best().rate == 2) chooser.TryRates({1});
  if (chooser.best().rate == 4) chooser.TryRates({5, 6});
  return chooser.best();
}

void WriteSequence(const SequenceSpec& spec, std::span<const std::uint64_t> values, AnsWriter& out) {
  static_cast<void>(CodeSequence(out, spec, values));
}

bool ReadSequence(const SequenceSpec& spec, std::string_view stream, std::span<std::uint64_t> values) {
  if (spec.kind == SequenceKind::kZeros || spec.kind == SequenceKind::kSparse) {
    std::fill(values.begin(), values.end(), 0);
  }
  if (spec.kind == SequenceKind::kSparse && (spec.others == 0 || spec.others > values.size())) return false;
  AnsReader in(stream);
  return CodeSequence(in, spec, values) && in.complete();
}

}  // namespace proxy_telemetry::tsdb

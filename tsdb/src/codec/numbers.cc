#include "numbers.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "presence.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr double kIntegerEnd = 0x1p53;
constexpr std::array<double, kDecimalPlacesMax + 1> kPowers = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
constexpr std::uint8_t kNoForm = 255;    // of a value: only as bits
constexpr std::size_t kAsideShare = 16;  // one in so many may stay aside

std::uint64_t BitsOf(double value) { return std::bit_cast<std::uint64_t>(value); }

bool IsOdd(double value) { return !std::isfinite(value) || BitsOf(value) == BitsOf(-0.0); }

// Whether `value` is number / 10^places, to the bit.
bool Fits(double value, std::uint8_t places, std::uint64_t& number) {
  const double scaled = value * kPowers[places];
  if (!(std::abs(scaled) < kIntegerEnd)) return false;
  const auto rounded = static_cast<std::int64_t>(scaled + (scaled < 0 ? -0.5 : 0.5));
  number = static_cast<std::uint64_t>(rounded);
  const auto integer = static_cast<double>(rounded);
  return std::abs(integer) < kIntegerEnd && BitsOf(places == 0 ? integer : integer / kPowers[places]) == BitsOf(value);
}

// The same as a conversion of each. Both halves become doubles by placing them into a mantissa, which compilers do for
// several at once on any x86-64; the sum rounds once.
void IntegersToDoubles(const std::uint64_t* numbers, double* out, std::size_t count) {
  constexpr std::uint64_t kHighBias = 0x4530000080000000ULL;  // 2^84 + 2^63
  constexpr std::uint64_t kLowBias = 0x4330000000000000ULL;   // 2^52
  constexpr double kBiases = 0x1p84 + 0x1p63 + 0x1p52;
  for (std::size_t i = 0; i < count; ++i) {
    const auto high = std::bit_cast<double>((numbers[i] >> 32U) ^ kHighBias);
    const auto low = std::bit_cast<double>((numbers[i] & 0xffffffffU) | kLowBias);
    out[i] = (high - kBiases) + low;
  }
}

// The most frequent case in one pass: integers, nothing odd.
bool AllIntegers(std::span<const double> values, const Presence& present, std::vector<std::uint64_t>& numbers) {
  numbers.clear();
  if (!present.empty()) {
    for (std::size_t tick = 0; tick < values.size(); ++tick) {
      if (!IsPresent(present, tick)) continue;
      if (!Fits(values[tick], 0, numbers.emplace_back())) return false;
    }
    return true;
  }
  numbers.resize(values.size());
  bool good = true;
  for (std::size_t tick = 0; tick < values.size() && good; ++tick) good = Fits(values[tick], 0, numbers[tick]);
  return good;
}

class Splitter {
 public:
  Splitter(std::span<const double> values, const Presence& present, ColumnNumbers& out)
      : values_(values), present_(present), out_(out) {}

  void Run() {
    Survey();
    const std::size_t aside_max = count_ / kAsideShare + 1;
    std::uint8_t places = places_;
    if (places != kNoForm && Split(places) <= aside_max) return;
    // Odd ones stay aside when they are few or the same, otherwise all are bits.
    keep_odd_ = odd_ > 0 && (odd_same_ || odd_ <= aside_max);
    if (places != kNoForm && odd_same_ && Split(places) == odd_) return;
    Split(kNumberBits);
    DropLowZeros();
  }

 private:
  // The fewest places that most values have.
  void Survey() {
    std::size_t misfits = 0;
    places_ = 0;
    std::uint64_t first_odd = 0;
    std::uint64_t number = 0;
    for (std::size_t tick = 0; tick < values_.size(); ++tick) {
      if (!IsPresent(present_, tick)) continue;
      ++count_;
      const double value = values_[tick];
      if (IsOdd(value)) {
        if (odd_++ == 0) first_odd = BitsOf(value);
        odd_same_ = odd_same_ && first_odd == BitsOf(value);
        continue;
      }
      if (misfits > values_.size() / kAsideShare + 1) continue;
      std::uint8_t places = places_;
      while (places <= kDecimalPlacesMax && !Fits(value, places, number)) ++places;
      if (places > kDecimalPlacesMax) {
        ++misfits;
      } else {
        places_ = places;
      }
    }
    if (misfits > count_ / kAsideShare + 1 || misfits + odd_ == count_) places_ = kNoForm;
  }

  // Returns how many stay aside.
  std::size_t Split(std::uint8_t form) {
    out_.form = {form, 0};
    out_.values.clear();
    out_.asides.clear();
    out_.regular = NonePresent(values_.size());
    for (std::size_t tick = 0; tick < values_.size(); ++tick) {
      if (!IsPresent(present_, tick)) continue;
      const double value = values_[tick];
      std::uint64_t number = static_cast<std::uint64_t>(SortableOf(BitsOf(value)));
      const bool regular = form == kNumberBits ? !(keep_odd_ && IsOdd(value)) : Fits(value, form, number);
      if (!regular) {
        out_.asides.push_back(BitsOf(value));
        continue;
      }
      out_.values.push_back(number);
      SetPresent(out_.regular, tick);
    }
    return out_.asides.size();
  }

  void DropLowZeros() {
    std::uint64_t any = 0;
    for (const std::uint64_t number : out_.values) any |= number;
    if (any == 0) return;
    out_.form.low_zeros = static_cast<std::uint8_t>(std::countr_zero(any));
    for (std::uint64_t& number : out_.values) {
      number = static_cast<std::uint64_t>(static_cast<std::int64_t>(number) >> out_.form.low_zeros);
    }
  }

  std::span<const double> values_;
  const Presence& present_;
  ColumnNumbers& out_;
  std::size_t count_ = 0;
  std::size_t odd_ = 0;
  bool odd_same_ = true;
  bool keep_odd_ = false;
  std::uint8_t places_ = 0;
};

}  // namespace

void ToNumbers(std::span<const double> values, const Presence& present, ColumnNumbers& numbers) {
  numbers.form = {};
  numbers.regular = present;
  numbers.asides.clear();
  if (AllIntegers(values, present, numbers.values)) return;
  Splitter(values, present, numbers).Run();
}

void ToDoubles(NumberForm form, const std::uint64_t* numbers, std::span<double> out) {
  if (form.form == kNumberBits) {
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto bits = static_cast<std::uint64_t>(SortableOf(numbers[i] << form.low_zeros));
      out[i] = std::bit_cast<double>(bits);
    }
    return;
  }
  IntegersToDoubles(numbers, out.data(), out.size());
  if (form.form == 0) return;
  const double power = kPowers[std::min(form.form, kDecimalPlacesMax)];
  for (double& value : out) value /= power;
}

}  // namespace proxy_telemetry::tsdb

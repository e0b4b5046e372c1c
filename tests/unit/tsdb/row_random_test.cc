// Rows of random series, there and back to the bit.
#include <cmath>

#include "row_log.h"
#include "seed.h"
#include "values.h"

namespace proxy_telemetry::tsdb {
namespace {

enum Kind : std::uint64_t { kConstant, kCounter, kBucket, kGauge, kMillis, kMicros, kNoise, kHard, kMixed, kKinds };

// A series that goes on from its last value.
class RandomSeries {
 public:
  explicit RandomSeries(std::mt19937_64& random) : random_(random), kind_(Below(random, kKinds)) {
    units_ = static_cast<std::int64_t>(random() >> (10 + Below(random, 54)));
  }

  std::uint64_t Next(std::uint64_t requests) {
    const std::uint64_t kind = kind_ == kMixed ? Below(random_, kMixed) : kind_;
    if (kind == kHard) return std::bit_cast<std::uint64_t>(kHardValues[Below(random_, kHardValues.size())]);
    if (kind == kNoise) return random_() >> Below(random_, 64) << Below(random_, 64);
    if (kind == kBucket) units_ += static_cast<std::int64_t>(requests);
    if (kind == kCounter)
      units_ += static_cast<std::int64_t>(Below(random_, 2) * (random_() >> Below(random_, 64) >> 12U));
    if (kind == kGauge) units_ = static_cast<std::int64_t>(Below(random_, 7)) - 3;
    if (kind == kMillis || kind == kMicros) units_ += static_cast<std::int64_t>(random_() >> (24 + Below(random_, 40)));
    if (Below(random_, 200) == 0) units_ = 0;
    const double value = static_cast<double>(units_);
    return std::bit_cast<std::uint64_t>(kind == kMillis ? value / 1e3 : kind == kMicros ? value / 1e6 : value);
  }

 private:
  std::mt19937_64& random_;
  std::uint64_t kind_;
  std::int64_t units_;
};

class RandomGroup {
 public:
  explicit RandomGroup(std::mt19937_64& random) : random_(random) {
    Grow(Below(random, 4) == 0 ? Below(random, kRowSlotsMax + 1) : Below(random, 70));
  }

  PlainRow Next() {
    if (Below(random_, 20) == 0) Grow(1 + Below(random_, 5));
    MoveTime();
    const std::uint64_t requests = Below(random_, 3) == 0 ? 0 : Below(random_, 300);
    const bool idle = Below(random_, 3) == 0;
    const bool gaps = Below(random_, 5) == 0;
    for (std::size_t slot = 0; slot < series_.size(); ++slot) {
      if (gaps && Below(random_, 4) == 0) row_.samples[slot].reset();
      if (!gaps && !row_.samples[slot]) row_.samples[slot] = 0;
      if (row_.samples[slot] && !idle && Below(random_, 4) != 0) row_.samples[slot] = series_[slot].Next(requests);
    }
    return row_;
  }

 private:
  void Grow(std::size_t by) {
    for (; by > 0 && series_.size() < kRowSlotsMax; --by) series_.emplace_back(random_);
    row_.samples.resize(series_.size());
  }

  void MoveTime() {
    constexpr std::int64_t kSteps[] = {15000, 15000, 60000, 1000, 3600000, 15003, 999, 0, -1, -15000, 7777777};
    const std::uint64_t step = Below(random_, std::size(kSteps) + 1);
    row_.ts_ms =
        step == std::size(kSteps) ? static_cast<std::int64_t>(random_()) : row_.ts_ms + kSteps[step] % (1LL << 40);
    row_.commit += Below(random_, 3) == 0 ? random_() >> Below(random_, 64) : 1;
    if (std::abs(row_.ts_ms / 2) > (std::int64_t{1} << 61)) row_.ts_ms /= 4;
  }

  std::mt19937_64& random_;
  std::vector<RandomSeries> series_;
  PlainRow row_;
};

TEST(Row, RandomSeriesOfEveryKindComeBackToTheBitInBothDirections) {
  std::mt19937_64 random = SeededRandom();
  for (int i = 0; i < 400; ++i) {
    RandomGroup group(random);
    RowLog log;
    for (std::uint64_t rows = Below(random, 40); rows > 0; --rows) log.Append(group.Next());
    ASSERT_NO_FATAL_FAILURE(log.Check()) << "log " << i;
  }
}

TEST(Row, RandomBitsComeBackInEverySlotThereCanBe) {
  std::mt19937_64 random = SeededRandom();
  RowLog log;
  PlainRow row;
  row.samples.resize(kRowSlotsMax);
  for (int i = 0; i < 20; ++i) {
    for (auto& sample : row.samples) sample = random();
    log.Append(row);
  }
  log.Check();
}

// A change of one slot alone, in groups of every size.
TEST(Row, AnyOneSlotOfAnyNumberOfSlotsMayChange) {
  for (const std::size_t slots : {1U, 59U, 60U, 61U, 63U, 64U, 65U, 127U, 128U, 256U, 257U, 1023U, 1024U}) {
    RowLog log;
    PlainRow row;
    row.samples.assign(slots, 0);
    for (std::size_t slot = 0; slot < slots; ++slot) {
      row.samples[slot] = std::bit_cast<std::uint64_t>(static_cast<double>(slot) * 3 + 1);
      log.Append(row);
      row.samples[slot].reset();
      log.Append(row);
    }
    // One delta in a run that the end of the slots cuts.
    for (auto& sample : row.samples) sample = std::bit_cast<std::uint64_t>(1e6);
    log.Append(row);
    for (std::size_t slot = slots / 2; slot < slots; ++slot) row.samples[slot] = std::bit_cast<std::uint64_t>(1e6 + 77);
    log.Append(row);
    ASSERT_NO_FATAL_FAILURE(log.Check()) << slots;
  }
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

#include "block_series.h"

#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "seed.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::size_t kCodes = 4;
constexpr std::size_t kBuckets = 12;
const std::array<const char*, kBuckets> kBounds = {"0.005", "0.01", "0.025", "0.05", "0.1", "0.25",
                                                   "0.5",   "1",    "2.5",   "5",    "10",  "+Inf"};

constexpr std::array<std::uint64_t, kBuckets> kBoundsUs = {5000,   10000,   25000,   50000,   100000,   250000,
                                                           500000, 1000000, 2500000, 5000000, 10000000, 20000000};

double Odd(std::mt19937_64& random) {
  switch (Below(random, 9)) {
    case 0:
      return std::numeric_limits<double>::quiet_NaN();
    case 1:
      return std::bit_cast<double>(std::uint64_t{0x7ff0000000000002});  // Prometheus' stale marker
    case 2:
      return std::numeric_limits<double>::infinity();
    case 3:
      return -0.0;
    case 4:
      return std::numeric_limits<double>::denorm_min();
    case 5:
      return 0x1p53;
    case 6:
      return -0x1.fffffffffffffp1023;
    case 7:
      return 1e300;
    default:
      return std::bit_cast<double>(random());
  }
}

double Unit(std::mt19937_64& random) { return static_cast<double>(random() >> 11U) * 0x1p-53; }

double Next(std::mt19937_64& random, unsigned kind, double last, double step) {
  switch (kind) {
    case 0:
      return last;
    case 1:
      return last + static_cast<double>(Below(random, static_cast<std::uint64_t>(step) + 1));
    case 2:
      return Below(random, 40) == 0 ? 0 : last + static_cast<double>(Below(random, 3));
    case 3:
      return static_cast<double>(Below(random, 20)) - 10;
    case 4:
      return std::round(1000 * (last + Unit(random) - 0.5)) / 1000;
    case 5:
      return last + step * (Unit(random) - 0.5);
    case 6:
      return std::bit_cast<double>(random());
    case 7:
      return last + 15;
    case 8:
      return last * 2 + 1;
    case 9:
      return Below(random, 10) == 0 ? 9007199254740992.0 + 2 * static_cast<double>(Below(random, 9)) : last + 1;
    default:
      return 0.1 * static_cast<double>(Below(random, 1000000000));
  }
}

}  // namespace

MaybeValues RandomSeries(std::mt19937_64& random, std::size_t ticks) {
  const auto kind = static_cast<unsigned>(Below(random, 11));
  const std::uint64_t absent = Below(random, 3) == 0 ? 1 + Below(random, 20) : 0;
  const std::uint64_t odd = Below(random, 3) == 0 ? 1 + Below(random, 100) : 0;
  const double step = std::exp(30 * Unit(random) - 5);
  double last = Below(random, 2) == 0 ? 0 : std::floor(step * 100 * Unit(random));
  MaybeValues values(ticks);
  for (auto& value : values) {
    last = Next(random, kind, last, step);
    if (!std::isfinite(last) && kind != 6) last = 1;
    if (absent != 0 && Below(random, absent) == 0) continue;
    value = odd != 0 && Below(random, odd) == 0 ? Odd(random) : last;
  }
  return values;
}

std::vector<Labels> HostLabels() {
  std::vector<Labels> labels;
  for (const char* code : {"2xx", "3xx", "4xx", "5xx"}) labels.push_back(SeriesOf("requests_total", "code", code));
  for (const char* bound : kBounds) labels.push_back(SeriesOf("duration_seconds_bucket", "le", bound));
  labels.push_back(SeriesOf("duration_seconds_sum"));
  labels.push_back(SeriesOf("duration_seconds_count"));
  labels.push_back(SeriesOf("backends_up"));
  labels.push_back(SeriesOf("requests_in_flight"));
  return labels;
}

BlockTwin RandomHost(std::mt19937_64& random, std::size_t ticks, const HostOptions& options) {
  BlockTwin twin(EveryMinute(ticks), kCodes + kBuckets + 4);
  std::array<std::uint64_t, kCodes> codes = {Below(random, 1000000), Below(random, 1000), 7, 0};
  std::array<std::uint64_t, kBuckets> buckets = {};
  std::uint64_t sum_us = Below(random, 1U << 30U);
  for (auto& bucket : buckets) bucket = Below(random, 10000);
  std::uint64_t count = 0;
  for (const std::uint64_t bucket : buckets) count += bucket;
  std::poisson_distribution<std::uint64_t> arrivals(options.requests);
  for (std::size_t tick = 0; tick < ticks; ++tick) {
    if (options.resets && Below(random, 60) == 0) {
      codes = {};
      buckets = {};
      sum_us = count = 0;
    }
    for (std::uint64_t left = arrivals(random); left > 0; --left) {
      ++codes[Below(random, 10) < 8 ? 0 : Below(random, kCodes)];
      const std::size_t bucket = std::min(Below(random, kBuckets), Below(random, kBuckets));
      ++buckets[bucket];
      const std::uint64_t low_us = bucket == 0 ? 0 : kBoundsUs[bucket - 1];
      sum_us += low_us + Below(random, kBoundsUs[bucket] - low_us);
      ++count;
    }
    if (options.absences && Below(random, 20) == 0 && tick > 0) {
      twin.Set(tick, kCodes + kBuckets + 2, 3);
      continue;
    }
    const bool stale = options.stale && Below(random, 50) == 0;
    std::vector<double> row;
    for (const std::uint64_t code : codes) row.push_back(static_cast<double>(code));
    std::uint64_t below = 0;
    for (const std::uint64_t bucket : buckets) row.push_back(static_cast<double>(below += bucket));
    row.push_back(static_cast<double>(sum_us) / 1e6);
    row.push_back(static_cast<double>(count));
    row.push_back(3);
    row.push_back(static_cast<double>(Below(random, 4)));
    const double marker = std::bit_cast<double>(std::uint64_t{0x7ff0000000000002});
    for (std::size_t i = 0; i < row.size(); ++i) twin.Set(tick, i, stale ? marker : row[i]);
  }
  for (int i = 0; i < options.spoiled; ++i) {
    const std::size_t tick = Below(random, ticks);
    const double value = Below(random, 2) == 0 ? Odd(random) : static_cast<double>(Below(random, 1000));
    twin.Set(tick, Below(random, twin.columns()), value);
  }
  return twin;
}

}  // namespace proxy_telemetry::tsdb

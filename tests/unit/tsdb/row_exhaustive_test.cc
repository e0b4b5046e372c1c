// Every short sequence of rows over few values.
#include <array>

#include "row_log.h"
#include "values.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::size_t kChoices = 5;

// All logs of `rows` rows of `slots` slots, each absent or one of four values.
void CheckAll(std::size_t rows, std::size_t slots, const std::array<double, kChoices - 1>& values) {
  std::size_t logs = 1;
  for (std::size_t i = 0; i < rows * slots; ++i) logs *= kChoices;
  for (std::size_t number = 0; number < logs; ++number) {
    RowLog log;
    std::size_t rest = number;
    PlainRow row;
    for (std::size_t i = 0; i < rows; ++i) {
      row.ts_ms += 15000;
      row.commit += 1;
      row.samples.assign(slots, {});
      for (auto& sample : row.samples) {
        const std::size_t choice = rest % kChoices;
        if (choice > 0) sample = std::bit_cast<std::uint64_t>(values[choice - 1]);
        rest /= kChoices;
      }
      log.Append(row);
    }
    ASSERT_NO_FATAL_FAILURE(log.Check()) << "log " << number;
  }
}

TEST(Row, EveryTwoRowsOfThreeIntegersComeBack) { CheckAll(2, 3, {0, 1, 2, -1}); }
TEST(Row, EveryThreeRowsOfTwoDecimalsComeBack) { CheckAll(3, 2, {0, 0.001, 1.000001, 5}); }
TEST(Row, EverySixRowsOfOneOddValueComeBack) { CheckAll(6, 1, {-0.0, 0.0, kTwoTo53, kTwoTo53 - 1}); }

TEST(Row, EveryPairOfHardValuesFollowsEachOther) {
  for (const double first : kHardValues) {
    for (const double second : kHardValues) {
      RowLog log;
      for (const double value : {first, second, first}) {
        log.Append({1, 2, {std::bit_cast<std::uint64_t>(value), std::nullopt, std::bit_cast<std::uint64_t>(value)}});
      }
      ASSERT_NO_FATAL_FAILURE(log.Check()) << first << " and " << second;
    }
  }
}

TEST(Row, EveryGrowthOfUpToSixSlotsComesBack) {
  for (std::size_t first = 0; first <= 6; ++first) {
    for (std::size_t second = first; second <= 6; ++second) {
      for (std::size_t third = second; third <= 6; ++third) {
        for (unsigned mask = 0; mask < 64; ++mask) {
          RowLog log;
          PlainRow row;
          for (const std::size_t slots : {first, second, third}) {
            row.samples.resize(slots);
            for (std::size_t slot = 0; slot < slots; ++slot) {
              if (((mask >> slot) & 1U) != 0)
                row.samples[slot] = std::bit_cast<std::uint64_t>(static_cast<double>(slots));
            }
            log.Append(row);
          }
          ASSERT_NO_FATAL_FAILURE(log.Check()) << first << ' ' << second << ' ' << third << ' ' << mask;
        }
      }
    }
  }
}

TEST(Row, EveryTimeAndCommitComesBack) {
  RowLog log;
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t ts_ms : {std::int64_t{0}, kMax, std::numeric_limits<std::int64_t>::min(), std::int64_t{-1},
                                   std::int64_t{1748736000000}, std::int64_t{1748736060000}, std::int64_t{5}}) {
    for (const std::uint64_t commit : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{8}}) {
      log.Append({ts_ms, commit, {}});
    }
  }
  std::int64_t ts_ms = 0;
  for (const std::int64_t interval_ms : {1000, 2000, 5000, 10000, 15000, 20000, 30000, 60000, 120000, 300000, 600000,
                                         900000, 1800000, 3600000, 4000, 15001, 59999}) {
    ts_ms += interval_ms;
    log.Append({ts_ms, 1, {}});
  }
  log.Check();
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

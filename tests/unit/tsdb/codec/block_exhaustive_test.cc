// All short blocks of small values: every sequence of up to 6 ticks in one column, and every pair of columns of up to 3
// whose labels say that one is the other's total.
#include <gtest/gtest.h>

#include <bit>
#include <limits>

#include "block_twin.h"

namespace proxy_telemetry::tsdb {
namespace {

using Column = std::vector<std::optional<double>>;

const Column& Alphabet() {
  static const Column kValues = {
      std::nullopt,       0.0, 1.0, 0.5, -0.0, std::bit_cast<double>(std::uint64_t{0x7ff0000000000002}),
      9007199254740992.0, 3.0};
  return kValues;
}

// How many of the values are used: with six ticks all would take minutes under a sanitizer.
std::size_t ValuesFor(std::size_t ticks) { return ticks < 6 ? Alphabet().size() : Alphabet().size() - 2; }

// The `number`th of all sequences.
Column SequenceOf(std::size_t number, std::size_t ticks) {
  Column values(ticks);
  for (std::size_t i = 0; i < ticks; ++i, number /= ValuesFor(ticks)) values[i] = Alphabet()[number % ValuesFor(ticks)];
  return values;
}

std::size_t CountOf(std::size_t ticks) {
  std::size_t count = 1;
  for (std::size_t i = 0; i < ticks; ++i) count *= ValuesFor(ticks);
  return count;
}

TEST(BlockExhaustive, KeepsEverySequenceOfUpToSix) {
  const std::vector<Labels> labels = {SeriesOf("a"), SeriesOf("b")};
  const auto shape = BlockShape::Of(labels);
  for (std::size_t ticks = 1; ticks <= 6; ++ticks) {
    for (std::size_t number = 0; number < CountOf(ticks); ++number) {
      BlockTwin twin(EveryMinute(ticks), 2);
      for (std::size_t tick = 0; tick < ticks; ++tick) twin.Set(tick, 0, 1);
      twin.SetColumn(1, SequenceOf(number, ticks));
      ASSERT_EQ(twin.RoundTrip(*shape), "") << ticks << " ticks, number " << number;
    }
  }
}

TEST(BlockExhaustive, KeepsEveryTotalAndPart) {
  const std::vector<Labels> labels = {SeriesOf("all_count"), SeriesOf("all_bucket", "le", "1"),
                                      SeriesOf("all_bucket", "le", "+Inf"), SeriesOf("all_sum")};
  const auto shape = BlockShape::Of(labels);
  for (std::size_t ticks = 1; ticks <= 3; ++ticks) {
    for (std::size_t total = 0; total < CountOf(ticks); ++total) {
      for (std::size_t part = 0; part < CountOf(ticks); ++part) {
        BlockTwin twin(EveryMinute(ticks), 4);
        twin.SetColumn(0, SequenceOf(total, ticks));
        twin.SetColumn(1, SequenceOf(part, ticks));
        twin.SetColumn(2, SequenceOf(total, ticks));
        twin.SetColumn(3, SequenceOf(part, ticks));
        ASSERT_EQ(twin.RoundTrip(*shape), "") << ticks << " ticks, numbers " << total << " and " << part;
      }
    }
  }
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

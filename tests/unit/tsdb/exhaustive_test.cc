// Every short sequence of appends, each on series of its own in one store, against the twin.
#include <gtest/gtest.h>

#include <array>

#include "base/duration.h"
#include "contents.h"
#include "support/scratch_dir.h"
#include "twin.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::int64_t kSpanMs = kMinuteMs;
constexpr std::array<std::int64_t, 4> kTimesMs{-1, 0, 1, kSpanMs};
constexpr unsigned kSubsets = 3;  // the first series, the second, both
constexpr unsigned kOperations = kTimesMs.size() * kSubsets;
constexpr unsigned kLength = 3;

void CompareAll(std::size_t block_ticks) {
  const ScratchDir scratch;
  auto store = OpenStore(scratch.path(), 8 * kSpanMs, {"host"}, block_ticks);
  unsigned sequences = 1;
  for (unsigned i = 0; i < kLength; ++i) sequences *= kOperations;
  for (unsigned sequence = 0; sequence < sequences; ++sequence) {
    const std::string host = std::to_string(sequence);
    Twin own("host", 8 * kSpanMs, kSpanMs, block_ticks);
    for (unsigned step = 0, rest = sequence; step < kLength; ++step, rest /= kOperations) {
      const unsigned operation = rest % kOperations;
      TwinRound round{kTimesMs[operation / kSubsets], {}};
      const unsigned subset = operation % kSubsets + 1;
      if ((subset & 1U) != 0) round.samples.push_back({HostSeries("x", host), step + 0.5});
      if ((subset & 2U) != 0) round.samples.push_back({HostSeries("y", host), step + 1.0});
      const auto result = AppendRound(*store, round.ts_ms, round.samples);
      ASSERT_TRUE(result.ok()) << result.status().message();
      ASSERT_EQ(result->out_of_order, own.Append({round}).out_of_order) << "sequence " << sequence << " step " << step;
    }
    if (sequence % 97 != 0) continue;
    Selection selection = Everything();
    selection.matchers.push_back(Matcher::Equal("host", host));
    ASSERT_EQ(Read(*store->NewView(), selection).contents, own.Select(Everything())) << "sequence " << sequence;
  }
  const Contents before = ReadAll(*store);
  EXPECT_GE(before.size(), sequences);
  store.reset();
  EXPECT_EQ(ReadAll(*OpenStore(scratch.path(), 8 * kSpanMs)), before);
}

TEST(AllShortSequences, AgreeWithThePlainTwinInOpenBlocks) { CompareAll(kBlockTicksDefault); }
TEST(AllShortSequences, AgreeWithThePlainTwinInBlocksOfTwoRows) { CompareAll(2); }

}  // namespace
}  // namespace proxy_telemetry::tsdb

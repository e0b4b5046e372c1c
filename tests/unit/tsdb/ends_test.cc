// Selection::ends_of_ms: the first and the last point of each interval are enough.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/duration.h"
#include "contents.h"
#include "seed.h"
#include "span.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

// Whether `read` is some of `all`, in order, with all of it before `all_until_ms` (the rest of that interval included)
// and the ends of each interval after.
void ExpectEnds(const std::vector<BitPoint>& read, const std::vector<BitPoint>& all, std::int64_t interval_ms,
                std::int64_t all_until_ms) {
  EXPECT_TRUE(std::includes(all.begin(), all.end(), read.begin(), read.end()));
  const std::int64_t whole_ms =
      all_until_ms == INT64_MIN ? INT64_MIN : SpanStartMs(all_until_ms - 1, interval_ms) + interval_ms;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto interval = [&](std::size_t k) { return SpanStartMs(all[k].first, interval_ms); };
    const bool is_first = i == 0 || interval(i - 1) != interval(i);
    const bool is_last = i + 1 == all.size() || interval(i + 1) != interval(i);
    if (!is_first && !is_last && all[i].first >= whole_ms) continue;
    EXPECT_TRUE(std::binary_search(read.begin(), read.end(), all[i])) << all[i].first;
  }
}

TEST(EndsOfIntervals, AreAllThereWhateverTheIntervalAndWhereverThePointsLie) {
  std::mt19937_64 random = SeededRandom();
  for (int run = 0; run < 20; ++run) {
    const ScratchDir scratch;
    const auto store = OpenStore(scratch.path(), 0, {"host"}, 16 + Below(random, 60));
    std::int64_t ts_ms = static_cast<std::int64_t>(Below(random, kHourMs)) - kHourMs / 2;
    for (int tick = 0; tick < 300; ++tick) {
      ts_ms += static_cast<std::int64_t>(1 + Below(random, Below(random, 20) == 0 ? 5 * kMinuteMs : 30 * kSecondMs));
      std::vector<TestSample> samples;
      for (const char* name : {"a", "b", "c"}) {
        if (Below(random, 4) != 0) samples.push_back({HostSeries(name, "h"), static_cast<double>(tick)});
      }
      if (!samples.empty()) MustAppend(*store, ts_ms, samples);
      if (Below(random, 80) == 0) {
        ASSERT_TRUE(store->Flush().ok());
      }
    }
    const auto view = store->NewView();
    Selection selection = Everything();
    const Contents all = Read(*view, selection).contents;
    std::size_t fewer = 0;
    for (const std::int64_t interval_ms : {kSecondMs, kMinuteMs, 7 * kMinuteMs, kHourMs}) {
      for (const std::int64_t until_ms : {INT64_MIN, ts_ms / 2 + 1, ts_ms}) {
        selection.ends_of_ms = interval_ms;
        selection.all_until_ms = until_ms;
        const Answer ends = Read(*view, selection);
        ASSERT_TRUE(ends.status.ok());
        ASSERT_EQ(ends.contents.size(), all.size());
        for (const auto& [labels, points] : all) {
          ExpectEnds(ends.contents.at(labels), points, interval_ms, until_ms);
          fewer += ends.contents.at(labels).size() < points.size() / 2 ? 1 : 0;
        }
      }
    }
    EXPECT_GT(fewer, 0U);
  }
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

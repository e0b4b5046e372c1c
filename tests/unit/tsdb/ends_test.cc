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

// Columns without gaps, of which only the ends are decoded: a histogram that is reset now and then, gauges, in blocks
// of many intervals, with and without what came before.
TEST(EndsOfIntervals, AreAllThereOfAHistogramThatHasAllItsSamples) {
  std::mt19937_64 random = SeededRandom();
  for (int run = 0; run < 8; ++run) {
    const ScratchDir scratch;
    const auto store = OpenStore(scratch.path(), 0, {"host"}, 60 + Below(random, 60));
    std::vector<SeriesHandle> handles;
    for (const char* bound : {"0.1", "1", "10", "+Inf"}) {
      handles.push_back(store->Intern(MakeLabels({{"__name__", "d_bucket"}, {"host", "h"}, {"le", bound}})));
    }
    handles.push_back(store->Intern(HostSeries("d_count", "h")));
    handles.push_back(store->Intern(HostSeries("up", "h")));
    std::vector<double> values(handles.size(), 0);
    std::int64_t ts_ms = static_cast<std::int64_t>(Below(random, kHourMs));
    const std::int64_t start_ms = ts_ms;
    for (int tick = 0; tick < 400; ++tick) {
      ts_ms += 15 * kSecondMs;
      if (Below(random, 70) == 0) values.assign(values.size(), 0);
      std::vector<double> seen(4);
      for (double& count : seen) count = static_cast<double>(Below(random, 3));
      for (std::size_t i = 1; i < seen.size(); ++i) seen[i] += seen[i - 1];
      for (std::size_t i = 0; i < seen.size(); ++i) values[i] += seen[i];
      values[4] = values[3];
      values[5] = static_cast<double>(Below(random, 4));
      Round round{ts_ms, {}};
      for (std::size_t i = 0; i < handles.size(); ++i) round.samples.push_back({handles[i].get(), values[i]});
      ASSERT_TRUE(store->Append({&round, 1}).ok());
    }
    const auto view = store->NewView();
    for (const std::int64_t from_ms : {INT64_MIN, start_ms + 40 * kMinuteMs + 7}) {
      Selection selection = Everything();
      selection.start_ms = from_ms;
      selection.with_previous = from_ms != INT64_MIN;
      const Contents all = Read(*view, selection).contents;
      ASSERT_EQ(all.size(), handles.size());
      for (const std::int64_t interval_ms : {2 * kMinuteMs, 7 * kMinuteMs, kHourMs}) {
        for (const std::int64_t until_ms : {INT64_MIN, start_ms + 47 * kMinuteMs}) {
          selection.ends_of_ms = interval_ms;
          selection.all_until_ms = until_ms;
          const Answer ends = Read(*view, selection);
          ASSERT_TRUE(ends.status.ok());
          ASSERT_EQ(ends.contents.size(), all.size());
          for (const auto& [labels, points] : all) {
            const std::vector<BitPoint>& read = ends.contents.at(labels);
            ExpectEnds(read, points, interval_ms, until_ms);
            EXPECT_TRUE(std::is_sorted(read.begin(), read.end()));
            EXPECT_EQ(std::adjacent_find(read.begin(), read.end()), read.end());
            if (until_ms == INT64_MIN) {
              EXPECT_LT(read.size(), points.size() * 4 / 5);
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

#include "group.h"

#include <gtest/gtest.h>

#include "base/duration.h"
#include "contents.h"
#include "scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

TEST(GroupKey, TellsValuesApartHoweverTheyAreCut) {
  const std::vector<std::string> names{"a", "b"};
  EXPECT_NE(GroupKey(MakeLabels({{"a", "xy"}, {"b", "z"}}), names),
            GroupKey(MakeLabels({{"a", "x"}, {"b", "yz"}}), names));
  EXPECT_NE(GroupKey(MakeLabels({{"a", "x"}}), names), GroupKey(MakeLabels({{"b", "x"}}), names));
  EXPECT_EQ(GroupKey(MakeLabels({{"a", "x"}, {"c", "1"}}), names),
            GroupKey(MakeLabels({{"a", "x"}, {"c", "2"}}), names));
}

TEST(Groups, TakeAnyNumberOfSeriesOfOneKey) {
  const ScratchDir scratch;
  auto store = OpenStore(scratch.path(), 0, {});
  Contents expected;
  for (std::int64_t ts_ms = 0; ts_ms < 3; ++ts_ms) {
    std::vector<TestSample> samples;
    for (std::size_t i = 0; i < 3 * kGroupSlotsMax + 1; ++i) {
      const Labels labels = HostSeries("m", std::to_string(i));
      samples.push_back({labels, static_cast<double>(i) + 0.25});
      expected[labels].push_back(MakePoint(ts_ms, samples.back().value));
    }
    MustAppend(*store, ts_ms, samples);
  }
  EXPECT_EQ(ReadAll(*store), expected);
  store.reset();
  store = OpenStore(scratch.path(), 0, {});
  EXPECT_EQ(ReadAll(*store), expected);
}

// The group labels are configuration: what an earlier one wrote stays readable, and what follows is taken.
TEST(Groups, MayBeFormedByOtherLabelsLater) {
  const ScratchDir scratch;
  const Labels a = HostSeries("x", "a");
  const Labels b = HostSeries("x", "b");
  Contents expected;
  std::int64_t ts_ms = 0;
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{}, {"host"}, {"__name__"}, {"host", "__name__"}, {}}) {
    const auto store = OpenStore(scratch.path(), 8 * kMinuteMs, names);
    for (int i = 0; i < 10; ++i, ts_ms += 10 * kSecondMs) {
      MustAppend(*store, ts_ms, {{a, 1.0 + i}, {b, 2.0 + i}});
      expected[a].push_back(MakePoint(ts_ms, 1.0 + i));
      expected[b].push_back(MakePoint(ts_ms, 2.0 + i));
    }
    EXPECT_EQ(ReadAll(*store), expected);
    Selection selection = Everything();
    selection.matchers.push_back(Matcher::Equal("host", "b"));
    EXPECT_EQ(Read(*store->NewView(), selection).contents, (Contents{{b, expected[b]}}));
  }
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

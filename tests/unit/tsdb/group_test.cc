#include "catalog/group.h"

#include <gtest/gtest.h>

#include "base/duration.h"
#include "contents.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

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

// They are the program's own: another program's store is left alone.
TEST(Groups, FormedByOtherLabelsStopTheStoreWhichTouchesNothing) {
  const ScratchDir scratch;
  {
    const auto store = OpenStore(scratch.path());
    MustAppend(*store, 0, {{HostSeries("x", "a"), 1}});
    ASSERT_TRUE(store->Flush().ok());
  }
  StoreOptions options = Options(scratch.path());
  options.group_labels = {"job"};
  const auto other = Store::Open(options);
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.status().code(), StatusCode::kUnsupported);
  EXPECT_FALSE(std::filesystem::exists(scratch.path() / "quarantine"));
  EXPECT_EQ(ReadAll(*OpenStore(scratch.path())).size(), 1U);
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

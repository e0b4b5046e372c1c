// The memory of readers that are gone is kept for the next ones, but not all of it.
#include "read_buffers.h"

#include <gtest/gtest.h>

#include <utility>

#include "base/duration.h"
#include "contents.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

TEST(ReadBufferPool, GivesBackWhatItWasGiven) {
  ReadBufferPool pool;
  std::unique_ptr<ReadBuffers> buffers = pool.Take();
  ReadBuffers* const raw = buffers.get();
  pool.Give(std::move(buffers));
  EXPECT_EQ(pool.kept(), 1U);
  EXPECT_EQ(pool.Take().get(), raw);
  EXPECT_EQ(pool.kept(), 0U);
}

TEST(ReadBufferPool, KeepsAFewOnly) {
  ReadBufferPool pool;
  for (std::size_t i = 0; i < ReadBufferPool::kKeptMax + 2; ++i) pool.Give(std::make_unique<ReadBuffers>());
  EXPECT_EQ(pool.kept(), ReadBufferPool::kKeptMax);
}

TEST(ReadBufferPool, KeepsNothingThatIsLarge) {
  for (const bool is_newest : {false, true}) {
    ReadBufferPool pool;
    auto buffers = std::make_unique<ReadBuffers>();
    auto& points = is_newest ? buffers->newest : buffers->points;
    points.resize(2);
    for (PointBuffer& of_series : points) of_series.MakeRoom(ReadBufferPool::kPointsMax / 2);
    pool.Give(std::move(buffers));
    EXPECT_EQ(pool.kept(), 1U);
    buffers = pool.Take();
    (is_newest ? buffers->newest : buffers->points).resize(3);
    (is_newest ? buffers->newest : buffers->points)[2].MakeRoom(1);
    pool.Give(std::move(buffers));
    EXPECT_EQ(pool.kept(), 0U);
  }
}

// What one reader left must not show in what the next one says.
TEST(ReadBufferPool, NoPointOfOneQueryIsSeenInAnother) {
  const ScratchDir scratch;
  const auto store = OpenStore(scratch.path(), 0, {"host"}, 8);
  for (std::int64_t i = 1; i <= 20; ++i) {
    MustAppend(*store, i * kMinuteMs,
               {{HostSeries("x", "a"), 1.0 * static_cast<double>(i)}, {HostSeries("y", "a"), 2}});
    if (i % 3 == 0) MustAppend(*store, i * kMinuteMs + 1, {{HostSeries("x", "b"), -1}});
  }
  const auto view = store->NewView();
  const auto read = [&view](const std::string& host, std::int64_t start_ms, bool with_previous) {
    Selection selection = Everything();
    selection.matchers = {Matcher::Equal("host", host)};
    selection.start_ms = start_ms;
    selection.with_previous = with_previous;
    return Read(*view, selection).contents;
  };
  const Contents a = read("a", INT64_MIN, false);
  const Contents b = read("b", INT64_MIN, false);
  EXPECT_EQ(a.at(HostSeries("x", "a")).size(), 20U);
  EXPECT_EQ(b.at(HostSeries("x", "b")).size(), 6U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(read("a", 19 * kMinuteMs, true).at(HostSeries("y", "a")).size(), 3U);
    EXPECT_EQ(read("b", kDayMs, true).at(HostSeries("x", "b")).size(), 1U);
    EXPECT_EQ(read("b", INT64_MIN, false), b);
    EXPECT_EQ(read("a", INT64_MIN, false), a);
    EXPECT_EQ(read("b", kDayMs, false), Contents{});
  }
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

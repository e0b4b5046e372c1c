#include <gtest/gtest.h>

#include "base/duration.h"
#include "contents.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::int64_t kRetentionMs = 8 * kMinuteMs;  // partitions of a minute

std::size_t Directories(const std::filesystem::path& path) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
}

class Retention : public testing::Test {
 protected:
  Retention() {
    MustAppend(*store_, 0, {{old_, 1}});
    MustAppend(*store_, kMinuteMs, {{steady_, 1}});
    MustAppend(*store_, 2 * kMinuteMs, {{steady_, 2}});
    EXPECT_TRUE(store_->Flush().ok());
  }
  std::uint64_t Expire(std::int64_t now_ms) {
    const auto removed = store_->Expire(now_ms);
    EXPECT_TRUE(removed.ok()) << removed.status().message();
    return removed.ok() ? *removed : 0;
  }

  ScratchDir scratch_;
  std::unique_ptr<Store> store_ = OpenStore(scratch_.path(), kRetentionMs);
  const Labels old_ = HostSeries("x", "old");
  const Labels steady_ = HostSeries("x", "steady");
};

TEST_F(Retention, RemovesAPartitionWhenItsLastSampleCouldBeTooOld) {
  EXPECT_EQ(Expire(kRetentionMs + kMinuteMs - 1), 0U);
  EXPECT_EQ(Expire(kRetentionMs + kMinuteMs), 1U);
  EXPECT_EQ(Directories(scratch_.path() / "raw"), 2U);
  EXPECT_EQ(store_->stats().partitions, 2U);
  EXPECT_EQ(store_->stats().min_ts_ms, kMinuteMs);
  EXPECT_EQ(Expire(kRetentionMs + kMinuteMs), 0U);
  EXPECT_EQ(Expire(kRetentionMs + 10 * kMinuteMs), 2U);
  EXPECT_EQ(Directories(scratch_.path() / "raw"), 0U);
  const StoreStats stats = store_->stats();
  EXPECT_EQ(stats.series, 0U);
  EXPECT_EQ(stats.min_ts_ms, 0);
  EXPECT_EQ(stats.max_ts_ms, 0);
  MustAppend(*store_, 20 * kMinuteMs, {{steady_, 3}});
  EXPECT_EQ(ReadAll(*store_), (Contents{{steady_, {MakePoint(20 * kMinuteMs, 3)}}}));
}

TEST_F(Retention, TakesSeriesOfRemovedPartitionsOffTheLists) {
  EXPECT_EQ(store_->NewView()->LabelValues("host", {}), (std::vector<std::string>{"old", "steady"}));
  EXPECT_EQ(Expire(kRetentionMs + kMinuteMs), 1U);
  const auto view = store_->NewView();
  const std::vector<Matcher> matchers{Matcher::Equal("__name__", "x")};
  EXPECT_EQ(view->LabelValues("host", {}), (std::vector<std::string>{"steady"}));
  EXPECT_EQ(view->LabelValues("host", matchers), (std::vector<std::string>{"steady"}));
  EXPECT_EQ(view->MatchingSeries({}), (std::vector<Labels>{steady_}));
  EXPECT_EQ(store_->stats().series, 1U);
}

TEST_F(Retention, LetsViewsInFlightReadOn) {
  // Reopened, the samples are in tables that the view has yet to open.
  store_.reset();
  store_ = OpenStore(scratch_.path(), kRetentionMs);
  const Contents before = ReadAll(*store_);
  auto view = store_->NewView();
  const auto cursor = view->Select(Everything());
  ASSERT_TRUE(cursor->Next());
  EXPECT_EQ(Expire(kRetentionMs + 10 * kMinuteMs), 3U);
  EXPECT_TRUE(cursor->Next());
  EXPECT_FALSE(cursor->Next());
  EXPECT_TRUE(cursor->status().ok()) << cursor->status().message();
  const Answer again = Read(*view, Everything());
  EXPECT_TRUE(again.status.ok()) << again.status.message();
  EXPECT_EQ(again.contents, before);
  EXPECT_EQ(view->LabelValues("host", {}), (std::vector<std::string>{"old", "steady"}));
  EXPECT_EQ(ReadAll(*store_), Contents{});
  EXPECT_EQ(store_->NewView()->LabelValues("host", {}), std::vector<std::string>{});
  // The same time again, while the files of before are still in use.
  MustAppend(*store_, 500, {{old_, 7}});
  EXPECT_EQ(ReadAll(*store_), (Contents{{old_, {MakePoint(500, 7)}}}));
  EXPECT_EQ(Read(*view, Everything()).contents, before);
  view.reset();
  ASSERT_TRUE(store_->Flush().ok());
  EXPECT_EQ(Expire(0), 0U);
  EXPECT_EQ(Directories(scratch_.path() / "raw"), 1U);
  store_.reset();
  store_ = OpenStore(scratch_.path(), kRetentionMs);
  EXPECT_EQ(ReadAll(*store_), (Contents{{old_, {MakePoint(500, 7)}}}));
}

TEST_F(Retention, OfExpiredPartitionsThatWereReadToTheEndIsDoneAtTheClose) {
  auto view = store_->NewView();
  EXPECT_EQ(Expire(kRetentionMs + 10 * kMinuteMs), 3U);
  EXPECT_EQ(Directories(scratch_.path() / "raw"), 3U);
  view.reset();
  store_.reset();
  EXPECT_EQ(Directories(scratch_.path() / "raw"), 0U);
}

TEST(MaxSize, IsOfTheHistoryItselfAndNotOfWhatElseLiesThere) {
  const ScratchDir scratch;
  StoreOptions options = Options(scratch.path());
  options.retention_ms = kRetentionMs;
  options.max_bytes = 1 << 20;
  auto store = Store::Open(options);
  ASSERT_TRUE(store.ok()) << store.status().message();
  for (std::int64_t minute = 0; minute < 5; ++minute)
    MustAppend(**store, minute * kMinuteMs, {{HostSeries("x", "a"), 1}});
  ASSERT_TRUE((*store)->Flush().ok());
  std::filesystem::create_directories(scratch.path() / "quarantine");
  scratch.Write("quarantine/large", std::string(4 << 20, 'x'));
  EXPECT_EQ(*(*store)->Expire(5 * kMinuteMs), 0U);
  EXPECT_GT((*store)->stats().disk_bytes, 4U << 20);
  store->reset();
  options.max_bytes = 1;
  store = Store::Open(options);
  ASSERT_TRUE(store.ok()) << store.status().message();
  EXPECT_EQ(*(*store)->Expire(5 * kMinuteMs), 4U);
}

TEST(NoRetention, KeepsEverything) {
  const ScratchDir scratch;
  const auto store = OpenStore(scratch.path(), 0);
  MustAppend(*store, 0, {{HostSeries("x", "a"), 1}});
  const auto removed = store->Expire(INT64_MAX);
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(*removed, 0U);
  EXPECT_EQ(ReadAll(*store).size(), 1U);
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

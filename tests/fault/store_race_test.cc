// Everything at once: a writer that closes blocks, seals and expires, readers, statistics, and views that are held.
// Made for the preset tsan (TSAN_OPTIONS=suppressions=tests/tsan.supp); elsewhere it shows that no view is ever torn.
//
// PT_RACE_ROUNDS=n: so many rounds are written.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "base/duration.h"
#include "contents.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr int kRoundsDefault = 3000;
constexpr int kReaders = 3;
constexpr int kManyHosts = 80;       // enough for two threads to read one view
constexpr int kManyHostsShare = 10;  // of the rounds
constexpr int kJumps = 60;
constexpr int kExpiries = 30;
constexpr std::int64_t kStepMs = 1000;
constexpr std::size_t kViewsHeld = 3;

Labels SeriesOf(int host, int metric) {
  return HostSeries("m" + std::to_string(metric) + (metric % 2 == 0 ? "_total" : ""), std::to_string(host));
}

class Race {
 public:
  Race(int rounds, int hosts, int metrics) : rounds_(rounds), hosts_(hosts), metrics_(metrics) {
    StoreOptions options = Options(scratch_.path());
    options.retention_ms = 80 * kMinuteMs;
    options.tiers = {{10'000, 6 * kHourMs}};
    options.block_ticks = 12;
    auto opened = Store::Open(options);
    EXPECT_TRUE(opened.ok());
    if (opened.ok()) store_ = std::move(*opened);
  }

  void Run() {
    std::vector<std::thread> threads;
    threads.emplace_back([this] { Write(); });
    for (int i = 0; i < kReaders; ++i) threads.emplace_back([this, i] { ReadOn(i); });
    threads.emplace_back([this] { Watch(); });
    for (std::thread& thread : threads) thread.join();
    std::cout << rounds_ << " rounds, " << views_ << " views read, " << points_ << " points, "
              << store_->stats().blocks_written << " blocks, " << store_->stats().partitions << " partitions, "
              << expired_ << " expired\n";
    EXPECT_GT(views_, 10U);
    EXPECT_GT(expired_, 0U);
  }

 private:
  void Write() {
    std::vector<SeriesHandle> handles;
    for (int i = 0; i < hosts_ * metrics_; ++i) {
      handles.push_back(store_->Intern(SeriesOf(i / metrics_, i % metrics_)));
    }
    for (int i = 0; i < rounds_; ++i) {
      // Faster and faster through time, so that partitions end.
      ts_ms_ += i % std::max(1, rounds_ / kJumps) == 0 ? 2 * kMinuteMs : kStepMs;
      Round round{ts_ms_, {}};
      for (const SeriesHandle& handle : handles) round.samples.push_back({handle.get(), static_cast<double>(ts_ms_)});
      const auto appended = store_->Append({&round, 1});
      EXPECT_TRUE(appended.ok()) << appended.status().message();
      written_ms_ = ts_ms_;
      if (i % std::max(1, rounds_ / kExpiries) != 0) continue;
      const auto expired = store_->Expire(ts_ms_);
      EXPECT_TRUE(expired.ok()) << expired.status().message();
      if (expired.ok()) expired_ += *expired;
    }
    done_ = true;
  }

  // Views are kept for a while, so that partitions are sealed and go while they are read.
  void ReadOn(int reader) {
    std::vector<std::shared_ptr<const View>> held;
    while (!done_) {
      const std::int64_t written_ms = written_ms_;
      held.push_back(store_->NewView());
      if (held.size() > kViewsHeld) held.erase(held.begin());
      Selection selection = Everything();
      selection.start_ms = written_ms - (reader + 1) * 20 * kMinuteMs;
      selection.resolution_ms = reader == 2 ? 10'000 : 0;
      selection.with_previous = reader == 1;
      ReadOne(*held.back(), selection, written_ms);
      if (views_ % 7 == 0) {
        held.clear();
        EXPECT_LE(store_->NewView()->LabelValues("host", {}).size(), static_cast<std::size_t>(hosts_));
        store_->Intern(SeriesOf(0, static_cast<int>(views_ % 100)));
      }
      ++views_;
    }
  }

  // All series end at the same round, which is not older than what was written before the view.
  void ReadOne(const View& view, const Selection& selection, std::int64_t written_ms) {
    const auto cursor = view.Select(selection);
    std::int64_t last_ms = INT64_MIN;
    int series = 0;
    while (cursor->Next()) {
      ++series;
      std::int64_t before_ms = INT64_MIN;
      for (const Point& point : cursor->points()) {
        EXPECT_GT(point.ts_ms, before_ms);
        EXPECT_EQ(static_cast<double>(point.ts_ms), point.value);
        before_ms = point.ts_ms;
        ++points_;
      }
      if (last_ms == INT64_MIN) last_ms = before_ms;
      EXPECT_EQ(before_ms, last_ms) << "a torn round";
    }
    EXPECT_TRUE(cursor->status().ok()) << cursor->status().message();
    if (written_ms == 0) return;
    EXPECT_EQ(series, hosts_ * metrics_);
    EXPECT_GE(last_ms, written_ms);
  }

  void Watch() {
    std::uint64_t appended = 0;
    while (!done_) {
      const StoreStats stats = store_->stats();
      EXPECT_GE(stats.samples_appended, appended);
      appended = stats.samples_appended;
      std::this_thread::yield();
    }
  }

  const int rounds_;
  const int hosts_;
  const int metrics_;
  const ScratchDir scratch_;
  std::unique_ptr<Store> store_;
  std::int64_t ts_ms_ = 0;
  std::atomic<std::int64_t> written_ms_{0};
  std::atomic<bool> done_{false};
  std::atomic<std::uint64_t> views_{0};
  std::atomic<std::uint64_t> points_{0};
  std::atomic<std::uint64_t> expired_{0};
};

int Rounds() {
  const char* given = std::getenv("PT_RACE_ROUNDS");
  return given != nullptr ? std::atoi(given) : kRoundsDefault;
}

TEST(StoreRace, OfWriterReadersAndExpiryShowsNoTornView) { Race(Rounds(), 5, 6).Run(); }

TEST(StoreRace, OfReadersThatReadAheadShowsNoTornView) { Race(Rounds() / kManyHostsShare, kManyHosts, 2).Run(); }

}  // namespace
}  // namespace proxy_telemetry::tsdb

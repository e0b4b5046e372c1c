#include "bounded_workload.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/duration.h"

namespace proxy_telemetry::tsdb {
namespace {

// Two partitions of ten minutes, of which the first ends, is sealed and expires.
constexpr std::int64_t kStepMs = 50'000;
constexpr std::int64_t kTicks = 18;
constexpr std::int64_t kTicksPerLife = 10;
constexpr std::int64_t kSpanMs = 10 * kMinuteMs;
constexpr std::int64_t kRetentionMs = 8 * kSpanMs;
constexpr std::int64_t kTierMs = 200'000;
constexpr int kHosts = 2;
constexpr int kMetrics = 3;

// The first try of a round and the second differ: which of them is there must be the one that was acknowledged.
double Value(std::int64_t tick, int attempt, int host, int metric) {
  return std::floor(static_cast<double>(tick) * 100 + attempt * 10 + host * 3 + metric);
}

}  // namespace

BoundedWorkload::BoundedWorkload() : env_(scratch_.path() / "aside") {}

StoreOptions BoundedWorkload::OptionsFor() {
  StoreOptions options = Options(scratch_.path() / "store");
  options.retention_ms = kRetentionMs;
  options.tiers = {{kTierMs, 0}};
  options.block_ticks = 4;
  options.env = &env_;
  return options;
}

bool BoundedWorkload::OpenStore() {
  store_.reset();
  auto opened = Store::Open(OptionsFor());
  if (!opened.ok()) {
    ++failed_openings_;
    return false;
  }
  store_ = std::move(*opened);
  refused_here_ = 0;
  return true;
}

void BoundedWorkload::AppendRound(std::int64_t tick) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    std::vector<TestSample> samples;
    for (int host = 0; host < kHosts; ++host) {
      for (int metric = 0; metric < kMetrics; ++metric) {
        samples.push_back(
            {HostSeries("m" + std::to_string(metric), std::to_string(host)), Value(tick, attempt, host, metric)});
      }
    }
    const auto result = tsdb::AppendRound(*store_, tick * kStepMs, samples);
    if (result.ok()) {
      EXPECT_EQ(result->appended, samples.size()) << "tick " << tick;
      acknowledged_[tick] = attempt;
      tries_.erase(tick);
      EXPECT_TRUE(store_->stats().waiting_blocks == 0 || store_->stats().read_only);
      return;
    }
    ++refused_;
    ++refused_here_;
    tries_[tick] = attempt + 1;
    EXPECT_TRUE(store_->stats().read_only);
    EXPECT_GE(store_->stats().append_errors, refused_here_);
    // What was refused is not seen.
    SCOPED_TRACE("after the refusal of tick " + std::to_string(tick));
    CheckContents(*store_, false);
  }
}

void BoundedWorkload::Run() {
  for (std::int64_t tick = 0; tick < kTicks; ++tick) {
    if ((tick % kTicksPerLife == 0 || !store_) && !OpenStore()) continue;
    AppendRound(tick);
  }
  if (!store_ && !OpenStore()) return;
  // The first partition is over for an hour; then it goes.
  for (const std::int64_t now_ms : {kSpanMs + kHourMs, kSpanMs + kHourMs, kSpanMs + kRetentionMs}) {
    // It may have removed it and failed behind that.
    if (now_ms - kRetentionMs > expired_before_ms_) expired_before_ms_ = now_ms - kRetentionMs;
    if (!store_->Expire(now_ms).ok()) ++failed_expiries_;
    SCOPED_TRACE("after expiry at " + std::to_string(now_ms));
    CheckContents(*store_, false);
  }
  store_.reset();
}

void BoundedWorkload::CheckContents(const Store& store, bool is_new) {
  const Answer answer = Read(*store.NewView(), Everything());
  EXPECT_TRUE(answer.status.ok()) << answer.status.message();
  for (std::int64_t tick = 0; tick < kTicks; ++tick) {
    // Of an expired partition only the tier has something left.
    const bool may_be_gone = tick * kStepMs < expired_before_ms_;
    const auto known = acknowledged_.find(tick);
    std::set<int> attempts;
    std::size_t series = 0;
    for (int i = 0; i < kHosts * kMetrics; ++i) {
      const int host = i / kMetrics;
      const int metric = i % kMetrics;
      const auto found = answer.contents.find(HostSeries("m" + std::to_string(metric), std::to_string(host)));
      if (found == answer.contents.end()) continue;
      for (const BitPoint& point : found->second) {
        if (point.first != tick * kStepMs) continue;
        ++series;
        int attempt = 0;
        while (attempt < 2 && point != MakePoint(point.first, Value(tick, attempt, host, metric))) ++attempt;
        EXPECT_LT(attempt, 2) << "a wrong value at tick " << tick;
        attempts.insert(attempt);
      }
    }
    if (may_be_gone) continue;
    EXPECT_TRUE(series == 0 || series == kHosts * kMetrics) << "tick " << tick << " is torn";
    EXPECT_LE(attempts.size(), 1U) << "tick " << tick << " is of two tries";
    if (known != acknowledged_.end()) {
      EXPECT_EQ(attempts, std::set<int>{known->second}) << "tick " << tick << " was acknowledged";
    } else {
      EXPECT_TRUE(is_new || series == 0) << "tick " << tick << " was refused";
      EXPECT_TRUE(series == 0 || tries_.contains(tick)) << "tick " << tick << " was never appended";
    }
  }
}

void BoundedWorkload::Check() {
  store_.reset();
  SCOPED_TRACE("afterwards");
  ASSERT_TRUE(OpenStore());
  EXPECT_EQ(store_->stats().quarantined, 0U);
  EXPECT_EQ(store_->stats().lost_records, 0U);
  CheckContents(*store_, true);
  // It goes on: a round, with its blocks, and what was not expired is then.
  const std::int64_t next_ms = kTicks * kStepMs;
  for (std::int64_t i = 0; i < 8; ++i) {
    MustAppend(*store_, next_ms + i * kStepMs, {{HostSeries("m0", "0"), 1}, {HostSeries("more", "1"), 2}});
  }
  EXPECT_FALSE(store_->stats().read_only);
  const auto expired = store_->Expire(kSpanMs + kRetentionMs);
  EXPECT_TRUE(expired.ok()) << expired.status().message();
  ASSERT_TRUE(store_->Flush().ok());
  EXPECT_EQ(store_->stats().waiting_blocks, 0U);
  ASSERT_TRUE(OpenStore());
  EXPECT_EQ(store_->stats().quarantined, 0U);
  Contents all = ReadAll(*store_);
  EXPECT_EQ(all[HostSeries("m0", "0")].back(), MakePoint(next_ms + 7 * kStepMs, 1));
  EXPECT_EQ(all[HostSeries("more", "1")].back(), MakePoint(next_ms + 7 * kStepMs, 2));
  store_.reset();
}

}  // namespace proxy_telemetry::tsdb

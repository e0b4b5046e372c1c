// A full disk, on a small tmpfs of the test's own: writes fail with a reason, reads go on, and when there is room
// again so do the writes, without reopening the store.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "base/duration.h"
#include "contents.h"
#include "scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::int64_t kRetentionMs = 8 * kDayMs;  // partitions of a day

class FullDisk : public testing::Test {
 protected:
  void SetUp() override {
    // In a mount namespace of this process, so that nothing is left behind however it ends.
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", scratch_.path().c_str(), "tmpfs", 0, "size=48m") != 0) {
      GTEST_SKIP() << "needs to mount a small tmpfs: run it as root (" << std::strerror(errno) << ")";
    }
    mounted_ = true;
    store_ = OpenStore(Path(), kRetentionMs);
  }
  void TearDown() override {
    store_.reset();
    if (mounted_) umount2(scratch_.path().c_str(), MNT_DETACH);
  }

  std::filesystem::path Path() const { return scratch_.path() / "store"; }
  std::filesystem::path Filler() const { return scratch_.path() / "filler"; }

  void Fill() const {
    std::ofstream filler(Filler(), std::ios::binary);
    const std::string block(64 << 10, 'x');
    while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
    std::ofstream rest(Filler().string() + "-rest", std::ios::binary);
    while (rest.put('x').flush()) {
    }
  }
  void Free() const {
    std::filesystem::remove(Filler());
    std::filesystem::remove(Filler().string() + "-rest");
  }

  Result<AppendResult> Append(std::int64_t ts_ms) {
    std::vector<TestSample> samples;
    for (int i = 0; i < 50; ++i) {
      samples.push_back({HostSeries("m" + std::to_string(i), "a"), static_cast<double>(ts_ms + i) / 3});
    }
    auto result = AppendRound(*store_, ts_ms, samples);
    if (result.ok()) {
      for (const TestSample& sample : samples) appended_[sample.labels].push_back(MakePoint(ts_ms, sample.value));
    }
    return result;
  }
  // Appends until the disk has no more; returns why.
  Status AppendUntilFull(std::int64_t& ts_ms) {
    for (int i = 0; i < 10000; ++i) {
      const auto result = Append(ts_ms += 1000);
      if (!result.ok()) return result.status();
    }
    return Status::Ok();
  }

  ScratchDir scratch_;
  bool mounted_ = false;
  std::unique_ptr<Store> store_;
  Contents appended_;
};

TEST_F(FullDisk, FailsWritesServesReadsAndRecoversByItself) {
  std::int64_t ts_ms = 0;
  for (int round = 0; round < 100; ++round) ASSERT_TRUE(Append(ts_ms += 1000).ok());
  for (int times = 0; times < 2; ++times) {
    const std::uint64_t errors_before = store_->stats().append_errors;
    Fill();
    const Status full = AppendUntilFull(ts_ms);
    ASSERT_FALSE(full.ok());
    EXPECT_NE(full.message().find("No space left"), std::string::npos) << full.message();
    EXPECT_EQ(ReadAll(*store_), appended_);
    const auto refused = Append(ts_ms += 1000);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.status().code(), StatusCode::kUnavailable) << refused.status().message();
    EXPECT_EQ(ReadAll(*store_), appended_);
    Free();
    {
      const auto view = store_->NewView();
      EXPECT_FALSE(Append(ts_ms += 1000).ok()) << "a partition that is being read cannot be opened anew";
    }
    EXPECT_EQ(store_->stats().append_errors, errors_before + 3);
    const auto again = Append(ts_ms += 1000);
    ASSERT_TRUE(again.ok()) << again.status().message();
    EXPECT_EQ(again->appended, 50U);
    EXPECT_EQ(ReadAll(*store_), appended_);
    EXPECT_EQ(store_->stats().series, 50U);
  }
  store_.reset();
  store_ = OpenStore(Path(), kRetentionMs);
  EXPECT_EQ(ReadAll(*store_), appended_);
}

TEST_F(FullDisk, ThatStopsANewPartitionIsForgottenWhenThereIsRoom) {
  ASSERT_TRUE(Append(1000).ok());
  Fill();
  const auto failed = Append(kDayMs);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(store_->stats().partitions, 1U);
  EXPECT_EQ(ReadAll(*store_), appended_);
  Free();
  const auto again = Append(kDayMs);
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(ReadAll(*store_), appended_);
  store_.reset();
  store_ = OpenStore(Path(), kRetentionMs);
  EXPECT_EQ(store_->stats().quarantined, 0U);
  EXPECT_EQ(ReadAll(*store_), appended_);
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

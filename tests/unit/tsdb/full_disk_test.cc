// A full disk, on a small tmpfs of the test's own: writes fail with a reason, reads go on, the store opens, and when
// there is room again it writes, without being opened anew.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/duration.h"
#include "contents.h"
#include "env/store_env.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::int64_t kStepMs = 1000;
constexpr std::size_t kBlockTicks = 60;

class FullDisk : public testing::Test {
 protected:
  void SetUp() override {
    // In a mount namespace of this process, so that nothing is left behind however it ends.
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", scratch_.path().c_str(), "tmpfs", 0, "size=24m") != 0) {
      GTEST_SKIP() << "needs to mount a small tmpfs: run it as root (" << std::strerror(errno) << ")";
    }
    mounted_ = true;
    options_ = Options(Path());
    options_.retention_ms = 80 * kMinuteMs;  // partitions of ten minutes
    options_.tiers = {{kMinuteMs, 0}};
    options_.block_ticks = kBlockTicks;
    Open();
  }
  void TearDown() override {
    store_.reset();
    if (mounted_) umount2(scratch_.path().c_str(), MNT_DETACH);
  }

  std::filesystem::path Path() const { return scratch_.path() / "store"; }
  void Open() {
    store_.reset();
    auto opened = Store::Open(options_);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    store_ = std::move(*opened);
  }

  // To the last byte.
  void Fill() const {
    for (const char* name : {"filler", "rest"}) {
      std::ofstream filler(scratch_.path() / name, std::ios::binary | std::ios::app);
      const std::string block(name == std::string("filler") ? 64 << 10 : 1, 'x');
      while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
      }
    }
    ASSERT_EQ(StoreEnv::System().FreeBytes(scratch_.path()), 0U);
  }
  void Free() const {
    for (const char* name : {"filler", "rest"}) std::filesystem::remove(scratch_.path() / name);
  }

  Result<AppendResult> Append() {
    const std::int64_t ts_ms = next_ms_;
    next_ms_ += kStepMs;
    std::vector<TestSample> samples;
    for (int i = 0; i < 50; ++i) {
      samples.push_back(
          {HostSeries("m" + std::to_string(i), std::to_string(i % 3)), static_cast<double>(ts_ms + i) / 3});
    }
    auto result = AppendRound(*store_, ts_ms, samples);
    if (result.ok()) {
      EXPECT_EQ(result->appended, samples.size());
      for (const TestSample& sample : samples) appended_[sample.labels].push_back(MakePoint(ts_ms, sample.value));
    }
    return result;
  }
  void MustAppend(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      const auto result = Append();
      ASSERT_TRUE(result.ok()) << result.status().message();
    }
  }
  // Until the disk has no more; returns why.
  Status AppendUntilFull() {
    for (int i = 0; i < 10000; ++i) {
      const auto result = Append();
      if (!result.ok()) return result.status();
    }
    return Status::Ok();
  }

  ScratchDir scratch_;
  bool mounted_ = false;
  StoreOptions options_;
  std::unique_ptr<Store> store_;
  Contents appended_;
  std::int64_t next_ms_ = 0;
};

TEST_F(FullDisk, TellsHowMuchTheFileSystemHasAndHowMuchIsLeft) {
  MustAppend(1);
  const StoreStats before = store_->stats();
  EXPECT_EQ(before.filesystem_size_bytes, 24U << 20);
  EXPECT_GT(before.filesystem_avail_bytes, 0U);
  EXPECT_LT(before.filesystem_avail_bytes, before.filesystem_size_bytes);
  Fill();
  EXPECT_EQ(store_->stats().filesystem_avail_bytes, 0U);
  EXPECT_EQ(store_->stats().filesystem_size_bytes, 24U << 20);
  Free();
  EXPECT_GT(store_->stats().filesystem_avail_bytes, 0U);
}

TEST_F(FullDisk, FailsWritesServesReadsAndRecoversByItself) {
  MustAppend(100);
  for (int times = 0; times < 3; ++times) {
    const std::uint64_t errors_before = store_->stats().append_errors;
    Fill();
    const Status full = AppendUntilFull();
    ASSERT_FALSE(full.ok());
    EXPECT_NE(full.message().find("No space left"), std::string::npos) << full.message();
    EXPECT_TRUE(store_->stats().read_only);
    EXPECT_EQ(Difference(ReadAll(*store_), appended_), "");
    const auto refused = Append();
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.status().message().find("No space left"), std::string::npos) << refused.status().message();
    EXPECT_EQ(Difference(ReadAll(*store_), appended_), "");
    EXPECT_GE(store_->stats().append_errors, errors_before + 2);
    Free();
    {
      // Also while somebody reads: a partition to be opened anew waits for that, but not the samples.
      const auto view = store_->NewView();
      MustAppend(1);
      EXPECT_FALSE(store_->stats().read_only);
    }
    MustAppend(static_cast<int>(2 * kBlockTicks));
    EXPECT_EQ(Difference(ReadAll(*store_), appended_), "");
    EXPECT_EQ(store_->stats().series, 50U);
  }
  Open();
  EXPECT_EQ(store_->stats().quarantined, 0U);
  EXPECT_EQ(Difference(ReadAll(*store_), appended_), "");
}

TEST_F(FullDisk, IsNoReasonNotToStart) {
  MustAppend(700);
  const auto killed = scratch_.path() / "killed";
  std::filesystem::copy(Path(), killed, std::filesystem::copy_options::recursive);
  Fill();
  for (const auto& path : {Path(), killed}) {
    options_.path = path;
    Open();
    EXPECT_EQ(store_->stats().quarantined, 0U);
    EXPECT_EQ(Difference(ReadAll(*store_), appended_), "") << path;
    const auto refused = Append();
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.status().message().find("No space left"), std::string::npos) << refused.status().message();
    EXPECT_TRUE(store_->stats().read_only);
    // What is expired goes, as that makes room.
    ASSERT_TRUE(store_->Expire(0).ok());
  }
  Free();
  MustAppend(1);
  EXPECT_FALSE(store_->stats().read_only);
  Open();
  EXPECT_EQ(Difference(ReadAll(*store_), appended_), "");
}

TEST_F(FullDisk, IsLeftByTheOldestPartitionsWhenSoTold) {
  // Four partitions of ten minutes each.
  MustAppend(4 * 600);
  ASSERT_TRUE(store_->Flush().ok());
  ASSERT_GE(store_->stats().partitions, 5U);
  Fill();
  const Status full = AppendUntilFull();
  ASSERT_FALSE(full.ok());
  options_.max_bytes = 1;
  Open();
  const auto expired = store_->Expire(next_ms_);
  ASSERT_TRUE(expired.ok()) << expired.status().message();
  EXPECT_GE(*expired, 3U);
  // The newest stays, whatever it takes, and so does what the tier has of the others.
  const Contents left = ReadAll(*store_);
  for (const auto& [labels, points] : appended_) {
    const auto found = left.find(labels);
    ASSERT_NE(found, left.end()) << labels.ToString();
    EXPECT_EQ(found->second.back(), points.back());
    EXPECT_TRUE(std::includes(points.begin(), points.end(), found->second.begin(), found->second.end()));
    EXPECT_LT(found->second.size(), points.size());
  }
  MustAppend(1);
  EXPECT_FALSE(store_->stats().read_only);
}

TEST_F(FullDisk, ThatStopsANewPartitionIsForgottenWhenThereIsRoom) {
  MustAppend(static_cast<int>(kBlockTicks) / 2);
  Fill();
  next_ms_ = 10 * kMinuteMs;
  static_cast<void>(AppendUntilFull().ok());
  EXPECT_EQ(Difference(ReadAll(*store_), appended_), "");
  Free();
  next_ms_ = 20 * kMinuteMs;
  MustAppend(static_cast<int>(2 * kBlockTicks));
  EXPECT_EQ(store_->stats().waiting_blocks, 0U);
  Open();
  EXPECT_EQ(store_->stats().quarantined, 0U);
  EXPECT_EQ(Difference(ReadAll(*store_), appended_), "");
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

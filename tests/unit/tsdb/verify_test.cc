// ExamineStore and RepairStore: every damage is told, nothing is changed by looking, and what is left is right.
#include "tsdb/verify.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "base/duration.h"
#include "directory_bytes.h"
#include "env/store_env.h"
#include "files.h"
#include "import_store.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

namespace fs = std::filesystem;

StoreOptions OptionsOf(const fs::path& path) {
  StoreOptions options = Options(path);
  options.retention_ms = 8 * 10 * kMinuteMs;  // partitions of ten minutes
  options.tiers = {{kMinuteMs, 365 * kDayMs}};
  options.block_ticks = 32;
  return options;
}

std::vector<TestSample> SamplesAt(std::int64_t ts_ms) {
  std::vector<TestSample> samples;
  for (const char* host : {"a", "b", "c"}) {
    samples.push_back({HostSeries("requests_total", host), static_cast<double>(ts_ms / 7)});
    samples.push_back({HostSeries("temperature", host), static_cast<double>(ts_ms % 97) / 8});
  }
  return samples;
}

Result<StoreFacts> Examine(const fs::path& path, ExamineDepth depth = ExamineDepth::kEverything) {
  return ExamineStore(OptionsOf(path), depth, [](const ExamineProgress&) {});
}

bool IsSound(const StoreFacts& facts) {
  return std::none_of(facts.findings.begin(), facts.findings.end(),
                      [](const Finding& finding) { return finding.kind != FindingKind::kNote; });
}

class Examination : public testing::Test {
 protected:
  static constexpr std::int64_t kTicks = 250;
  Examination() {
    // Two partitions by an import, and on top of them a third one and rows in the log.
    std::vector<ImportedSeries> file;
    for (std::int64_t i = 0; i < 200; ++i) {
      for (const TestSample& sample : SamplesAt(i * 6000)) file.push_back({sample.labels, {{i * 6000, sample.value}}});
    }
    EXPECT_TRUE(Import(OptionsOf(original_), file).ok());
    const auto store = Store::Open(OptionsOf(original_));
    for (std::int64_t i = 200; i < kTicks; ++i) MustAppend(**store, i * 6000, SamplesAt(i * 6000));
    all_ = ReadAll(**store);
  }
  fs::path Copy() {
    fs::remove_all(scratch_.path() / "copy");
    fs::copy(original_, scratch_.path() / "copy", fs::copy_options::recursive);
    return scratch_.path() / "copy";
  }
  static std::vector<fs::path> FilesOf(const fs::path& path) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (entry.is_regular_file() && entry.path().filename() != "LOCK") files.push_back(entry.path());
    }
    return files;
  }
  // What is read after a repair was there before.
  void ExpectPart(const Contents& part, const std::string& what) {
    for (const auto& [labels, points] : part) {
      const auto found = all_.find(labels);
      ASSERT_NE(found, all_.end()) << what;
      EXPECT_TRUE(std::includes(found->second.begin(), found->second.end(), points.begin(), points.end())) << what;
    }
  }

  const ScratchDir scratch_;
  const fs::path original_ = scratch_.path() / "original";
  Contents all_;
};

TEST_F(Examination, CountsWhatIsThereAndChangesNothing) {
  const auto before = BytesOf(original_);
  for (const ExamineDepth depth : {ExamineDepth::kOpen, ExamineDepth::kEverything}) {
    const auto facts = Examine(original_, depth);
    ASSERT_TRUE(facts.ok()) << facts.status().message();
    EXPECT_TRUE(facts->findings.empty());
    EXPECT_EQ(facts->series, 6U);
    std::uint64_t raw = facts->log.samples;
    for (const PartitionFacts& partition : facts->partitions) {
      EXPECT_TRUE(partition.is_open);
      if (partition.resolution_ms == 0) raw += partition.samples;
    }
    EXPECT_EQ(raw, 6U * kTicks);
    EXPECT_GT(facts->log.samples, 0U);
    EXPECT_TRUE(facts->quarantine.empty());
    EXPECT_EQ(facts->bytes, DirectoryBytes(StoreEnv::System(), original_));
  }
  EXPECT_EQ(BytesOf(original_), before);
}

TEST_F(Examination, OfAStoreThatIsOpenOrIsNoneFails) {
  const auto store = Store::Open(OptionsOf(original_));
  ASSERT_TRUE(store.ok());
  EXPECT_EQ(Examine(original_).status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(Examine(scratch_.path() / "nothing").status().code(), StatusCode::kNotFound);
  EXPECT_EQ(Examine(scratch_.path()).status().code(), StatusCode::kNotFound);
  EXPECT_FALSE(fs::exists(scratch_.path() / "LOCK"));
}

// Whatever bit flips: it is told, or nothing is lost by it. Looking changes nothing, repairing ends it.
TEST_F(Examination, TellsEveryDamageAndTheRepairEndsIt) {
  std::size_t told = 0;
  std::size_t harmless = 0;
  for (const fs::path& file : FilesOf(original_)) {
    const fs::path name = file.lexically_relative(original_);
    const auto size = static_cast<std::size_t>(fs::file_size(file));
    for (std::size_t i = 0; i < std::min<std::size_t>(size, 12); ++i) {
      const std::size_t offset = i * size / std::min<std::size_t>(size, 12);
      const std::string what = name.string() + " at " + std::to_string(offset);
      const fs::path path = Copy();
      {
        std::fstream stream(path / name, std::ios::in | std::ios::out | std::ios::binary);
        stream.seekg(static_cast<std::streamoff>(offset));
        const auto byte = static_cast<char>(stream.get() ^ 0x10);
        stream.seekp(static_cast<std::streamoff>(offset));
        stream.put(byte);
      }
      const auto damaged = BytesOf(path);
      const auto facts = Examine(path);
      ASSERT_TRUE(facts.ok()) << what << ": " << facts.status().message();
      ASSERT_EQ(BytesOf(path), damaged) << what;
      ++(IsSound(*facts) ? harmless : told);
      if (!IsSound(*facts)) {
        const Status repaired = RepairStore(OptionsOf(path), *facts);
        const bool is_newer = repaired.code() == StatusCode::kUnsupported;  // that version number is not ours
        ASSERT_TRUE(repaired.ok() || is_newer) << what << ": " << repaired.message();
        if (is_newer) continue;
        const auto again = Examine(path);
        ASSERT_TRUE(again.ok());
        EXPECT_TRUE(IsSound(*again)) << what << ": " << again->findings.front().what;
      }
      const auto store = Store::Open(OptionsOf(path));
      ASSERT_TRUE(store.ok()) << what << ": " << store.status().message();
      const Answer answer = Read(*(*store)->NewView(), Everything());
      EXPECT_TRUE(answer.status.ok()) << what;
      ExpectPart(answer.contents, what);
      EXPECT_TRUE(!IsSound(*facts) || answer.contents == all_) << what;
    }
  }
  std::cout << told << " flipped bits told, " << harmless << " without consequence\n";
  EXPECT_GT(told, 20U);
}

TEST_F(Examination, TellsFilesThatAreGoneOrCut) {
  for (const fs::path& file : FilesOf(original_ / "raw")) {
    const fs::path name = file.lexically_relative(original_);
    for (const bool cut : {true, false}) {
      const fs::path path = Copy();
      if (cut) {
        fs::resize_file(path / name, fs::file_size(file) / 2);
      } else {
        fs::remove(path / name);
      }
      const auto facts = Examine(path);
      ASSERT_TRUE(facts.ok()) << facts.status().message();
      const bool is_harmless = name.filename() == "SEAL" || fs::file_size(file) == 0;
      EXPECT_TRUE(!IsSound(*facts) || is_harmless) << name << (cut ? " cut" : " gone");
    }
  }
}

TEST(TiersOnDisk, AreThoseWithPartitions) {
  const ScratchDir scratch;
  for (const char* name : {"raw/1", "300s/1", "3600s/1", "450s/1", "7200s", "xs/1", "0s/1", "-5s/1"}) {
    fs::create_directories(scratch.path() / name);
  }
  const std::vector<TierOptions> tiers = TiersOnDisk(scratch.path());
  ASSERT_EQ(tiers.size(), 2U);
  EXPECT_EQ(tiers[0].resolution_ms, 300'000);
  EXPECT_EQ(tiers[1].resolution_ms, 3'600'000);
}

TEST_F(Examination, TellsOfAPartitionThatIsOfAnotherTier) {
  const fs::path tier = original_ / "60s";
  const fs::path raw = fs::directory_iterator(original_ / "raw")->path();
  fs::copy(raw, tier / raw.filename(), fs::copy_options::recursive);
  const auto facts = Examine(original_);
  ASSERT_TRUE(facts.ok()) << facts.status().message();
  const auto told = std::find_if(facts->findings.begin(), facts->findings.end(), [&](const Finding& finding) {
    return finding.kind == FindingKind::kDamage && finding.path == tier / raw.filename();
  });
  ASSERT_NE(told, facts->findings.end());
  EXPECT_EQ(told->what, "its superblock is of another tier");
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

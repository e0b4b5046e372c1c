// Damaged files: the store opens whatever is broken, and never returns a value that was not appended.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>

#include "base/duration.h"
#include "contents.h"
#include "scratch_dir.h"
#include "superblock.h"

namespace proxy_telemetry::tsdb {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kRetentionMs = 8 * kMinuteMs;  // partitions of a minute
constexpr std::size_t kFlips = 64;

std::string ReadBytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteBytes(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// Two partitions; the newer one's samples are in its log, the older one's in a table.
class Damage : public testing::Test {
 protected:
  void SetUp() override {
    for (const std::int64_t half : {0, 1}) {
      auto store = OpenStore(Whole(), kRetentionMs);
      for (std::int64_t ts_ms = half * kMinuteMs; ts_ms < (half + 1) * kMinuteMs; ts_ms += 500) {
        std::vector<TestSample> samples;
        for (int i = 0; i < 8; ++i) {
          const Labels labels = HostSeries("m" + std::to_string(i % 4), std::to_string(i / 4));
          samples.push_back({labels, static_cast<double>(ts_ms * (i + 1)) / 7});
          appended_[labels].push_back(MakePoint(ts_ms, samples.back().value));
        }
        MustAppend(*store, ts_ms, samples);
      }
    }
    // Opened and closed, the log of the older one has become a table, but the newer's stays a log for this test.
    fs::copy(Whole(), scratch_.path() / "kept", fs::copy_options::recursive);
    {
      const auto store = OpenStore(Whole(), kRetentionMs);
    }
    fs::remove_all(Whole() / "partitions" / kNewer);
    fs::copy(scratch_.path() / "kept" / "partitions" / kNewer, Whole() / "partitions" / kNewer,
             fs::copy_options::recursive);
    ASSERT_FALSE(FilesOf(kOlder, ".ldb").empty());
    ASSERT_FALSE(FilesOf(kNewer, ".log").empty());
  }

  fs::path Whole() const { return scratch_.path() / "whole"; }
  std::vector<fs::path> FilesOf(const char* partition, const std::string& part_of_name) const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(Whole() / "partitions" / partition)) {
      const std::string name = entry.path().filename();
      if (name.find(part_of_name) != std::string::npos && entry.file_size() > 0) {
        files.push_back(fs::path("partitions") / partition / name);
      }
    }
    return files;
  }

  struct Outcome {
    std::string what;
    std::size_t lost = 0;  // points that are missing
    bool told = false;     // by the cursor or the counter of partitions set aside
  };
  // Opens a damaged copy and checks all that must hold whatever the damage is.
  Outcome OpenDamaged(const std::string& what, const std::function<void(const fs::path& store)>& damage) const {
    SCOPED_TRACE(what);
    const fs::path path = scratch_.path() / "damaged";
    fs::remove_all(path);
    fs::copy(Whole(), path, fs::copy_options::recursive);
    damage(path);
    Outcome outcome{what};
    auto store = OpenStore(path, kRetentionMs);
    if (!store) return outcome;
    const Answer answer = Read(*store->NewView(), Everything());
    outcome.told = store->stats().quarantined > 0 || !answer.status.ok();
    outcome.lost = MissingFrom(answer.contents);
    // It goes on taking samples and keeps them.
    const Labels fresh = HostSeries("m0", "0");
    MustAppend(*store, 2 * kMinuteMs, {{fresh, 42}});
    store.reset();
    store = OpenStore(path, kRetentionMs);
    if (store) {
      EXPECT_EQ(Read(*store->NewView(), Everything()).contents[fresh].back(), MakePoint(2 * kMinuteMs, 42));
    }
    return outcome;
  }
  std::size_t MissingFrom(const Contents& contents) const {
    std::size_t missing = 0;
    for (const auto& [labels, points] : contents) EXPECT_TRUE(appended_.contains(labels)) << labels.ToString();
    for (const auto& [labels, points] : appended_) {
      const auto found = contents.find(labels);
      const std::vector<BitPoint> read = found == contents.end() ? std::vector<BitPoint>() : found->second;
      EXPECT_TRUE(std::includes(points.begin(), points.end(), read.begin(), read.end()))
          << labels.ToString() << " has a point that was never appended";
      missing += points.size() - std::min(points.size(), read.size());
    }
    return missing;
  }

  // Flips one bit at evenly spread offsets of each file; returns what came of it.
  std::vector<Outcome> FlipIn(const std::vector<fs::path>& files) const {
    std::vector<Outcome> outcomes;
    for (const fs::path& file : files) {
      const std::string good = ReadBytes(Whole() / file);
      for (std::size_t i = 0; i < kFlips; ++i) {
        const std::size_t offset = i * good.size() / kFlips;
        outcomes.push_back(OpenDamaged(file.string() + " byte " + std::to_string(offset), [&](const fs::path& store) {
          std::string bad = good;
          bad[offset] = static_cast<char>(bad[offset] ^ (1 << (i % 8)));
          WriteBytes(store / file, bad);
        }));
      }
    }
    return outcomes;
  }
  static std::size_t Silent(const std::vector<Outcome>& outcomes, const char* what) {
    std::size_t lossy = 0;
    std::size_t silent = 0;
    for (const Outcome& outcome : outcomes) {
      if (outcome.lost > 0) ++lossy;
      if (outcome.lost == 0 || outcome.told) continue;
      ++silent;
      std::cout << "  silent: " << outcome.what << ", " << outcome.lost << " samples\n";
    }
    std::cout << what << ": " << outcomes.size() << " damaged, " << lossy << " lost samples, " << silent
              << " of them silently\n";
    return silent;
  }

  static constexpr const char* kOlder = "0-60000";
  static constexpr const char* kNewer = "60000-120000";
  ScratchDir scratch_;
  Contents appended_;
};

TEST_F(Damage, OfNothingLosesNothing) {
  const Outcome outcome = OpenDamaged("nothing", [](const fs::path&) {});
  EXPECT_EQ(outcome.lost, 0U);
  EXPECT_FALSE(outcome.told);
}

TEST_F(Damage, OfABitInATableIsTold) { EXPECT_EQ(Silent(FlipIn(FilesOf(kOlder, ".ldb")), "tables"), 0U); }

TEST_F(Damage, OfABitInALogNeverGivesAWrongValue) { Silent(FlipIn(FilesOf(kNewer, ".log")), "logs"); }

TEST_F(Damage, OfABitInAManifestNeverGivesAWrongValue) {
  std::vector<fs::path> manifests = FilesOf(kOlder, "MANIFEST");
  for (const fs::path& file : FilesOf(kNewer, "MANIFEST")) manifests.push_back(file);
  Silent(FlipIn(manifests), "manifests");
}

TEST_F(Damage, OfABitInCurrentIsTold) { EXPECT_EQ(Silent(FlipIn(FilesOf(kOlder, "CURRENT")), "CURRENT"), 0U); }

TEST_F(Damage, OfABitInASuperblockIsTold) {
  EXPECT_EQ(Silent(FlipIn(FilesOf(kOlder, kSuperblockName)), "superblocks"), 0U);
}

TEST_F(Damage, ByMissingFilesIsTold) {
  std::vector<Outcome> outcomes;
  for (const char* partition : {kOlder, kNewer}) {
    for (const char* part_of_name : {"CURRENT", "MANIFEST", kSuperblockName, ".ldb"}) {
      for (const fs::path& file : FilesOf(partition, part_of_name)) {
        outcomes.push_back(
            OpenDamaged(file.string() + " removed", [&](const fs::path& store) { fs::remove(store / file); }));
        EXPECT_TRUE(outcomes.back().told) << file;
      }
    }
  }
  outcomes.push_back(OpenDamaged("an emptied directory", [](const fs::path& store) {
    for (const auto& entry : fs::directory_iterator(store / "partitions" / kOlder)) fs::remove(entry.path());
  }));
  EXPECT_TRUE(outcomes.back().told);
  EXPECT_EQ(Silent(outcomes, "missing files"), 0U);
}

TEST_F(Damage, ByEmptiedCutOrZeroedFilesNeverGivesAWrongValue) {
  std::vector<Outcome> outcomes;
  for (const char* partition : {kOlder, kNewer}) {
    for (const char* part_of_name : {"CURRENT", "MANIFEST", kSuperblockName, ".ldb", ".log"}) {
      for (const fs::path& file : FilesOf(partition, part_of_name)) {
        const std::string good = ReadBytes(Whole() / file);
        for (const std::size_t cut : {std::size_t{1}, std::size_t{3}, std::size_t{7}, std::size_t{4096}, good.size()}) {
          if (cut > good.size()) continue;
          const std::string what = file.string() + " " + std::to_string(cut) + " bytes ";
          const std::string rest = good.substr(0, good.size() - cut);
          outcomes.push_back(OpenDamaged(what + "cut", [&](const fs::path& store) { WriteBytes(store / file, rest); }));
          outcomes.push_back(OpenDamaged(what + "zeroed", [&](const fs::path& store) {
            WriteBytes(store / file, rest + std::string(cut, '\0'));
          }));
        }
      }
    }
  }
  Silent(outcomes, "cut and zeroed files");
}

// LevelDB told to create would start empty here and delete the tables.
TEST_F(Damage, ByALostCurrentKeepsTheTables) {
  const fs::path path = scratch_.path() / "lost";
  fs::copy(Whole(), path, fs::copy_options::recursive);
  const std::vector<fs::path> tables = FilesOf(kOlder, ".ldb");
  fs::remove(path / "partitions" / kOlder / "CURRENT");
  const auto store = OpenStore(path, kRetentionMs);
  EXPECT_EQ(store->stats().quarantined, 1U);
  for (const fs::path& table : tables) {
    EXPECT_EQ(ReadBytes(path / "quarantine" / kOlder / table.filename()), ReadBytes(Whole() / table));
  }
  Contents newer;
  for (const auto& [labels, points] : appended_) {
    for (const BitPoint& point : points) {
      if (point.first >= kMinuteMs) newer[labels].push_back(point);
    }
  }
  EXPECT_EQ(ReadAll(*store), newer);
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

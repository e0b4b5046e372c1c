// Damaged files: the store opens whatever is broken, never returns a value that was not appended, says that something
// is lost, and goes on.
//
// After a clean end all loss is told. After kill -9 no seal says what the newest files were: there, a log that is cut
// is like one of which the last writes never came to the disk, and whole rounds may be missing from its end.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <random>

#include "base/duration.h"
#include "contents.h"
#include "damaged_store.h"
#include "seed.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFlips = 64;
constexpr const char* kFolders[] = {kPast, kRecent, kNewest, kTier, kHead};
constexpr const char* kKinds[] = {".ldb", ".log", "MANIFEST", "CURRENT", "SUPERBLOCK", "SEAL"};

class Damage : public testing::TestWithParam<End> {
 protected:
  static void SetUpTestSuite() {
    if (store_ == nullptr) store_ = new DamagedStore();
  }

  static std::vector<fs::path> AllFiles(const std::string& kind) {
    std::vector<fs::path> files;
    for (const char* folder : kFolders) {
      for (fs::path& file : store_->Files(GetParam(), folder, kind)) files.push_back(std::move(file));
    }
    return files;
  }
  static std::string Name() { return GetParam() == End::kClosed ? "closed" : "killed"; }

  // What may be silent: see above.
  static void ExpectTold(const std::vector<Outcome>& outcomes, const std::string& what) {
    const std::size_t silent = Silent(outcomes, Name() + ", " + what);
    EXPECT_TRUE(silent == 0 || GetParam() == End::kKilled) << silent << " were silent";
    for (const Outcome& outcome : outcomes) {
      if (outcome.told || outcome.lost == 0) continue;
      EXPECT_TRUE(outcome.file.ends_with(".log")) << outcome.what;
      EXPECT_TRUE(outcome.whole) << outcome.what;
      EXPECT_TRUE(outcome.from_the_end || !outcome.file.starts_with(kHead)) << outcome.what;
    }
  }

  static DamagedStore* store_;  // lives to the end: made once for all tests
};

DamagedStore* Damage::store_ = nullptr;

TEST_P(Damage, OfNothingLosesNothing) {
  const Outcome outcome = store_->Open(GetParam(), "nothing", [](const fs::path&) {});
  EXPECT_EQ(outcome.lost, 0U);
  EXPECT_FALSE(outcome.told);
  EXPECT_EQ(outcome.repaired, 0U);
  // The tests below are about files of every kind.
  for (const char* kind : kKinds) EXPECT_FALSE(AllFiles(kind).empty()) << kind;
  std::cout << Name() << ": " << store_->samples() << " samples\n";
  for (const auto& file : store_->Files(GetParam(), ".", "")) {
    std::cout << "  " << file.string() << ' ' << store_->Content(GetParam(), file).size() << '\n';
  }
}

TEST_P(Damage, OfABit) {
  for (const char* kind : kKinds) {
    std::vector<Outcome> outcomes;
    for (const fs::path& file : AllFiles(kind)) {
      const std::string good = store_->Content(GetParam(), file);
      const std::size_t flips = std::min(kFlips, good.size());
      for (std::size_t i = 0; i < flips; ++i) {
        const std::size_t offset = i * good.size() / flips;
        std::string bad = good;
        bad[offset] = static_cast<char>(bad[offset] ^ (1 << (i % 8)));
        outcomes.push_back(store_->Open(GetParam(), "flipped at " + std::to_string(offset), file, bad));
      }
    }
    ExpectTold(outcomes, std::string("a bit of ") + kind);
  }
}

TEST_P(Damage, OfTheEnd) {
  for (const char* kind : kKinds) {
    std::vector<Outcome> outcomes;
    for (const fs::path& file : AllFiles(kind)) {
      const std::string good = store_->Content(GetParam(), file);
      for (const std::size_t bytes : {std::size_t{1}, std::size_t{7}, std::size_t{4096}, good.size()}) {
        if (bytes > good.size() || bytes == 0) continue;
        const std::string rest = good.substr(0, good.size() - bytes);
        const std::string what = std::to_string(bytes) + " bytes ";
        outcomes.push_back(store_->Open(GetParam(), what + "cut", file, rest));
        outcomes.push_back(store_->Open(GetParam(), what + "zeroed", file, rest + std::string(bytes, '\0')));
      }
    }
    ExpectTold(outcomes, std::string("the end of ") + kind);
  }
}

TEST_P(Damage, ByRemoval) {
  for (const char* kind : kKinds) {
    std::vector<Outcome> outcomes;
    for (const fs::path& file : AllFiles(kind)) {
      outcomes.push_back(store_->Open(GetParam(), file.string() + " removed",
                                      [&file](const fs::path& store) { fs::remove(store / file); }));
      outcomes.back().file = file.string();
    }
    ExpectTold(outcomes, std::string("removed ") + kind);
  }
}

// Of one kind: what is in one file is sound, but not what belongs there.
TEST_P(Damage, ByExchange) {
  for (const char* kind : kKinds) {
    std::vector<Outcome> outcomes;
    const std::vector<fs::path> files = AllFiles(kind);
    for (std::size_t i = 0; i < files.size(); ++i) {
      for (std::size_t k = i + 1; k < files.size(); ++k) {
        outcomes.push_back(store_->Open(GetParam(), files[i].string() + " and " + files[k].string() + " exchanged",
                                        [&](const fs::path& store) {
                                          WriteBytes(store / files[i], store_->Content(GetParam(), files[k]));
                                          WriteBytes(store / files[k], store_->Content(GetParam(), files[i]));
                                        }));
        outcomes.back().file = files[i].string();
      }
    }
    ExpectTold(outcomes, std::string("exchanged ") + kind);
  }
}

// Some bytes at several places of several files.
TEST_P(Damage, OfManyBytes) {
  constexpr int kTries = 150;
  std::mt19937_64 random = SeededRandom();
  const std::vector<fs::path> files = store_->Files(GetParam(), ".", "");
  std::vector<Outcome> outcomes;
  for (int i = 0; i < kTries; ++i) {
    outcomes.push_back(store_->Open(GetParam(), "try " + std::to_string(i), [&](const fs::path& store) {
      for (std::uint64_t places = 1 + Below(random, 5); places > 0; --places) {
        const fs::path& file = files[Below(random, files.size())];
        std::string bytes = store_->Content(GetParam(), file);
        const std::size_t begin = bytes.empty() ? 0 : Below(random, bytes.size());
        const std::size_t end = std::min<std::size_t>(bytes.size(), begin + 1 + Below(random, 40));
        for (std::size_t at = begin; at < end; ++at) bytes[at] = static_cast<char>(random());
        WriteBytes(store / file, bytes);
      }
    }));
    // One of them may have been a log.
    outcomes.back().file = ".log";
  }
  ExpectTold(outcomes, "many bytes");
}

// LevelDB would allocate what they tell.
TEST_P(Damage, OfTheFootersOfTables) {
  std::vector<Outcome> outcomes;
  for (const fs::path& file : store_->Files(GetParam(), ".", ".ldb")) {
    for (const std::size_t at : {48U, 44U, 40U, 30U}) {
      std::string bytes = store_->Content(GetParam(), file);
      ASSERT_GT(bytes.size(), 48U);
      bytes.replace(bytes.size() - at, 9, "\xff\xff\xff\xff\xff\xff\xff\xff\x7f");
      outcomes.push_back(store_->Open(GetParam(), "a footer of large sizes", file, bytes));
    }
  }
  ASSERT_FALSE(outcomes.empty());
  ExpectTold(outcomes, "footers");
}

TEST_P(Damage, OfWholeDirectories) {
  std::vector<Outcome> outcomes;
  for (const char* folder : kFolders) {
    outcomes.push_back(store_->Open(GetParam(), std::string(folder) + " emptied", [folder](const fs::path& store) {
      for (const auto& entry : fs::recursive_directory_iterator(store / folder)) {
        if (entry.is_regular_file()) fs::remove(entry.path());
      }
    }));
  }
  ExpectTold(outcomes, "directories");
}

INSTANTIATE_TEST_SUITE_P(OfAStore, Damage, testing::Values(End::kClosed, End::kKilled),
                         [](const auto& tested) { return tested.param == End::kClosed ? "Closed" : "Killed"; });

// What follows a group's first block is read from where all of it is, not from a tier that has some of it.
TEST(DamageWithTiers, OfAGroupsFirstBlockTakesNoLaterSampleAway) {
  constexpr std::int64_t kRounds = 30000;
  std::mt19937_64 random = SeededRandom();
  const ScratchDir scratch;
  StoreOptions options = Options(scratch.path());
  options.block_ticks = 16;
  options.tiers = {{kMinuteMs, 0}};
  const auto store = Store::Open(options);
  ASSERT_TRUE(store.ok());
  std::vector<Round> rounds;
  const SeriesHandle series = (*store)->Intern(HostSeries("x", "h"));
  for (std::int64_t i = 1; i <= kRounds; ++i) {
    rounds.push_back({i * 10 * kSecondMs, {{series.get(), static_cast<double>(random() >> 12U)}}});
  }
  ASSERT_TRUE((*store)->Append(rounds).ok());
  ASSERT_TRUE((*store)->Flush().ok());
  ASSERT_TRUE((*store)->Expire(100 * kDayMs).ok());  // a partition that is over is a table
  std::size_t spoiled = 0;
  for (const auto& entry : fs::recursive_directory_iterator(scratch.path() / "raw")) {
    const bool is_first = entry.path().parent_path().filename().string().starts_with("0-");
    if (!is_first || entry.path().extension() != ".ldb") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file << std::string(64, '\x55');
    ++spoiled;
  }
  ASSERT_GT(spoiled, 0U);
  Selection selection = Everything();
  selection.start_ms = 0;
  selection.end_ms = kRounds * 10 * kSecondMs;
  const Answer answer = Read(*(*store)->NewView(), selection);
  EXPECT_EQ(answer.status.code(), StatusCode::kCorruption);
  const std::vector<BitPoint>& points = answer.contents.at(HostSeries("x", "h"));
  const std::int64_t middle_ms = kRounds / 2 * 10 * kSecondMs;
  const auto late = std::count_if(points.begin(), points.end(), [](const BitPoint& p) { return p.first > middle_ms; });
  EXPECT_EQ(late, kRounds / 2);
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

// Imports that are cut off: afterwards the store has all of it or nothing, and no rest on the disk.
#include <gtest/gtest.h>

#include <iostream>

#include "base/duration.h"
#include "bulk/swap.h"
#include "fault_env.h"
#include "import_store.h"
#include "seed.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

namespace fs = std::filesystem;

StoreOptions OptionsOf(const fs::path& path, StoreEnv* env = nullptr) {
  StoreOptions options = Options(path);
  options.retention_ms = 8 * kMinuteMs;  // partitions of a minute
  options.tiers = {{10 * kSecondMs, 365 * kDayMs}};
  options.block_ticks = 16;
  options.env = env;
  return options;
}

std::vector<ImportedSeries> File(const std::string& host, double value) {
  std::vector<ImportedSeries> file;
  for (const char* metric : {"requests_total", "temperature"}) {
    file.push_back({HostSeries(metric, host), {}});
    for (std::int64_t ts_ms = 0; ts_ms < 150'000; ts_ms += 5000) file.back().points.push_back({ts_ms, value});
  }
  return file;
}

void ExpectNoRest(const fs::path& path) {
  EXPECT_FALSE(fs::exists(path / kImportFolder));
  EXPECT_FALSE(fs::exists(path / kSwapName));
  EXPECT_FALSE(fs::exists(path / "quarantine"));
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    EXPECT_EQ(entry.path().filename().string().find("trash-"), std::string::npos) << entry.path();
  }
}

class ImportThatIsCutOff : public testing::Test {
 protected:
  ImportThatIsCutOff() {
    const auto first = Import(OptionsOf(original_), File("a", 1));
    EXPECT_TRUE(first.ok()) << first.status().message();
    MergeInto(before_, File("a", 1));
    after_ = before_;
    MergeInto(after_, Second());
  }
  // Into partitions that are there, and one more.
  static std::vector<ImportedSeries> Second() {
    std::vector<ImportedSeries> file = File("a", 2);
    for (ImportedSeries& series : file) series.points.push_back({200'000, 2});
    const std::vector<ImportedSeries> other = File("b", 3);
    file.insert(file.end(), other.begin(), other.end());
    return file;
  }
  fs::path Copy() {
    fs::remove_all(scratch_.path() / "copy");
    fs::copy(original_, scratch_.path() / "copy", fs::copy_options::recursive);
    return scratch_.path() / "copy";
  }
  // True when the second import is there, false when it is not; anything else fails the test.
  bool HasSecond(const fs::path& path) {
    const auto store = Store::Open(OptionsOf(path));
    EXPECT_TRUE(store.ok()) << store.status().message();
    if (!store.ok()) return false;
    const Contents read = ReadAll(**store);
    if (read == before_) return false;
    EXPECT_EQ(Difference(read, after_), "");
    return true;
  }

  const ScratchDir scratch_;
  const fs::path original_ = scratch_.path() / "original";
  Contents before_;
  Contents after_;
};

TEST_F(ImportThatIsCutOff, BeforeItsCommitLeavesTheStoreAsItWas) {
  const fs::path path = Copy();
  const fs::path killed = scratch_.path() / "killed";
  {
    const auto importer = Importer::Begin(OptionsOf(path));
    ASSERT_TRUE(importer.ok());
    for (const ImportedSeries& series : Second()) {
      ASSERT_TRUE((*importer)->Add((*importer)->AddSeries(series.labels), series.points).ok());
    }
    fs::copy(path, killed, fs::copy_options::recursive);
  }
  ASSERT_TRUE(fs::exists(killed / kImportFolder));
  EXPECT_FALSE(HasSecond(killed));
  ExpectNoRest(killed);
}

TEST_F(ImportThatIsCutOff, ByAFailureIsThereWholeOrNotAtAll) {
  const ScratchDir aside;
  FaultEnv env(aside.path());
  std::uint64_t operations = 0;
  std::uint64_t cuts = 0;
  std::uint64_t taken = 0;
  do {
    const fs::path path = Copy();
    env.FailFrom(++cuts, FaultEnv::Error::kNoSpace);
    const bool ok = Import(OptionsOf(path, &env), Second()).ok();
    operations = env.operations();
    env.StopFailing();
    const bool has_second = HasSecond(path);
    EXPECT_TRUE(has_second || !ok) << "failing from operation " << cuts;
    taken += has_second ? 1 : 0;
    ExpectNoRest(path);
  } while (cuts <= operations && cuts < 5000);
  std::cout << cuts << " failures, " << taken << " of them finished by the next start\n";
  EXPECT_GT(taken, 2U);
  EXPECT_LT(taken, cuts);
}

TEST_F(ImportThatIsCutOff, ByAPowerCutIsThereWholeOrNotAtAll) {
  std::mt19937_64 random = SeededRandom();
  std::uint64_t operations = 0;
  {
    const ScratchDir aside;
    FaultEnv env(aside.path());
    ASSERT_TRUE(Import(OptionsOf(Copy(), &env), Second()).ok());
    operations = env.operations();
  }
  std::uint64_t cuts = 0;
  std::uint64_t taken = 0;
  for (const Loss loss : {Loss::kBytes, Loss::kBytesAndNames, Loss::kSome}) {
    for (std::uint64_t at = 1 + Below(random, 2); at <= operations; at += 2, ++cuts) {
      const ScratchDir aside;
      FaultEnv env(aside.path());
      const fs::path path = Copy();
      env.PowerOffAt(at);
      const bool ok = Import(OptionsOf(path, &env), Second()).ok();
      env.Lose(loss, random);
      // The next start may be cut off too.
      env.PowerOffAt(1 + Below(random, 40));
      static_cast<void>(Store::Open(OptionsOf(path, &env)).ok());
      env.Lose(loss, random);
      const bool has_second = HasSecond(path);
      EXPECT_TRUE(has_second || !ok) << "power cut at operation " << at;
      taken += has_second ? 1 : 0;
      ExpectNoRest(path);
      if (HasFailure()) return;
    }
  }
  std::cout << cuts << " power cuts, the import was there after " << taken << " of them\n";
  EXPECT_GT(taken, 2U);
  EXPECT_LT(taken, cuts);
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

// Imports against the plain twin: what is there stays, what is new is added, all or nothing.
#include "tsdb/import.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/duration.h"
#include "bulk/chunk.h"
#include "bulk/swap.h"
#include "directory_bytes.h"
#include "import_store.h"
#include "seed.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::int64_t kRetentionMs = 8 * kMinuteMs;  // partitions of a minute

class ImportOfSamples : public testing::Test {
 protected:
  StoreOptions OptionsOf(std::int64_t retention_ms = kRetentionMs) const {
    StoreOptions options = Options(scratch_.path());
    options.retention_ms = retention_ms;
    options.block_ticks = 16;
    return options;
  }
  void MustImport(const StoreOptions& options, const std::vector<ImportedSeries>& file, std::size_t batch = 100) {
    const ImportResult expected = MergeInto(kept_, file);
    const auto result = Import(options, file, batch);
    ASSERT_TRUE(result.ok()) << result.status().message();
    EXPECT_EQ(result->series, expected.series);
    EXPECT_EQ(result->samples, expected.samples);
    EXPECT_EQ(result->known, expected.known);
    EXPECT_EQ(result->conflicts, expected.conflicts);
  }
  void ExpectKept(const StoreOptions& options) {
    const auto store = Store::Open(options);
    ASSERT_TRUE(store.ok()) << store.status().message();
    EXPECT_EQ((*store)->stats().quarantined, 0U);
    EXPECT_EQ(Difference(ReadAll(**store), kept_), "");
  }
  // Rows in the log and in partitions, told to the twin as well.
  void Append(const StoreOptions& options, std::mt19937_64& random, std::int64_t from_ms, std::int64_t to_ms) {
    const auto store = Store::Open(options);
    ASSERT_TRUE(store.ok()) << store.status().message();
    for (std::int64_t ts_ms = from_ms; ts_ms < to_ms; ts_ms += 1500) {
      for (const char* host : {"a", "b"}) {
        const Labels labels = MakeLabels({{"__name__", "requests_total"}, {"host", host}, {"code", "1"}});
        const double value = static_cast<double>(Below(random, 4));
        const auto appended = AppendRound(**store, ts_ms, {{labels, value}});
        ASSERT_TRUE(appended.ok());
        if (appended->appended == 1) MergeInto(kept_, {{labels, {{ts_ms, value}}}});
      }
    }
  }

  const ScratchDir scratch_;
  Contents kept_;
};

TEST_F(ImportOfSamples, AddsToNothingAndIsReadBack) {
  MustImport(OptionsOf(),
             {{HostSeries("x", "a"), {{0, 1}, {1000, 2}, {kMinuteMs, 3}}}, {HostSeries("y", "a"), {{500, 7}}}});
  ExpectKept(OptionsOf());
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / kImportFolder));
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / kSwapName));
}

TEST_F(ImportOfSamples, KeepsTheFirstOfSeveralAndCountsTheOthers) {
  const Labels x = HostSeries("x", "a");
  const double stale = std::bit_cast<double>(std::uint64_t{0x7ff0000000000002});
  MustImport(OptionsOf(), {{x, {{3000, 3}, {1000, 1}, {1000, 1}, {2000, 2}, {1000, 9}, {3000, -3}}}});
  MustImport(OptionsOf(), {{x, {{1000, 1}, {2000, stale}, {4000, stale}, {5000, 0.0}}}});
  MustImport(OptionsOf(), {{x, {{4000, stale}, {4000, std::nan("")}, {5000, -0.0}}}});
  ExpectKept(OptionsOf());
  EXPECT_EQ(kept_.at(x).size(), 5U);
}

TEST_F(ImportOfSamples, OfNothingIsFine) {
  MustImport(OptionsOf(), {});
  MustImport(OptionsOf(), {{HostSeries("x", "a"), {}}});
  ExpectKept(OptionsOf());
}

TEST_F(ImportOfSamples, TakesTimesBeforeTheEpochAndRefusesThoseOutOfRange) {
  MustImport(OptionsOf(), {{HostSeries("x", "a"), {{-1, 1}, {-kMinuteMs, 2}, {-kMinuteMs - 1, 3}, {0, 4}}}});
  ExpectKept(OptionsOf());
  for (const std::int64_t ts_ms : {std::numeric_limits<std::int64_t>::max(), (std::int64_t{1} << 60) + 1}) {
    EXPECT_EQ(Import(OptionsOf(), {{HostSeries("x", "a"), {{ts_ms, 1}}}}).status().code(),
              StatusCode::kInvalidArgument);
  }
  ExpectKept(OptionsOf());
}

TEST_F(ImportOfSamples, RefusesSamplesThatAreSpreadOverTooManyPartitions) {
  std::vector<Point> points;
  for (std::int64_t i = 0; i <= 10'000; ++i) points.push_back({i * kMinuteMs, 1});
  const auto result = Import(OptionsOf(), {{HostSeries("x", "a"), points}});
  EXPECT_EQ(result.status().code(), StatusCode::kResourceExhausted);
  EXPECT_NE(result.status().message().find("timestamps"), std::string::npos) << result.status().message();
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / kImportFolder));
}

TEST_F(ImportOfSamples, TakesMoreSeriesOfAHostThanAGroupHas) {
  std::vector<ImportedSeries> file;
  for (int i = 0; i < 600; ++i) {
    file.push_back(
        {MakeLabels({{"__name__", "m"}, {"host", "a"}, {"i", std::to_string(i)}}), {{1000, 1.0 * i}, {2000, 2.0 * i}}});
  }
  MustImport(OptionsOf(), file);
  ExpectKept(OptionsOf());
}

TEST_F(ImportOfSamples, WithoutACommitLeavesNothing) {
  MustImport(OptionsOf(), {{HostSeries("x", "a"), {{0, 1}}}});
  const auto before = BytesOf(scratch_.path());
  {
    const auto importer = Importer::Begin(OptionsOf());
    ASSERT_TRUE(importer.ok());
    const std::uint32_t series = (*importer)->AddSeries(HostSeries("x", "b"));
    ASSERT_TRUE((*importer)->Add(series, std::vector<Point>{{1, 1}}).ok());
    EXPECT_EQ(Store::Open(OptionsOf()).status().code(), StatusCode::kUnavailable);
  }
  EXPECT_EQ(BytesOf(scratch_.path()), before);
  ExpectKept(OptionsOf());
}

// Partitions of an earlier configuration: longer, shorter, and samples that lie in several of them.
TEST_F(ImportOfSamples, MergesWithPartitionsOfOtherLengths) {
  std::mt19937_64 random = SeededRandom();
  for (const std::int64_t retention_ms : {8 * 10 * kMinuteMs, 8 * kMinuteMs, 8 * kHourMs, 8 * 10 * kMinuteMs}) {
    SCOPED_TRACE(retention_ms);
    MustImport(OptionsOf(retention_ms), RandomFile(random, 0, 25 * kMinuteMs));
    ExpectKept(OptionsOf(retention_ms));
  }
}

TEST_F(ImportOfSamples, MergesWithWhatWasAppendedInAnyOrder) {
  std::mt19937_64 random = SeededRandom();
  for (int run = 0; run < 12; ++run) {
    SCOPED_TRACE(run);
    const auto from_ms = static_cast<std::int64_t>(Below(random, 5)) * kMinuteMs;
    if (Below(random, 2) == 0) Append(OptionsOf(), random, from_ms, from_ms + 90'000);
    MustImport(OptionsOf(), RandomFile(random, -kMinuteMs, 5 * kMinuteMs), 1 + Below(random, 50));
    ExpectKept(OptionsOf());
  }
}

TEST(ImportChunk, ComesBackToTheBitAndIsNeverReadBeyondItsEnd) {
  std::mt19937_64 random = SeededRandom();
  for (int run = 0; run < 300; ++run) {
    std::vector<Point> points;
    std::int64_t ts_ms = static_cast<std::int64_t>(random()) / 16;
    const std::uint64_t kind = Below(random, 3);
    for (std::uint64_t i = Below(random, 40); i > 0; --i) {
      ts_ms += Below(random, 4) == 0 ? static_cast<std::int64_t>(random()) / 1024 : 15'000;
      const double whole =
          std::ldexp(static_cast<double>(static_cast<std::int64_t>(random())), -static_cast<int>(Below(random, 60)));
      points.push_back({ts_ms, kind == 0 ? std::bit_cast<double>(random()) : kind == 1 ? std::trunc(whole) : whole});
    }
    std::string chunk;
    AppendChunk(points, chunk);
    std::string_view rest = chunk;
    std::vector<Point> read;
    ASSERT_TRUE(TakeChunk(rest, read));
    EXPECT_TRUE(rest.empty());
    ASSERT_EQ(read.size(), points.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
      EXPECT_EQ(MakePoint(read[i].ts_ms, read[i].value), MakePoint(points[i].ts_ms, points[i].value));
    }
    for (std::size_t size = 0; size < chunk.size(); ++size) {
      const std::string cut = chunk.substr(0, size);
      std::string_view in = cut;
      std::vector<Point> ignored;
      EXPECT_FALSE(TakeChunk(in, ignored));
    }
  }
}

TEST_F(ImportOfSamples, WithAnyLabelNameAreSeriesLikeOthersInEveryTier) {
  StoreOptions options = OptionsOf(0);
  options.tiers = {{kMinuteMs, 0}};
  const Labels odd = MakeLabels({{"__name__", "b"}, {"__rollup__", "min"}, {"host", "h"}});
  const Labels plain = MakeLabels({{"__name__", "b"}, {"host", "h"}});
  MustImport(options, {{odd, {{1000, 5}, {2000, 6}}}, {plain, {{1000, 7}}}});
  ExpectKept(options);
}

TEST_F(ImportOfSamples, WhoseRecordIsDamagedWhileTheyTakeEffectAreSetAsideAndTheStoreOpens) {
  MustImport(OptionsOf(), {{MakeLabels({{"__name__", "a"}}), {{1000, 1}}}});
  scratch_.Write(kSwapName, "junk");
  std::filesystem::create_directories(scratch_.path() / kImportFolder / "raw");
  const auto store = Store::Open(OptionsOf());
  ASSERT_TRUE(store.ok()) << store.status().message();
  EXPECT_EQ((*store)->stats().quarantined, 2U);
  EXPECT_EQ(Difference(ReadAll(**store), kept_), "");
  EXPECT_TRUE(std::filesystem::exists(scratch_.path() / "quarantine" / kImportFolder / "raw"));
  EXPECT_TRUE(std::filesystem::exists(scratch_.path() / "quarantine" / kSwapName));
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / kSwapName));
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

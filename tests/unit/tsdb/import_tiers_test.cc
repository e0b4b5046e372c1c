// Imports and tiers: the rows that are kept at intervals tell what all samples tell, however those came.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>

#include "base/duration.h"
#include "bulk/content.h"
#include "env/store_env.h"
#include "import_store.h"
#include "rollup.h"
#include "seed.h"
#include "span.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::int64_t kRetentionMs = 8 * kMinuteMs;  // partitions of a minute
constexpr std::int64_t kResolutionMs = 10 * kSecondMs;

StoreOptions OptionsOf(const std::filesystem::path& path) {
  StoreOptions options = Options(path);
  options.retention_ms = kRetentionMs;
  options.tiers = {{kResolutionMs, 365 * kDayMs}, {3 * kResolutionMs, 365 * kDayMs}};
  options.block_ticks = 16;
  return options;
}

// Everything that a tier's partitions hold, aggregates too.
Contents TierContents(const std::filesystem::path& tier) {
  Contents contents;
  const auto registry = std::make_shared<Registry>(std::vector<std::string>{"host"});
  for (const auto& entry : std::filesystem::directory_iterator(tier)) {
    const auto partition = Partition::Open(StoreEnv::System(), entry.path(), *registry);
    EXPECT_TRUE(partition.ok()) << partition.status().message();
    if (!partition.ok()) continue;
    const std::vector<Dictionary::Entry> entries = (*partition)->Entries();
    for (std::uint32_t id = 0; id < entries.size(); ++id) {
      const auto read = ReadContent(**partition, id, (*partition)->start_ms(), (*partition)->end_ms());
      EXPECT_TRUE(read.ok()) << read.status().message();
      if (!read.ok()) continue;
      for (std::size_t i = 0; i < read->columns->size(); ++i) {
        const BlockColumn& column = read->content.columns[i];
        for (std::size_t tick = 0; tick < read->content.ts_ms.size(); ++tick) {
          if (!column.present.empty() && ((column.present[tick / 64] >> (tick % 64)) & 1U) == 0) continue;
          contents[Join(entries[id].group->labels, (*read->columns)[i]->labels)].push_back(
              MakePoint(read->content.ts_ms[tick], column.values[tick]));
        }
      }
    }
  }
  for (auto& [labels, points] : contents) std::sort(points.begin(), points.end());
  return contents;
}

// A tier beside all samples: no sample of its own, the last of each interval, counts that add up.
void ExpectAgreement(const Contents& all, const Contents& tier, std::int64_t resolution_ms) {
  for (const auto& [labels, points] : all) {
    const auto found = tier.find(labels);
    ASSERT_NE(found, tier.end()) << labels.ToString();
    const std::vector<BitPoint>& kept = found->second;
    EXPECT_TRUE(std::includes(points.begin(), points.end(), kept.begin(), kept.end())) << labels.ToString();
    std::map<std::int64_t, double> counts;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const std::int64_t interval = SpanStartMs(points[i].first, resolution_ms);
      counts[interval] += std::isnan(std::bit_cast<double>(points[i].second)) ? 0 : 1;
      const bool is_last = i + 1 == points.size() || SpanStartMs(points[i + 1].first, resolution_ms) != interval;
      EXPECT_TRUE(!is_last || std::binary_search(kept.begin(), kept.end(), points[i])) << labels.ToString();
    }
    if (IsCounterName(labels.metric_name())) continue;
    const auto told = tier.find(labels.With(kRollupLabel, "count"));
    if (told == tier.end()) continue;  // nothing but NaNs
    for (const auto& [ts_ms, bits] : told->second) {
      counts[SpanStartMs(ts_ms, resolution_ms)] -= std::bit_cast<double>(bits);
    }
    for (const auto& [interval, left] : counts) EXPECT_EQ(left, 0) << labels.ToString() << " in " << interval;
  }
}

TEST(ImportWithTiers, InManyPartsIsAsInOne) {
  std::mt19937_64 random = SeededRandom();
  for (int run = 0; run < 4; ++run) {
    const ScratchDir in_parts;
    const ScratchDir in_one;
    Contents kept;
    for (int part = 0; part < 4; ++part) {
      const auto file = RandomFile(random, -kMinuteMs, 4 * kMinuteMs);
      MergeInto(kept, file);
      const auto imported = Import(OptionsOf(in_parts.path()), file);
      ASSERT_TRUE(imported.ok()) << imported.status().message();
    }
    std::vector<ImportedSeries> all;
    for (const auto& [labels, points] : kept) {
      all.push_back({labels, {}});
      for (const auto& [ts_ms, bits] : points) all.back().points.push_back({ts_ms, std::bit_cast<double>(bits)});
    }
    ASSERT_TRUE(Import(OptionsOf(in_one.path()), all).ok());
    EXPECT_EQ(Difference(TierContents(in_parts.path() / "raw"), kept), "");
    for (const char* tier : {"10s", "30s"}) {
      EXPECT_EQ(Difference(TierContents(in_parts.path() / tier), TierContents(in_one.path() / tier)), "") << tier;
    }
    ExpectAgreement(kept, TierContents(in_parts.path() / "10s"), kResolutionMs);
    ExpectAgreement(kept, TierContents(in_parts.path() / "30s"), 3 * kResolutionMs);
  }
}

TEST(ImportWithTiers, AgreesWithSamplesThatWereAppended) {
  std::mt19937_64 random = SeededRandom();
  const ScratchDir scratch;
  Contents kept;
  for (int run = 0; run < 6; ++run) {
    {
      const auto store = Store::Open(OptionsOf(scratch.path()));
      ASSERT_TRUE(store.ok()) << store.status().message();
      for (std::int64_t ts_ms = run * kMinuteMs; ts_ms < (run + 2) * kMinuteMs; ts_ms += 1700) {
        for (const char* metric : {"requests_total", "temperature"}) {
          const Labels labels = MakeLabels({{"__name__", metric}, {"host", "a"}, {"code", "1"}});
          const double value = static_cast<double>(Below(random, 4));
          const auto appended = AppendRound(**store, ts_ms, {{labels, value}});
          ASSERT_TRUE(appended.ok());
          if (appended->appended == 1) MergeInto(kept, {{labels, {{ts_ms, value}}}});
        }
      }
    }
    const auto file = RandomFile(random, -kMinuteMs, 6 * kMinuteMs);
    MergeInto(kept, file);
    const auto imported = Import(OptionsOf(scratch.path()), file);
    ASSERT_TRUE(imported.ok()) << imported.status().message();
    ASSERT_EQ(Difference(TierContents(scratch.path() / "raw"), kept), "");
    ExpectAgreement(kept, TierContents(scratch.path() / "10s"), kResolutionMs);
    ExpectAgreement(kept, TierContents(scratch.path() / "30s"), 3 * kResolutionMs);
  }
}

TEST(ImportWithTiers, LeavesRowsWhoseSamplesAreExpired) {
  const ScratchDir scratch;
  const Labels old = MakeLabels({{"__name__", "temperature"}, {"host", "a"}, {"code", "1"}});
  const Labels late = MakeLabels({{"__name__", "temperature"}, {"host", "a"}, {"code", "2"}});
  std::vector<Point> points;
  for (std::int64_t ts_ms = 0; ts_ms < 3 * kMinuteMs; ts_ms += 1000)
    points.push_back({ts_ms, static_cast<double>(ts_ms)});
  ASSERT_TRUE(Import(OptionsOf(scratch.path()), {{old, points}}).ok());
  const Contents before = TierContents(scratch.path() / "10s");
  {
    const auto store = Store::Open(OptionsOf(scratch.path()));
    ASSERT_TRUE(store.ok());
    ASSERT_TRUE((*store)->Expire(kRetentionMs + 4 * kMinuteMs).ok());
    ASSERT_EQ((*store)->stats().tiers[0].samples, 0U);
  }
  // The second time there are raw partitions, but not of the expired samples.
  for (const std::int64_t shift_ms : {0, 300}) {
    std::vector<Point> shifted;
    for (const Point& point : points) shifted.push_back({point.ts_ms + shift_ms, 5});
    ASSERT_TRUE(Import(OptionsOf(scratch.path()), {{late, shifted}}).ok());
    const Contents after = TierContents(scratch.path() / "10s");
    for (const auto& [labels, rows] : before) EXPECT_EQ(after.at(labels), rows) << labels.ToString();
    EXPECT_TRUE(after.contains(late));
  }
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

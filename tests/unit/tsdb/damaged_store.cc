#include "damaged_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/duration.h"

namespace proxy_telemetry::tsdb {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kStepMs = 5000;
constexpr std::int64_t kTicks = 300;  // 25 minutes
constexpr std::int64_t kTierMs = kMinuteMs;
// The store is opened anew at these, so that it has files of several lives.
constexpr std::int64_t kLives[] = {96, 190, 270, kTicks};
const char* const kHosts[] = {"a", "b", "c", "rare"};
// Rows of the last host are so far apart that the log is kept over several lives.
constexpr std::int64_t kRareTicks = 20;

struct Metric {
  Labels labels;
  double (*value)(double tick, double host);
};

const std::vector<Metric>& Metrics() {
  static const std::vector<Metric> kMetrics{
      {MakeLabels({{"__name__", "up"}}), [](double, double) { return 1.0; }},
      {MakeLabels({{"__name__", "requests_total"}, {"code", "200"}}),
       [](double t, double h) { return std::floor(t * (7 + h) + t * t / 9); }},
      {MakeLabels({{"__name__", "requests_total"}, {"code", "500"}}),
       [](double t, double h) { return std::floor((t + h) / 11); }},
      {MakeLabels({{"__name__", "d_bucket"}, {"le", "0.1"}}),
       [](double t, double h) { return std::floor(t * (3 + h)); }},
      {MakeLabels({{"__name__", "d_bucket"}, {"le", "1"}}), [](double t, double h) { return std::floor(t * (5 + h)); }},
      {MakeLabels({{"__name__", "d_bucket"}, {"le", "+Inf"}}),
       [](double t, double h) { return std::floor(t * (6 + h)); }},
      {MakeLabels({{"__name__", "d_count"}}), [](double t, double h) { return std::floor(t * (6 + h)); }},
      {MakeLabels({{"__name__", "d_sum"}}), [](double t, double h) { return t * (1.7 + h) / 3; }},
      {MakeLabels({{"__name__", "load"}}), [](double t, double h) { return std::sin(t * t + h); }},
  };
  return kMetrics;
}

std::vector<TestSample> SamplesAt(std::int64_t tick) {
  std::vector<TestSample> samples;
  for (std::size_t host = 0; host < std::size(kHosts); ++host) {
    if (host + 1 == std::size(kHosts) && tick % kRareTicks != 0) continue;
    for (const Metric& metric : Metrics()) {
      samples.push_back({metric.labels.With("host", kHosts[host]),
                         metric.value(static_cast<double>(tick), static_cast<double>(host))});
    }
  }
  return samples;
}

// Of the time of which all is in blocks: what the log still has comes as it is.
Selection OfTier() {
  Selection selection = Everything();
  selection.end_ms = 20 * kMinuteMs - 1;
  selection.resolution_ms = kTierMs;
  return selection;
}

}  // namespace

void WriteBytes(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

StoreOptions DamagedStore::OptionsFor(const fs::path& path) {
  StoreOptions options = Options(path);
  options.retention_ms = 80 * kMinuteMs;
  options.tiers = {{kTierMs, 0}};
  options.block_ticks = 32;
  return options;
}

DamagedStore::DamagedStore() { Fill(); }

void DamagedStore::Fill() {
  const fs::path path = Original(End::kClosed);
  std::int64_t tick = 0;
  for (const std::int64_t until : kLives) {
    auto store = Store::Open(OptionsFor(path));
    ASSERT_TRUE(store.ok()) << store.status().message();
    for (; tick < until; ++tick) AppendTick(**store, tick);
    if (until != kTicks) continue;
    // The first partition is over for more than an hour then, and not yet expired.
    ASSERT_TRUE((*store)->Expire(75 * kMinuteMs).ok());
    fs::copy(path, Original(End::kKilled), fs::copy_options::recursive);
    Answer answer = Read(*(*store)->NewView(), OfTier());
    ASSERT_TRUE(answer.status.ok());
    tier_ = std::move(answer.contents);
  }
}

void DamagedStore::AppendTick(Store& store, std::int64_t tick) {
  const std::vector<TestSample> samples = SamplesAt(tick);
  MustAppend(store, tick * kStepMs, samples);
  for (const TestSample& sample : samples) {
    appended_[sample.labels].push_back(MakePoint(tick * kStepMs, sample.value));
    ++samples_;
  }
}

std::vector<fs::path> DamagedStore::Files(End end, const std::string& folder, const std::string& part) const {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(Original(end) / folder)) {
    if (!entry.is_regular_file() || entry.path().filename().string().find(part) == std::string::npos) continue;
    files.push_back(entry.path().lexically_relative(Original(end)));
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string DamagedStore::Content(End end, const fs::path& file) const {
  std::ifstream in(Original(end) / file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Outcome DamagedStore::Open(End end, const std::string& what, const fs::path& file, const std::string& content) const {
  Outcome outcome =
      Open(end, file.string() + " " + what, [&](const fs::path& store) { WriteBytes(store / file, content); });
  outcome.file = file.string();
  return outcome;
}

Outcome DamagedStore::Open(End end, const std::string& what, const std::function<void(const fs::path&)>& damage) const {
  SCOPED_TRACE(what);
  const fs::path path = scratch_.path() / "damaged";
  fs::remove_all(path);
  fs::copy(Original(end), path, fs::copy_options::recursive);
  damage(path);
  Outcome outcome;
  outcome.what = what;
  auto opened = Store::Open(OptionsFor(path));
  EXPECT_TRUE(opened.ok()) << opened.status().message();
  if (!opened.ok()) return outcome;
  const Answer all = Read(*(*opened)->NewView(), Everything());
  const Answer tier = Read(*(*opened)->NewView(), OfTier());
  const StoreStats stats = (*opened)->stats();
  outcome.told = stats.quarantined > 0 || stats.lost_records > 0 || !all.status.ok() || !tier.status.ok();
  outcome.repaired = stats.repaired;
  CheckPoints(all.contents, outcome);
  CheckPoints(tier.contents, outcome);
  outcome.lost = CountMissing(all.contents, appended_) + CountMissing(tier.contents, tier_);
  for (const auto& [labels, points] : all.contents) {
    const auto appended = appended_.find(labels);
    if (appended == appended_.end()) continue;
    outcome.from_the_end &=
        points.size() <= appended->second.size() && std::equal(points.begin(), points.end(), appended->second.begin());
  }
  CheckGoesOn(path, std::move(*opened), all.contents, !all.status.ok() || !tier.status.ok());
  return outcome;
}

// No value is wrong; and notes whether a round is torn.
void DamagedStore::CheckPoints(const Contents& read, Outcome& outcome) const {
  std::map<std::pair<std::string, std::int64_t>, std::size_t> series;
  for (const auto& [labels, points] : read) {
    const auto appended = appended_.find(labels);
    if (appended == appended_.end()) {
      ADD_FAILURE() << labels.ToString() << " was never appended";
      continue;
    }
    EXPECT_TRUE(std::includes(appended->second.begin(), appended->second.end(), points.begin(), points.end()))
        << labels.ToString() << " has a point that was never appended";
    for (const BitPoint& point : points) ++series[{std::string(labels.Get("host")), point.first}];
  }
  for (const auto& [row, count] : series) {
    if (count != Metrics().size()) outcome.whole = false;
  }
}

std::size_t DamagedStore::CountMissing(const Contents& read, const Contents& expected) const {
  std::size_t missing = 0;
  for (const auto& [labels, points] : expected) {
    const auto found = read.find(labels);
    for (const BitPoint& point : points) {
      if (found == read.end() || !std::binary_search(found->second.begin(), found->second.end(), point)) ++missing;
    }
  }
  return missing;
}

// It takes samples, in this partition and the next, has them when it is opened again, and loses no more.
void DamagedStore::CheckGoesOn(const fs::path& path, std::unique_ptr<Store> store, const Contents& before,
                               bool reading_met_damage) const {
  Contents expected = before;
  const std::uint64_t quarantined = store->stats().quarantined;
  for (std::int64_t tick = kTicks; tick < 2 * kTicks; tick += tick < kTicks + 40 ? 1 : 29) {
    const std::vector<TestSample> samples = SamplesAt(tick);
    MustAppend(*store, tick * kStepMs, samples);
    for (const TestSample& sample : samples) expected[sample.labels].push_back(MakePoint(tick * kStepMs, sample.value));
  }
  EXPECT_FALSE(store->stats().read_only);
  EXPECT_EQ(store->stats().waiting_blocks, 0U);
  // What reading met, and opening did not, is set aside when its partition is written to: of each tier one at most.
  EXPECT_LE(store->stats().quarantined, quarantined + (reading_met_damage ? 2 : 0));
  EXPECT_EQ(Difference(Read(*store->NewView(), Everything()).contents, expected), "");
  store.reset();
  auto again = Store::Open(OptionsFor(path));
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ((*again)->stats().quarantined, 0U);
  EXPECT_EQ((*again)->stats().lost_records, 0U);
  EXPECT_EQ(Difference(Read(*(*again)->NewView(), Everything()).contents, expected), "");
}

std::size_t Silent(const std::vector<Outcome>& outcomes, const std::string& what) {
  std::size_t lossy = 0;
  std::size_t silent = 0;
  std::size_t told = 0;
  std::size_t lost = 0;
  std::uint64_t repaired = 0;
  for (const Outcome& outcome : outcomes) {
    if (outcome.told) ++told;
    lost += outcome.lost;
    repaired += outcome.repaired;
    if (outcome.lost > 0) ++lossy;
    if (outcome.lost == 0 || outcome.told) continue;
    ++silent;
    std::cout << "  silent: " << outcome.what << ", " << outcome.lost << " samples"
              << (outcome.whole ? "" : ", torn rounds") << (outcome.from_the_end ? ", from the end" : "") << '\n';
  }
  std::cout << what << ": " << outcomes.size() << " damaged, " << told << " told, " << repaired << " repaired, "
            << lossy << " lost samples (" << (outcomes.empty() ? 0 : lost / outcomes.size()) << " each), " << silent
            << " silently\n";
  return silent;
}

}  // namespace proxy_telemetry::tsdb

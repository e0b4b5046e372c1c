// kill -9 while a store appends as fast as it can: all that was acknowledged is there to the bit, and no round is torn.
//
// Blocks are short and partitions too, so that the kills meet blocks being closed, partitions and tiers being made,
// sealed and expired. PT_KILL_ROUNDS=n: so many kills.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <thread>

#include "base/duration.h"
#include "seed.h"
#include "support/scratch_dir.h"
#include "tsdb/store.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr int kKillsDefault = 500;
constexpr std::uint64_t kLifeMaxMs = 300;
constexpr std::int64_t kStepMs = 1000;
constexpr std::int64_t kRoundsPerPartition = 600;  // of ten minutes
// A child is killed then at the latest, however fast the machine is: retention must not have taken its first rounds.
constexpr std::int64_t kRoundsPerLifeMax = 3 * kRoundsPerPartition;
// Ten hours: a partition is sealed an hour after its end, and goes long after that.
constexpr std::int64_t kRoundsKept = 36'000;
constexpr std::int64_t kRoundsPerExpiry = 200;
constexpr std::int64_t kTierMs = 10'000;
constexpr std::uint64_t kHosts = 4;
constexpr std::uint64_t kMetrics = 12;

StoreOptions Options(const std::filesystem::path& path) {
  StoreOptions options;
  options.path = path;
  // So that partitions are of ten minutes: no round is that old.
  options.retention_ms = 80 * kMinuteMs;
  options.tiers = {{kTierMs, kRoundsKept * kStepMs}};
  options.group_labels = {"host"};
  options.block_ticks = 16;
  return options;
}

Labels SeriesLabels(std::uint64_t host, std::uint64_t metric) {
  return Labels({{"__name__", "m" + std::to_string(metric)}, {"host", std::to_string(host)}});
}

// Any bit pattern, a different one for every sample.
std::uint64_t ValueBits(std::uint64_t series, std::int64_t round) {
  std::uint64_t bits = (static_cast<std::uint64_t>(round) << 16U) + series + 1;
  bits = (bits ^ (bits >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  return (bits ^ (bits >> 27U)) * 0x94d049bb133111ebULL;
}

// Each round has all series but one that changes, so that rows have gaps and a series comes late.
bool IsInRound(std::uint64_t series, std::int64_t round) {
  return series != static_cast<std::uint64_t>(round) % (kHosts * kMetrics);
}

// The child: appends from `round` on for ever, and says so after each.
[[noreturn]] void AppendForEver(const std::filesystem::path& path, std::int64_t round, int acknowledge) {
  auto store = Store::Open(Options(path));
  if (!store.ok()) _exit(2);
  std::vector<SeriesHandle> handles;
  for (std::uint64_t i = 0; i < kHosts * kMetrics; ++i) {
    handles.push_back((*store)->Intern(SeriesLabels(i / kMetrics, i % kMetrics)));
  }
  for (;; ++round) {
    Round samples{round * kStepMs, {}};
    for (std::uint64_t i = 0; i < handles.size(); ++i) {
      if (IsInRound(i, round))
        samples.samples.push_back({handles[i].get(), std::bit_cast<double>(ValueBits(i, round))});
    }
    const auto appended = (*store)->Append({&samples, 1});
    if (!appended.ok() || appended->appended != samples.samples.size()) _exit(3);
    if (write(acknowledge, &round, sizeof(round)) != sizeof(round)) _exit(4);
    if (round % kRoundsPerExpiry == 0 && !(*store)->Expire(round * kStepMs).ok()) _exit(5);
  }
}

// Lets a child append from `first` on for `life_ms` or kRoundsPerLifeMax; returns the last round that it acknowledged,
// or the one before.
std::int64_t AppendAndKill(const std::filesystem::path& path, std::int64_t first, std::uint64_t life_ms) {
  int ends[2];
  if (pipe(ends) != 0) abort();
  const pid_t child = fork();
  if (child < 0) abort();
  if (child == 0) {
    close(ends[0]);
    AppendForEver(path, first, ends[1]);
  }
  close(ends[1]);
  // The pipe holds 8,192 acknowledgements; it is read while the child lives so that it never has to wait.
  std::atomic<std::int64_t> acknowledged = first - 1;
  std::thread reader([&acknowledged, fd = ends[0]] {
    std::int64_t round = 0;
    while (read(fd, &round, sizeof(round)) == sizeof(round)) acknowledged = round;
  });
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(life_ms);
  while (std::chrono::steady_clock::now() < end && acknowledged < first + kRoundsPerLifeMax) {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  kill(child, SIGKILL);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the child ended by itself: " << status;
  reader.join();
  close(ends[0]);
  return acknowledged;
}

// Samples by round, of all that is kept from `first` on; checks each value.
std::map<std::int64_t, std::uint64_t> ReadRounds(const Store& store, std::int64_t first, std::int64_t resolution_ms) {
  Selection selection;
  selection.start_ms = first * kStepMs;
  selection.end_ms = INT64_MAX;
  selection.resolution_ms = resolution_ms;
  std::map<std::int64_t, std::uint64_t> samples_of_round;
  const auto view = store.NewView();
  const auto cursor = view->Select(selection);
  while (cursor->Next()) {
    const std::uint64_t series = std::stoull(std::string(cursor->labels().Get("host"))) * kMetrics +
                                 std::stoull(std::string(cursor->labels().metric_name().substr(1)));
    for (const Point& point : cursor->points()) {
      const std::int64_t round = point.ts_ms / kStepMs;
      EXPECT_EQ(std::bit_cast<std::uint64_t>(point.value), ValueBits(series, round)) << "round " << round;
      EXPECT_TRUE(IsInRound(series, round));
      ++samples_of_round[round];
    }
  }
  EXPECT_TRUE(cursor->status().ok()) << cursor->status().message();
  return samples_of_round;
}

// What children left: their first rounds and their last, by the first.
class Lives {
 public:
  // Checks what the child left; returns its last round.
  std::int64_t Add(const Store& store, std::int64_t first, std::int64_t acknowledged) {
    std::int64_t expected = first;
    for (const auto& [round, samples] : ReadRounds(store, first, 0)) {
      EXPECT_EQ(round, expected++) << "a round is missing";
      EXPECT_EQ(samples, kHosts * kMetrics - 1) << "round " << round << " is torn";
    }
    EXPECT_GT(expected, acknowledged) << "acknowledged rounds are lost";
    unacknowledged_ += std::max<std::int64_t>(0, expected - 1 - acknowledged);
    if (expected > first) last_of_[first] = expected - 1;
    return expected - 1;
  }

  // All that no retention may have taken is still there, at the end too.
  void CheckAll(const Store& store) const {
    const std::int64_t oldest = last_of_.rbegin()->second - 4 * kRoundsPerPartition;
    const auto samples_of_round = ReadRounds(store, oldest, 0);
    for (const auto& [first, last] : last_of_) {
      for (std::int64_t round = std::max(first, oldest); round <= last; ++round) {
        const auto found = samples_of_round.find(round);
        EXPECT_TRUE(found != samples_of_round.end() && found->second == kHosts * kMetrics - 1) << round;
      }
    }
    // The last round of each interval is in the tier, whatever was killed when it was made.
    const auto of_tier = ReadRounds(store, oldest, kTierMs);
    for (const auto& [first, last] : last_of_) {
      for (std::int64_t round = std::max(first, oldest); round <= last; ++round) {
        const bool is_last = (round + 1) * kStepMs % kTierMs == 0;
        EXPECT_TRUE(!is_last || of_tier.contains(round)) << "of the tier: " << round;
      }
    }
  }

  std::int64_t rounds() const {
    std::int64_t rounds = 0;
    for (const auto& [first, last] : last_of_) rounds += last - first + 1;
    return rounds;
  }
  std::int64_t unacknowledged() const { return unacknowledged_; }

 private:
  std::map<std::int64_t, std::int64_t> last_of_;
  std::int64_t unacknowledged_ = 0;
};

TEST(KilledStore, KeepsAllThatWasAcknowledgedAndNoTornRound) {
  const char* given = std::getenv("PT_KILL_ROUNDS");
  const int kills = given != nullptr ? std::atoi(given) : kKillsDefault;
  std::mt19937_64 random = SeededRandom();
  const ScratchDir scratch;
  Lives lives;
  std::int64_t last = -1;
  std::vector<double> open_ms;
  for (int i = 0; i < kills && !HasFailure(); ++i) {
    std::int64_t first = last + 1;
    // Often into a new partition, so that the making of one is killed too.
    if (Below(random, 3) == 0) first = (last / kRoundsPerPartition + 1) * kRoundsPerPartition;
    const std::int64_t acknowledged = AppendAndKill(scratch.path(), first, Below(random, kLifeMaxMs + 1));
    const auto begin = std::chrono::steady_clock::now();
    const auto store = Store::Open(Options(scratch.path()));
    open_ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    ASSERT_TRUE(store.ok()) << store.status().message();
    EXPECT_EQ((*store)->stats().quarantined, 0U);
    EXPECT_EQ((*store)->stats().lost_records, 0U);
    last = lives.Add(**store, first, acknowledged);
    if (i % 20 == 0) lives.CheckAll(**store);
  }
  ASSERT_FALSE(HasFailure());
  const auto store = Store::Open(Options(scratch.path()));
  ASSERT_TRUE(store.ok()) << store.status().message();
  lives.CheckAll(**store);
  EXPECT_GT(lives.rounds(), kills) << "too few rounds to have shown anything";
  std::sort(open_ms.begin(), open_ms.end());
  std::cout << kills << " kills, " << lives.rounds() << " rounds kept, " << lives.unacknowledged()
            << " of them written but not yet acknowledged, 0 lost, 0 torn; opened in " << open_ms[open_ms.size() / 2]
            << " ms (median), " << open_ms.back() << " ms at most; " << (*store)->stats().partitions
            << " partitions at the end\n";
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

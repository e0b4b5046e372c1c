// kill -9 while a store appends as fast as it can: all that was acknowledged is there to the bit, and no round is torn.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bit>
#include <chrono>
#include <iostream>
#include <map>
#include <thread>

#include "base/duration.h"
#include "scratch_dir.h"
#include "seed.h"
#include "tsdb/store.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr int kKills = 50;
constexpr std::uint64_t kLifeMaxMs = 200;
constexpr std::int64_t kStepMs = 1000;
constexpr std::int64_t kRoundsPerPartition = 600;  // of ten minutes, an eighth of the retention
constexpr std::int64_t kRoundsMax = INT32_MAX;
constexpr std::uint64_t kHosts = 4;
constexpr std::uint64_t kMetrics = 12;

StoreOptions Options(const std::filesystem::path& path) { return {path, 80 * kMinuteMs, {"host"}}; }

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
    if (!(*store)->Append({&samples, 1}).ok()) _exit(3);
    if (write(acknowledge, &round, sizeof(round)) != sizeof(round)) _exit(4);
  }
}

// Lets a child append from `first` on for `life_ms`; returns the last round that it acknowledged, or the one before.
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
  std::int64_t acknowledged = first - 1;
  std::thread reader([&acknowledged, fd = ends[0]] {
    std::int64_t round = 0;
    while (read(fd, &round, sizeof(round)) == sizeof(round)) acknowledged = round;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(life_ms));
  kill(child, SIGKILL);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the child ended by itself: " << status;
  reader.join();
  close(ends[0]);
  return acknowledged;
}

// Checks the rounds from `first` to `end`, exclusive; returns the last that is there.
std::int64_t Check(const Store& store, std::int64_t first, std::int64_t end, std::int64_t acknowledged) {
  Selection selection;
  selection.start_ms = first * kStepMs;
  selection.end_ms = (end - 1) * kStepMs;
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
  std::int64_t expected = first;
  for (const auto& [round, samples] : samples_of_round) {
    EXPECT_EQ(round, expected++) << "a round is missing";
    EXPECT_EQ(samples, kHosts * kMetrics - 1) << "round " << round << " is torn";
  }
  EXPECT_GT(expected, acknowledged) << "acknowledged rounds are lost";
  return expected - 1;
}

TEST(KilledStore, KeepsAllThatWasAcknowledgedAndNoTornRound) {
  std::mt19937_64 random = SeededRandom();
  const ScratchDir scratch(std::filesystem::temp_directory_path());
  std::map<std::int64_t, std::int64_t> lives;  // first round of a child: its last
  std::int64_t last = -1;
  std::int64_t unacknowledged = 0;
  for (int i = 0; i < kKills && !HasFailure(); ++i) {
    std::int64_t first = last + 1;
    // Often into a new partition, so that the making of one is killed too.
    if (Below(random, 3) == 0) first = (last / kRoundsPerPartition + 1) * kRoundsPerPartition;
    const std::int64_t acknowledged = AppendAndKill(scratch.path(), first, Below(random, kLifeMaxMs + 1));
    const auto store = Store::Open(Options(scratch.path()));
    ASSERT_TRUE(store.ok()) << store.status().message();
    EXPECT_EQ((*store)->stats().quarantined, 0U);
    last = Check(**store, first, kRoundsMax, acknowledged);
    unacknowledged += last - acknowledged;
    lives[first] = last;
  }
  const auto store = Store::Open(Options(scratch.path()));
  ASSERT_TRUE(store.ok()) << store.status().message();
  std::int64_t rounds = 0;
  for (const auto& [first, its_last] : lives) {
    EXPECT_EQ(Check(**store, first, its_last + 1, its_last), its_last);
    rounds += its_last - first + 1;
  }
  EXPECT_GT(rounds, kKills) << "too few rounds to have shown anything";
  std::cout << kKills << " kills, " << rounds << " rounds kept, " << unacknowledged
            << " of them written but not yet acknowledged, " << (*store)->stats().partitions << " partitions\n";
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

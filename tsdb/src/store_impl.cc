#include "store_impl.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/duration.h"
#include "base/log.h"
#include "codec/block.h"
#include "span.h"
#include "store_upgrade.h"
#include "store_view.h"

namespace proxy_telemetry::tsdb {
namespace {

// Tiers have fewer samples: their partitions are longer, so that their blocks can be.
constexpr std::int64_t kTierSpanMs = 16 * kDayMs;
constexpr std::int64_t kTierRowsPerPartition = 4096;

// How long readers of a partition that must be opened anew are waited for, and how soon after that in vain again.
constexpr int kReaderWaitUs = 1000;
constexpr int kReaderWaitsMax = 500;
constexpr std::int64_t kImpatientUs = 10'000'000;

std::int64_t TierSpanMs(const TierOptions& tier) {
  const std::int64_t by_retention = PartitionSpanMs(tier.retention_ms);
  const std::int64_t by_rows = std::max(kDayMs, std::min(kTierSpanMs, tier.resolution_ms * kTierRowsPerPartition));
  return tier.retention_ms == 0 ? by_rows : std::max(by_retention, std::min(by_rows, tier.retention_ms / 8));
}

std::string TierName(std::int64_t resolution_ms) {
  return resolution_ms == 0 ? "raw" : std::to_string(resolution_ms / 1000) + "s";
}

}  // namespace

std::vector<std::string> DefaultGroupLabels() { return {"job", "instance", "host"}; }

Result<std::unique_ptr<Store>> Store::Open(const StoreOptions& options) {
  PT_RETURN_IF_ERROR(UpgradeFromVersion1(options));
  PT_ASSIGN_OR_RETURN(std::unique_ptr<StoreImpl> store, StoreImpl::Open(options));
  return std::unique_ptr<Store>(std::move(store));
}

Result<std::unique_ptr<StoreImpl>> StoreImpl::Open(const StoreOptions& options) {
  if (options.block_ticks < 2 || options.block_ticks > kBlockTicksMax) {
    return Status::InvalidArgument("block_ticks must be from 2 to " + std::to_string(kBlockTicksMax));
  }
  StoreEnv& env = options.env != nullptr ? *options.env : StoreEnv::System();
  PT_RETURN_IF_ERROR(MakeDirectory(env, options.path));
  PT_ASSIGN_OR_RETURN(DirectoryLock lock, DirectoryLock::Take(options.path));
  auto store = std::make_unique<StoreImpl>(options, std::move(lock));
  PT_RETURN_IF_ERROR(store->Load());
  return store;
}

StoreImpl::StoreImpl(StoreOptions options, DirectoryLock lock)
    : options_(std::move(options)),
      lock_(std::move(lock)),
      env_(options_.env != nullptr ? *options_.env : StoreEnv::System()),
      registry_(std::make_shared<Registry>(options_.group_labels)),
      index_(*registry_),
      log_(env_, options_.path / "head", *registry_) {
  tiers_.push_back({{0, options_.retention_ms}, PartitionSpanMs(options_.retention_ms), options_.path / "raw", {}});
  for (const TierOptions& tier : options_.tiers) {
    tiers_.push_back({tier, TierSpanMs(tier), options_.path / TierName(tier.resolution_ms), {}});
  }
}

// What cannot be closed cleanly now is opened like after a crash.
StoreImpl::~StoreImpl() {
  const auto note = [](const Status& status) {
    if (!status.ok()) LogWarn("the history was not closed cleanly", {{"reason", status.message()}});
  };
  {
    MutexLock lock(mutex_);
    state_.reset();
  }
  note(log_.Close());
  for (Tier& tier : tiers_) {
    for (const auto& partition : tier.partitions) {
      if (partition->is_writable()) note(partition->Seal(false));
    }
  }
  note(RemoveDoomed());
}

void StoreImpl::Publish() {
  auto state = std::make_shared<StoreState>();
  state->buffers = read_buffers_;
  state->commit = commit_;
  state->series_generation = series_generation_;
  for (const Tier& tier : tiers_) {
    TierView& view = state->tiers.emplace_back();
    view.resolution_ms = tier.options.resolution_ms;
    view.partitions.reserve(tier.partitions.size());
    for (const auto& partition : tier.partitions) {
      std::shared_ptr<const DatabaseSnapshot> snapshot = partition->snapshot();
      if (snapshot) {
        view.partitions.push_back({partition, std::move(snapshot)});
      } else {
        state->incomplete = Status::Unavailable(partition->path().string() + " cannot be opened at the moment");
      }
    }
  }
  state_ = std::move(state);
  states_.push_back(state_);
}

// Of the states that a view may hold or get.
std::uint64_t StoreImpl::OldestCommit() {
  while (!states_.empty()) {
    const std::shared_ptr<const StoreState> state = states_.front().lock();
    if (state) return state->commit;
    states_.pop_front();
  }
  return commit_;
}

std::shared_ptr<const View> StoreImpl::NewView() const {
  MutexLock lock(mutex_);
  while (reopening_) reopened_.Wait(mutex_);
  return std::make_shared<const StoreView>(index_, state_);
}

StoreStats StoreImpl::stats() const {
  std::shared_ptr<const StoreState> state;
  StoreStats stats;
  {
    MutexLock lock(mutex_);
    while (reopening_) reopened_.Wait(mutex_);
    state = state_;
    stats = stats_;
    stats.min_ts_ms = min_ts_ms_.value_or(0);
    stats.max_ts_ms = max_ts_ms_.value_or(0);
  }
  stats.series = index_.CountKept(state->commit);
  stats.filesystem_size_bytes = env_.SizeBytes(options_.path);
  stats.filesystem_avail_bytes = std::min(env_.FreeBytes(options_.path), stats.filesystem_size_bytes);
  for (const TierView& tier : state->tiers) {
    StoreStats::Tier& out = stats.tiers.emplace_back();
    out.resolution_ms = tier.resolution_ms;
    out.partitions = tier.partitions.size();
    Totals totals;
    for (const PartitionView& partition : tier.partitions) totals.Add(partition.partition->totals());
    out.blocks = totals.blocks;
    out.samples = totals.samples;
    if (totals.blocks != 0) {
      out.min_ts_ms = totals.min_ts_ms;
      out.max_ts_ms = totals.max_ts_ms;
    }
    stats.partitions += tier.partitions.size();
  }
  return stats;
}

Status StoreImpl::WithoutReaders(const std::shared_ptr<Partition>& partition, const std::function<Status()>& action) {
  {
    MutexLock lock(mutex_);
    reopening_ = true;
    state_.reset();
    partition->DropSnapshot();
  }
  // Views that did not go in time a moment ago do not hold up everything again so soon.
  const int waits_max = Clock::System().SteadyUs() < impatient_until_us_ ? 0 : kReaderWaitsMax;
  for (int i = 0; i < waits_max && partition->IsRead(); ++i) env_.SleepForMicroseconds(kReaderWaitUs);
  if (partition->IsRead()) impatient_until_us_ = Clock::System().SteadyUs() + kImpatientUs;
  const Status done =
      partition->IsRead() ? Status::Unavailable(partition->path().string() + " is being read") : action();
  MutexLock lock(mutex_);
  // The action may have let go of it.
  if (partition) partition->RefreshSnapshot();
  Publish();
  reopening_ = false;
  reopened_.NotifyAll();
  return done;
}

}  // namespace proxy_telemetry::tsdb

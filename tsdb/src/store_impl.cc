#include "store_impl.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "span.h"
#include "store_view.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::size_t kBlockCacheBytes = 8 << 20;

}  // namespace

Result<std::unique_ptr<Store>> Store::Open(const StoreOptions& options) {
  PT_RETURN_IF_ERROR(MakeDirectory(options.path));
  PT_ASSIGN_OR_RETURN(DirectoryLock lock, DirectoryLock::Take(options.path));
  auto store = std::make_unique<StoreImpl>(options, std::move(lock));
  PT_RETURN_IF_ERROR(store->Load());
  return std::unique_ptr<Store>(std::move(store));
}

StoreImpl::StoreImpl(StoreOptions options, DirectoryLock lock)
    : options_(std::move(options)),
      lock_(std::move(lock)),
      span_ms_(PartitionSpanMs(options_.retention_ms)),
      cache_(leveldb::NewLRUCache(kBlockCacheBytes)) {}

StoreImpl::~StoreImpl() {
  // What it cannot remove now, the next start expires again.
  static_cast<void>(RemoveDoomed().ok());
}

void StoreImpl::Adopt(const std::shared_ptr<Partition>& partition) {
  const auto by_start = [](const auto& a, const auto& b) { return a->start_ms() < b->start_ms(); };
  partitions_.insert(std::upper_bound(partitions_.begin(), partitions_.end(), partition, by_start), partition);
  for (const SeriesHandle& series : partition->StoredSeries()) index_.Keep(*series, version_);
}

std::shared_ptr<const View> StoreImpl::NewView() const {
  std::vector<PartitionView> partitions;
  MutexLock lock(mutex_);
  while (reopening_) reopened_.Wait(mutex_);
  partitions.reserve(partitions_.size());
  for (const auto& partition : partitions_) partitions.push_back({partition, partition->snapshot()});
  return std::make_shared<const StoreView>(*this, version_, incomplete_, std::move(partitions));
}

StoreStats StoreImpl::stats() const {
  MutexLock lock(mutex_);
  StoreStats stats = stats_;
  stats.series = index_.size();
  stats.partitions = partitions_.size();
  for (const auto& partition : partitions_) {
    std::optional<std::int64_t> oldest;
    for (const auto& group : partition->groups()) {
      if (group->stored == 0) continue;
      const std::int64_t first_ts_ms = group->slots.front().first_ts_ms;
      oldest = std::min(oldest.value_or(first_ts_ms), first_ts_ms);
    }
    if (!oldest) continue;
    stats.min_ts_ms = *oldest;
    break;
  }
  stats.max_ts_ms = max_ts_ms_.value_or(0);
  return stats;
}

std::vector<SeriesHandle> StoreImpl::Select(std::span<const Matcher> matchers, std::uint64_t version) const {
  MutexLock lock(mutex_);
  return index_.Select(matchers, version);
}

std::vector<std::string> StoreImpl::AllLabelValues(std::string_view name, std::uint64_t version) const {
  MutexLock lock(mutex_);
  return index_.LabelValues(name, version);
}

std::vector<GroupPlaces> StoreImpl::Locate(const Partition& partition, const std::string& group_key,
                                           const WantedSeries& wanted) const {
  // A partition of an earlier configuration has other keys.
  std::unordered_set<std::string> keys;
  if (partition.group_labels() == options_.group_labels) {
    keys.insert(group_key);
  } else {
    for (const auto& [series, index] : wanted) keys.insert(GroupKey(series->labels(), partition.group_labels()));
  }
  std::vector<GroupPlaces> found;
  MutexLock lock(mutex_);
  for (const std::string& key : keys) {
    for (const Group* group : partition.GroupsOf(key)) {
      GroupPlaces places{group->id, {}};
      for (std::uint32_t slot = 0; slot < group->stored; ++slot) {
        const auto it = wanted.find(group->slots[slot].series.get());
        if (it != wanted.end()) places.places.push_back({slot, it->second, group->slots[slot].first_ts_ms});
      }
      if (!places.places.empty()) found.push_back(std::move(places));
    }
  }
  return found;
}

}  // namespace proxy_telemetry::tsdb

// StoreImpl's retention: whole partitions leave.
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "base/clock.h"
#include "store_impl.h"

namespace proxy_telemetry::tsdb {

Result<std::uint64_t> StoreImpl::Expire(std::int64_t now_ms) {
  if (options_.retention_ms == 0) return std::uint64_t{0};
  std::uint64_t expired = 0;
  {
    MutexLock lock(mutex_);
    while (!partitions_.empty() && partitions_.front()->end_ms() <= now_ms - options_.retention_ms) {
      if (expired++ == 0) ++version_;
      index_.Hide(partitions_.front()->StoredSeries(), version_);
      doomed_.push_back(std::move(partitions_.front()));
      partitions_.erase(partitions_.begin());
    }
    if (partitions_.empty()) max_ts_ms_.reset();
  }
  for (const auto& partition : doomed_) {
    if (placed_epoch_ == partition->epoch()) placed_epoch_ = 0;
    if (broken_ == partition->path()) broken_.reset();
  }
  PT_RETURN_IF_ERROR(RemoveDoomed());
  if (expired != 0) RefreshDiskBytes();
  return expired;
}

// Those that a view still reads wait for the next call: their files must stay where LevelDB knows them.
Status StoreImpl::RemoveDoomed() {
  PartitionList closing;
  const auto unread = std::partition(doomed_.begin(), doomed_.end(), [](const auto& p) { return p.use_count() > 1; });
  std::move(unread, doomed_.end(), std::back_inserter(closing));
  doomed_.erase(unread, doomed_.end());
  Status first_failure;
  for (std::shared_ptr<Partition>& partition : closing) {
    const std::filesystem::path path = partition->path();
    const std::vector<SeriesHandle> series = partition->StoredSeries();
    partition.reset();
    {
      MutexLock lock(mutex_);
      index_.Release(series);
    }
    const std::filesystem::path trash = options_.path / (kTrashPrefix + path.filename().string());
    Status removed = Rename(path, trash);
    std::error_code error;
    std::filesystem::remove_all(trash, error);
    if (error) removed = Status::IoError("remove " + trash.string() + ": " + error.message());
    if (first_failure.ok()) first_failure = removed;
  }
  return first_failure;
}

void StoreImpl::RefreshDiskBytes() {
  disk_bytes_read_ms_ = Clock::System().SteadyMs();
  const std::uint64_t bytes = DirectoryBytes(options_.path);
  MutexLock lock(mutex_);
  stats_.disk_bytes = bytes;
}

}  // namespace proxy_telemetry::tsdb

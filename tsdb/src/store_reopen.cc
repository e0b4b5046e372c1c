// StoreImpl after a failed write: LevelDB stays in its error until the partition is opened anew.
#include <sys/statvfs.h>

#include <algorithm>

#include "store_impl.h"

namespace proxy_telemetry::tsdb {
namespace {

// LevelDB writes a table when it opens; with less room than that an attempt would close what can still be read.
constexpr std::uint64_t kReopenFreeBytesMin = 16 << 20;

std::uint64_t FreeBytes(const std::filesystem::path& path) {
  struct statvfs stats{};
  if (statvfs(path.c_str(), &stats) != 0) return 0;
  return static_cast<std::uint64_t>(stats.f_bavail) * stats.f_frsize;
}

}  // namespace

Status StoreImpl::ReopenBroken() {
  if (!broken_) return Status::Ok();
  Status wait = Status::Unavailable("the last write to " + broken_->string() +
                                    " failed; it is opened anew when there is room on the disk and no query reads it");
  if (FreeBytes(options_.path) < kReopenFreeBytesMin) return wait;
  std::shared_ptr<Partition> closing;
  {
    MutexLock lock(mutex_);
    const auto found =
        std::find_if(partitions_.begin(), partitions_.end(), [this](const auto& p) { return p->path() == *broken_; });
    if (found != partitions_.end()) {
      if (found->use_count() > 1) return wait;
      closing = std::move(*found);
      partitions_.erase(found);
    }
    reopening_ = true;
  }
  std::vector<SeriesHandle> before;
  if (closing) before = closing->StoredSeries();
  closing.reset();
  const Status opened = LoadPartition(*broken_);
  MutexLock lock(mutex_);
  ++version_;
  index_.Hide(before, version_);
  index_.Release(before);
  incomplete_ = opened;
  if (opened.ok()) broken_.reset();
  reopening_ = false;
  reopened_.NotifyAll();
  return opened;
}

}  // namespace proxy_telemetry::tsdb

#include "read_buffers.h"

#include <utility>

namespace proxy_telemetry::tsdb {
namespace {

bool IsSmall(const ReadBuffers& buffers) {
  std::size_t points = 0;
  for (const PointBuffer& of_series : buffers.points) points += of_series.capacity();
  for (const PointBuffer& of_series : buffers.newest) points += of_series.capacity();
  return points <= ReadBufferPool::kPointsMax && buffers.block.columns_max() <= ReadBufferPool::kColumnsMax;
}

}  // namespace

std::unique_ptr<ReadBuffers> ReadBufferPool::Take() {
  {
    MutexLock lock(mutex_);
    if (!kept_.empty()) {
      std::unique_ptr<ReadBuffers> buffers = std::move(kept_.back());
      kept_.pop_back();
      return buffers;
    }
  }
  return std::make_unique<ReadBuffers>();
}

void ReadBufferPool::Give(std::unique_ptr<ReadBuffers> buffers) {
  if (!IsSmall(*buffers)) return;
  MutexLock lock(mutex_);
  if (kept_.size() < kKeptMax) kept_.push_back(std::move(buffers));
}

std::size_t ReadBufferPool::kept() const {
  MutexLock lock(mutex_);
  return kept_.size();
}

}  // namespace proxy_telemetry::tsdb

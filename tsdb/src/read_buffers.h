// ReadBuffers: the memory that a GroupReader works in. A pool keeps that of a few readers that are gone: getting it
// anew was a tenth of what it costs to read the day of one host.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "codec/block.h"
#include "point_buffer.h"

namespace proxy_telemetry::tsdb {

struct ReadBuffers {
  BlockReader block;
  std::vector<PointBuffer> points;  // by wanted series
  std::vector<PointBuffer> newest;  // of the open block
};

// Any thread.
class ReadBufferPool {
 public:
  static constexpr std::size_t kKeptMax = 4;
  // What was larger is not kept: a range of years, a group of hundreds of series.
  static constexpr std::size_t kPointsMax = std::size_t{1} << 15U;  // 512 KB
  static constexpr std::size_t kColumnsMax = 64;

  ReadBufferPool() { kept_.reserve(kKeptMax); }

  std::unique_ptr<ReadBuffers> Take() EXCLUDES(mutex_);
  void Give(std::unique_ptr<ReadBuffers> buffers) EXCLUDES(mutex_);
  std::size_t kept() const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<ReadBuffers>> kept_ GUARDED_BY(mutex_);
};

}  // namespace proxy_telemetry::tsdb

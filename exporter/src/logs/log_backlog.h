// LogBacklog: lines that were received and are still to be read. Bounded: what does not fit is lost and counted, so
// that who sends them is never kept waiting.
//
// Push() and CountLost() are for the receiving thread, Take() for the reading one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"

namespace proxy_telemetry {

// Of one listener: about 200,000 lines, more than half a second at full speed.
inline constexpr std::size_t kLogBacklogBytesMax = std::size_t{64} << 20U;

// What a batch that is empty keeps of its memory: a busy second's worth, not what one burst took.
inline constexpr std::size_t kBatchBytesKept = std::size_t{16} << 20U;

// Lines one behind the other in one piece of memory, which is used again.
class LineBatch {
 public:
  void Clear() {
    if (capacity() > kBatchBytesKept) {
      *this = LineBatch();
      return;
    }
    bytes_.clear();
    sizes_.clear();
  }
  void Add(std::string_view line) {
    bytes_ += line;
    sizes_.push_back(static_cast<std::uint32_t>(line.size()));
  }
  // What it holds in memory.
  std::size_t bytes() const { return bytes_.size() + sizes_.size() * sizeof(std::uint32_t); }
  std::size_t size() const { return sizes_.size(); }
  std::size_t capacity() const { return bytes_.capacity() + sizes_.capacity() * sizeof(std::uint32_t); }

  template <typename Visit>
  void ForEach(const Visit& visit) const {
    std::string_view rest = bytes_;
    for (const std::uint32_t size : sizes_) {
      visit(rest.substr(0, size));
      rest.remove_prefix(size);
    }
  }

 private:
  std::string bytes_;
  std::vector<std::uint32_t> sizes_;
};

class LogBacklog {
 public:
  explicit LogBacklog(std::size_t bytes_max = kLogBacklogBytesMax) : bytes_max_(bytes_max) {}

  void Push(std::span<const std::string_view> lines) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    for (const std::string_view line : lines) {
      if (waiting_.bytes() + line.size() + sizeof(std::uint32_t) > bytes_max_) {
        ++lost_;
      } else {
        waiting_.Add(line);
      }
    }
  }
  // Lines that the system dropped before they could be received.
  void CountLost(std::uint64_t lines) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    lost_ += lines;
  }
  // All that waits goes to `batch`, whose memory is used for what comes next.
  void Take(LineBatch& batch) EXCLUDES(mutex_) {
    batch.Clear();
    MutexLock lock(mutex_);
    std::swap(batch, waiting_);
  }
  std::uint64_t lost() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return lost_;
  }

 private:
  const std::size_t bytes_max_;
  mutable Mutex mutex_;
  LineBatch waiting_ GUARDED_BY(mutex_);
  std::uint64_t lost_ GUARDED_BY(mutex_) = 0;
};

}  // namespace proxy_telemetry

// ReadAhead: the points of many groups, in order, read by two threads: the one that asks, and one that reads on while
// that one uses what it has got. Made for one cursor; Next() is for one thread. A query over all hosts takes about half
// as long as one thread needs; it is not worth a thread for a few groups.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "group_reader.h"

namespace proxy_telemetry::tsdb {

class ReadAhead {
 public:
  // Fewer are read by the thread that asks.
  static constexpr std::size_t kGroupsMin = 64;
  // So many groups are read ahead at most, and no further one while so many points, 16 MB, wait; beside them there are
  // the group that was given and the one or two that are being read.
  static constexpr std::size_t kGroupsAhead = 16;
  static constexpr std::size_t kPointsAhead = std::size_t{1} << 20U;

  // All of it must outlive this object.
  ReadAhead(const StoreState& state, const Selection& selection, std::span<const SelectedGroup> groups);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // To the next group; false at the end, or when a limit was hit. Throws what reading threw.
  bool Next();
  // Of that group, as GroupReader has them; valid until the next call.
  const std::vector<PointBuffer>& points() const { return points_; }
  // Damage met so far, or the limit that was hit.
  const Status& status() const { return status_; }

 private:
  struct Result {
    std::vector<PointBuffer> points;
    std::size_t count = 0;  // of points
    Status status;
    std::exception_ptr error;
    bool is_over = false;
    bool is_ready = false;
  };

  void Run();
  bool MayClaim() const REQUIRES(mutex_);
  void ReadNext(GroupReader& reader) REQUIRES(mutex_);
  bool Take(Result& result) REQUIRES(mutex_);

  const Selection& selection_;
  const std::span<const SelectedGroup> groups_;
  std::atomic<bool> stop_ = false;
  // Of the thread that asks.
  GroupReader own_reader_;
  std::vector<PointBuffer> points_;
  Status status_;
  std::uint64_t samples_ = 0;  // of what was given
  bool is_over_ = false;

  Mutex mutex_;
  CondVar result_is_ready_;
  CondVar may_claim_;
  std::array<Result, kGroupsAhead> results_ GUARDED_BY(mutex_);  // of group i at i % kGroupsAhead
  // Buffers that wait to be filled, none of them large.
  std::vector<std::vector<PointBuffer>> free_ GUARDED_BY(mutex_);
  std::size_t claimed_ GUARDED_BY(mutex_) = 0;  // groups that are read, or being read
  std::size_t given_ GUARDED_BY(mutex_) = 0;
  std::size_t waiting_points_ GUARDED_BY(mutex_) = 0;
  GroupReader ahead_reader_;  // of the thread
  std::thread thread_;        // the last member: it uses the others
};

}  // namespace proxy_telemetry::tsdb

#include "read_ahead.h"

#include <pthread.h>

#include <exception>
#include <system_error>
#include <utility>

#include "base/log.h"

namespace proxy_telemetry::tsdb {

ReadAhead::ReadAhead(const StoreState& state, const Selection& selection, std::span<const SelectedGroup> groups)
    : selection_(selection),
      groups_(groups),
      own_reader_(state, selection),
      status_(state.incomplete),
      ahead_reader_(state, selection, &stop_) {
  {
    MutexLock lock(mutex_);
    free_.reserve(kGroupsAhead + 1);
  }
  try {
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "read-ahead");
      Run();
    });
  } catch (const std::system_error& error) {
    LogWarn("no thread to read ahead with: a query takes twice as long", {{"reason", error.what()}});
  }
}

ReadAhead::~ReadAhead() {
  {
    MutexLock lock(mutex_);
    stop_ = true;
  }
  may_claim_.NotifyOne();
  if (thread_.joinable()) thread_.join();
}

void ReadAhead::Run() {
  MutexLock lock(mutex_);
  while (!stop_ && claimed_ < groups_.size() && !ahead_reader_.is_over()) {
    if (MayClaim()) {
      ReadNext(ahead_reader_);
      result_is_ready_.NotifyOne();
    } else {
      may_claim_.Wait(mutex_);
    }
  }
}

// What is asked for next may always be read.
bool ReadAhead::MayClaim() const {
  if (claimed_ == groups_.size()) return false;
  return claimed_ == given_ || (claimed_ - given_ < kGroupsAhead && waiting_points_ < kPointsAhead);
}

// Holds the mutex but while it reads.
void ReadAhead::ReadNext(GroupReader& reader) {
  const std::size_t group = claimed_++;
  Result& result = results_[group % kGroupsAhead];
  std::vector<PointBuffer> points;
  if (!free_.empty()) {
    points = std::move(free_.back());
    free_.pop_back();
  }
  mutex_.Unlock();
  Status status;
  std::exception_ptr error;
  try {
    reader.Read(groups_[group]);
    status = reader.status();
  } catch (...) {
    error = std::current_exception();
  }
  reader.SwapPoints(points);
  mutex_.Lock();
  result.points = std::move(points);
  result.count = 0;
  for (const PointBuffer& of_series : result.points) result.count += of_series.size();
  result.status = std::move(status);
  result.error = error;
  result.is_over = reader.is_over();
  result.is_ready = true;
  waiting_points_ += result.count;
}

bool ReadAhead::Next() {
  MutexLock lock(mutex_);
  while (!is_over_ && given_ < groups_.size()) {
    Result& result = results_[given_ % kGroupsAhead];
    if (result.is_ready) return Take(result);
    if (MayClaim()) {
      ReadNext(own_reader_);
    } else {
      result_is_ready_.Wait(mutex_);
    }
  }
  return false;
}

bool ReadAhead::Take(Result& result) {
  std::size_t capacity = 0;
  for (const PointBuffer& of_series : points_) capacity += of_series.capacity();
  if (capacity <= kPointsAhead / kGroupsAhead) free_.push_back(std::move(points_));
  points_ = std::move(result.points);
  result.is_ready = false;
  waiting_points_ -= result.count;
  ++given_;
  may_claim_.NotifyOne();
  if (status_.ok()) status_ = result.status;
  // Each reader counts what it reads itself, and when; what counts is what is given, and when.
  samples_ += result.count;
  const QueryLimits& limits = selection_.limits;
  if (result.error) {
    is_over_ = true;
    status_ = Status::ResourceExhausted("the query could not be read to its end");
  } else if (result.is_over) {
    status_ = result.status;
    is_over_ = true;
  } else if (limits.samples != 0 && samples_ > limits.samples) {
    status_ = GroupReader::TooManySamples(limits.samples);
    is_over_ = true;
  } else if (own_reader_.IsTooLate()) {
    status_ = GroupReader::TookTooLong(limits.time_ms);
    is_over_ = true;
  }
  if (!is_over_) return true;
  stop_ = true;
  if (result.error) std::rethrow_exception(result.error);
  return false;
}

}  // namespace proxy_telemetry::tsdb

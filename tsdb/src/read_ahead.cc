#include "read_ahead.h"

#include <pthread.h>

#include <exception>
#include <system_error>
#include <utility>

#include "base/log.h"

namespace proxy_telemetry::tsdb {

ReadAhead::ReadAhead(const StoreState& state, const Selection& selection, std::span<const SelectedGroup> groups)
    : selection_(selection), groups_(groups), own_reader_(state, selection), ahead_reader_(state, selection) {
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
  std::vector<PointBuffer> points = std::move(result.points);
  mutex_.Unlock();
  Status failed;
  try {
    reader.Read(groups_[group]);
  } catch (const std::exception& error) {
    failed = Status::ResourceExhausted(std::string("the query could not be read to its end: ") + error.what());
  }
  reader.SwapPoints(points);
  mutex_.Lock();
  result.points = std::move(points);
  result.count = 0;
  for (const PointBuffer& of_series : result.points) result.count += of_series.size();
  result.status = failed.ok() ? reader.status() : failed;
  result.is_over = !failed.ok() || reader.is_over();
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
  std::swap(points_, result.points);
  result.is_ready = false;
  waiting_points_ -= result.count;
  ++given_;
  may_claim_.NotifyOne();
  if (status_.ok()) status_ = result.status;
  // Each reader counts what it reads itself; what counts is what is given.
  samples_ += result.count;
  const std::uint64_t limit = selection_.limits.samples;
  is_over_ = result.is_over || (limit != 0 && samples_ > limit);
  if (!is_over_) return true;
  status_ = result.is_over ? result.status : GroupReader::TooManySamples(limit);
  return false;
}

}  // namespace proxy_telemetry::tsdb

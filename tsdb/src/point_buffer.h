// PointBuffer: points as they are read: a vector that does not clear what is written over next.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>

#include "tsdb/series.h"

namespace proxy_telemetry::tsdb {

class PointBuffer {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t capacity() const { return capacity_; }
  const Point& back() const { return points_[size_ - 1]; }
  std::span<const Point> points() const { return {points_.get(), size_}; }
  std::span<Point> points() { return {points_.get(), size_}; }

  void clear() { size_ = 0; }
  void push_back(const Point& point) {
    if (size_ == capacity_) MakeRoom(1);
    points_[size_++] = point;
  }
  // Where `count` more may be written; then SetEnd() says how far it was.
  Point* MakeRoom(std::size_t count) {
    if (capacity_ - size_ < count) {
      const std::size_t capacity = std::max({size_ + count, 2 * capacity_, kCapacityMin});
      auto points = std::make_unique_for_overwrite<Point[]>(capacity);
      std::copy_n(points_.get(), size_, points.get());
      points_ = std::move(points);
      capacity_ = capacity;
    }
    return points_.get() + size_;
  }
  void SetEnd(const Point* end) { size_ = static_cast<std::size_t>(end - points_.get()); }
  void Append(std::span<const Point> more) {
    if (more.empty()) return;
    SetEnd(std::copy(more.begin(), more.end(), MakeRoom(more.size())));
  }

 private:
  static constexpr std::size_t kCapacityMin = 256;

  std::unique_ptr<Point[]> points_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace proxy_telemetry::tsdb

#include "exporter/target_status.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace proxy_telemetry {

const char* TargetHealthName(TargetHealth health) {
  switch (health) {
    case TargetHealth::kUnknown:
      return "unknown";
    case TargetHealth::kUp:
      return "up";
    case TargetHealth::kDown:
      return "down";
  }
  return "unknown";
}

void TargetStatusBoard::Publish(TargetId target, std::shared_ptr<const TargetStatus> status) {
  MutexLock lock(mutex_);
  active_[target] = std::move(status);
}

void TargetStatusBoard::Remove(TargetId target) {
  MutexLock lock(mutex_);
  active_.erase(target);
}

void TargetStatusBoard::SetDropped(std::vector<DroppedTarget> dropped) {
  auto shared = std::make_shared<const std::vector<DroppedTarget>>(std::move(dropped));
  MutexLock lock(mutex_);
  dropped_ = std::move(shared);
}

TargetStatuses TargetStatusBoard::Snapshot() const {
  TargetStatuses statuses;
  {
    MutexLock lock(mutex_);
    statuses.active.reserve(active_.size());
    for (const auto& [id, status] : active_) statuses.active.push_back(status);
    statuses.dropped = dropped_;
  }
  // Targets come and go: ids alone would scatter a job's targets.
  std::sort(statuses.active.begin(), statuses.active.end(), [](const auto& a, const auto& b) {
    return std::tie(a->job, a->source, a->labels) < std::tie(b->job, b->source, b->labels);
  });
  return statuses;
}

}  // namespace proxy_telemetry

#include "exporter/exposition.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "exposition_writer.h"

namespace proxy_telemetry {

Exposition::Exposition(std::shared_ptr<const prometheus::Collectable> self, const Clock& clock)
    : self_(std::move(self)), clock_(clock) {}

void Exposition::Publish(std::shared_ptr<const TargetRound> round) {
  std::shared_ptr<const TargetRound> replaced;  // freed after the lock: a large round takes its time
  MutexLock lock(mutex_);
  auto& slot = rounds_[round->target];
  replaced = std::exchange(slot, std::move(round));
  ++version_;
}

void Exposition::Remove(TargetId target) {
  MutexLock lock(mutex_);
  rounds_.erase(target);
  ++version_;
}

void Exposition::Invalidate() {
  MutexLock lock(mutex_);
  ++version_;
}

std::shared_ptr<const std::string> Exposition::Page(ExpositionFormat format) {
  MutexLock render_lock(render_mutex_);
  CachedPage& page = pages_[format];
  const std::int64_t now_ms = clock_.SteadyMs();
  std::vector<std::shared_ptr<const TargetRound>> rounds;
  std::uint64_t version = 0;
  {
    MutexLock lock(mutex_);
    version = version_;
    if (page.text && page.version == version && now_ms - page.rendered_ms < kExpositionAgeMaxMs) return page.text;
    rounds.reserve(rounds_.size());
    for (const auto& [id, round] : rounds_) rounds.push_back(round);
  }
  std::vector<prometheus::MetricFamily> own = self_->Collect();
  std::sort(own.begin(), own.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  page.text =
      std::make_shared<const std::string>(WriteExposition(format, rounds, own, page.text ? page.text->size() : 0));
  page.version = version;
  page.rendered_ms = now_ms;
  return page.text;
}

}  // namespace proxy_telemetry

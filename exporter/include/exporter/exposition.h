// Exposition: the /metrics page. Holds the latest round of every target and renders them, family by family,
// with this program's own metrics behind them.
//
// Rendered when first asked for after a change, then served from memory; at most kExpositionAgeMaxMs old while
// nothing changes (the program's own metrics move on). Thread-safe; Publish never waits for a rendering.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "exporter/openmetrics_parser.h"
#include "exporter/round.h"

namespace prometheus {
class Collectable;
}

namespace proxy_telemetry {

inline constexpr std::int64_t kExpositionAgeMaxMs = 1000;

class Exposition {
 public:
  // `self`: this program's own metrics; `clock` outlives the Exposition.
  Exposition(std::shared_ptr<const prometheus::Collectable> self, const Clock& clock);

  // Takes the place of the target's round before.
  void Publish(std::shared_ptr<const TargetRound> round) EXCLUDES(mutex_);
  void Remove(TargetId target) EXCLUDES(mutex_);
  // The next page shows this program's metrics as they are then.
  void Invalidate() EXCLUDES(mutex_);

  // The same string object as long as the page is the same.
  std::shared_ptr<const std::string> Page(ExpositionFormat format) EXCLUDES(mutex_, render_mutex_);

 private:
  struct CachedPage {
    std::shared_ptr<const std::string> text;
    std::uint64_t version = 0;
    std::int64_t rendered_ms = 0;
  };

  const std::shared_ptr<const prometheus::Collectable> self_;
  const Clock& clock_;
  Mutex render_mutex_;  // taken before mutex_: one rendering at a time, the others wait for its page
  Mutex mutex_;
  std::map<TargetId, std::shared_ptr<const TargetRound>> rounds_ GUARDED_BY(mutex_);
  std::uint64_t version_ GUARDED_BY(mutex_) = 1;
  std::map<ExpositionFormat, CachedPage> pages_ GUARDED_BY(render_mutex_);
};

}  // namespace proxy_telemetry

// Handles without a store, for tests of what only compares and holds them.
#pragma once

#include <map>
#include <memory>

#include "base/labels.h"
#include "series_table.h"

namespace proxy_telemetry {

// Gives one handle per label set; the handles point to nothing that may be looked into.
class FakeIntern {
 public:
  tsdb::SeriesHandle operator()(const Labels& labels) {
    const auto [found, added] = keys_.try_emplace(labels, nullptr);
    if (added) found->second = std::make_shared<char>();
    return {found->second, reinterpret_cast<tsdb::Series*>(found->second.get())};
  }
  std::size_t size() const { return keys_.size(); }
  bool Has(const Labels& labels) const { return keys_.contains(labels); }

 private:
  std::map<Labels, std::shared_ptr<char>> keys_;
};

inline std::shared_ptr<const LabelPolicy> PolicyOf(bool honor_labels = false) {
  auto policy = std::make_shared<LabelPolicy>();
  policy->target_labels = Labels({{"job", "edge"}, {"instance", "h:1"}});
  policy->honor_labels = honor_labels;
  return policy;
}

}  // namespace proxy_telemetry

// SeriesRegistry: all label sets by identity. SeriesIndex: those with a sample kept, by label and value.
//
// The index is not thread-safe: guarded by the store's mutex. Handles may be dropped on any thread; the registry has
// its own lock for that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/labels.h"
#include "base/mutex.h"
#include "series.h"
#include "tsdb/series.h"

namespace proxy_telemetry::tsdb {

// One handle per label set. Thread-safe; outlives all its handles (they hold it).
class SeriesRegistry : public std::enable_shared_from_this<SeriesRegistry> {
 public:
  SeriesHandle Intern(const Labels& labels) EXCLUDES(mutex_);

 private:
  struct LabelsHash {
    using is_transparent = void;
    std::size_t operator()(const Labels& labels) const { return std::hash<Labels>{}(labels); }
    std::size_t operator()(const Series* series) const { return std::hash<Labels>{}(series->labels()); }
  };
  struct LabelsEqual {
    using is_transparent = void;
    bool operator()(const Series* a, const Series* b) const { return a->labels() == b->labels(); }
    bool operator()(const Labels& a, const Series* b) const { return a == b->labels(); }
    bool operator()(const Series* a, const Labels& b) const { return a->labels() == b; }
  };

  void Drop(Series* series) EXCLUDES(mutex_);

  Mutex mutex_;
  std::unordered_set<Series*, LabelsHash, LabelsEqual> all_ GUARDED_BY(mutex_);
};

// A version is the number of the commit that made it; a view sees what its version had.
class SeriesIndex {
 public:
  // From `version` on, one more partition has a sample of it.
  void Keep(Series& series, std::uint64_t version);
  // From `version` on, one partition fewer has samples of them; older views still find them.
  void Hide(std::span<const SeriesHandle> series, std::uint64_t version);
  // Once after Hide(), when no view reads the partition any more.
  void Release(std::span<const SeriesHandle> series);

  // Those kept at `version` that match all.
  std::vector<SeriesHandle> Select(std::span<const Matcher> matchers, std::uint64_t version) const;
  // Values of one label over all that was kept at `version`, unsorted.
  std::vector<std::string> LabelValues(std::string_view name, std::uint64_t version) const;
  // Of those kept now.
  std::size_t size() const { return kept_; }

 private:
  using Postings = std::vector<Series*>;
  struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Values = std::unordered_map<std::string, Postings, StringHash, std::equal_to<>>;

  const Postings* SmallestPostings(std::span<const Matcher> matchers) const;

  std::unordered_set<Series*> held_;
  std::size_t kept_ = 0;
  std::unordered_map<std::string, Values, StringHash, std::equal_to<>> by_label_;
};

}  // namespace proxy_telemetry::tsdb

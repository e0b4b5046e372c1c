// SeriesIndex: the groups of which a sample is kept, by the values of their group labels; selection by matchers.
//
// Guarded by its own mutex. What is kept of each series is in the series: the index only finds candidates.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/mutex.h"
#include "catalog/group.h"
#include "catalog/registry.h"
#include "tsdb/series.h"

namespace proxy_telemetry::tsdb {

// Series of one group, by slot; the columns are those of the group at that moment.
struct SelectedGroup {
  std::shared_ptr<Group> group;
  ColumnListPtr columns;
  std::shared_ptr<const std::vector<std::uint32_t>> slots;  // ascending, at least one
};

class SeriesIndex {
 public:
  explicit SeriesIndex(Registry& registry) : registry_(registry) {}

  // Writer only. From now on the group may have kept series.
  void Add(const std::shared_ptr<Group>& group) EXCLUDES(mutex_);
  // Writer only. Forgets groups of which no view that is not older than `oldest_commit` knows a series.
  void Purge(std::uint64_t oldest_commit) EXCLUDES(mutex_);

  // The series kept at `commit` that match all, by group, in the order of the groups' making.
  std::vector<SelectedGroup> Select(std::span<const Matcher> matchers, std::uint64_t commit) const EXCLUDES(mutex_);
  // Whether groups are formed by it.
  bool IsGroupLabel(std::string_view name) const;
  // How many series are kept at `commit`.
  std::size_t CountKept(std::uint64_t commit) const EXCLUDES(mutex_);

 private:
  struct Postings {
    std::map<std::string, std::vector<Group*>, std::less<>> values;
  };

  bool Candidates(std::span<const Matcher> matchers, std::vector<std::shared_ptr<Group>>& out) const EXCLUDES(mutex_);
  Registry& registry_;
  mutable Mutex mutex_;
  std::unordered_map<Group*, std::shared_ptr<Group>> groups_ GUARDED_BY(mutex_);
  std::map<std::string, Postings, std::less<>> by_label_ GUARDED_BY(mutex_);
};

}  // namespace proxy_telemetry::tsdb

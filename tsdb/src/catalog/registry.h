// Registry: label sets by identity. One Series object for equal labels while it, or another of its group, is held.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/labels.h"
#include "base/mutex.h"
#include "catalog/column.h"
#include "catalog/group.h"
#include "tsdb/series.h"

namespace proxy_telemetry::tsdb {

// Thread-safe. Its groups keep it alive.
class Registry : public std::enable_shared_from_this<Registry> {
 public:
  explicit Registry(std::vector<std::string> group_labels) : group_labels_(std::move(group_labels)) {}

  SeriesHandle Intern(const Labels& labels) EXCLUDES(mutex_);
  // The group of these group labels with that ordinal.
  std::shared_ptr<Group> InternGroup(const Labels& group_labels, std::uint32_t ordinal) EXCLUDES(mutex_);

  const std::vector<std::string>& group_labels() const { return group_labels_; }
  ColumnTable& columns() { return columns_; }

 private:
  std::shared_ptr<Group> FindOrMake(const Labels& group_labels, std::uint32_t ordinal) REQUIRES(mutex_);
  void Drop(Group* group) EXCLUDES(mutex_);

  const std::vector<std::string> group_labels_;
  ColumnTable columns_;
  Mutex mutex_;
  // By hash of the labels; each vector has the groups of its label sets in any order.
  std::unordered_multimap<std::size_t, Group*> groups_ GUARDED_BY(mutex_);
};

}  // namespace proxy_telemetry::tsdb

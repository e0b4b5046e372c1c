#include "catalog/registry.h"

#include <functional>

namespace proxy_telemetry::tsdb {

SeriesHandle Registry::Intern(const Labels& labels) {
  const SplitLabels split = Split(labels, group_labels_);
  const ColumnPtr column = columns_.Intern(split.column);
  for (std::uint32_t ordinal = 0;; ++ordinal) {
    const std::shared_ptr<Group> group = InternGroup(split.group, ordinal);
    MutexLock lock(group->mutex);
    if (Series* series = group->FindOrAdd(column)) return SeriesHandle(group, series);
  }
}

std::shared_ptr<Group> Registry::InternGroup(const Labels& group_labels, std::uint32_t ordinal) {
  MutexLock lock(mutex_);
  return FindOrMake(group_labels, ordinal);
}

std::shared_ptr<Group> Registry::FindOrMake(const Labels& group_labels, std::uint32_t ordinal) {
  const std::size_t hash = std::hash<Labels>{}(group_labels);
  const auto [begin, end] = groups_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    if (it->second->ordinal != ordinal || it->second->labels != group_labels) continue;
    // One that is being dropped right now can no longer be had: a new one takes its place.
    if (std::shared_ptr<Group> alive = it->second->weak_from_this().lock()) return alive;
    groups_.erase(it);
    break;
  }
  std::shared_ptr<Group> made(new Group(group_labels, ordinal),
                              [registry = shared_from_this()](Group* group) { registry->Drop(group); });
  groups_.emplace(hash, made.get());
  return made;
}

void Registry::Drop(Group* group) {
  {
    MutexLock lock(mutex_);
    const auto [begin, end] = groups_.equal_range(std::hash<Labels>{}(group->labels));
    for (auto it = begin; it != end; ++it) {
      if (it->second != group) continue;
      groups_.erase(it);
      break;
    }
  }
  delete group;
}

}  // namespace proxy_telemetry::tsdb

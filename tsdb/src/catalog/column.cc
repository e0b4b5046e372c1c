#include "catalog/column.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace proxy_telemetry::tsdb {
namespace {

std::size_t HashOf(const std::vector<ColumnPtr>& columns) {
  std::size_t hash = columns.size();
  for (const ColumnPtr& column : columns) {
    hash = (hash ^ std::hash<const Column*>{}(column.get())) * 0x9e3779b97f4a7c15U;
    hash ^= hash >> 29U;
  }
  return hash;
}

template <typename Map>
void EraseExpired(Map& map) {
  for (auto it = map.begin(); it != map.end();) {
    std::erase_if(it->second, [](const auto& weak) { return weak.expired(); });
    it = it->second.empty() ? map.erase(it) : std::next(it);
  }
}

}  // namespace

ColumnList::ColumnList(std::vector<ColumnPtr> columns) : columns_(std::move(columns)) {
  std::vector<Labels> labels;
  labels.reserve(columns_.size());
  for (const ColumnPtr& column : columns_) {
    positions_.emplace(column.get(), static_cast<std::uint32_t>(positions_.size()));
    labels.push_back(column->labels);
  }
  shape_ = BlockShape::Of(labels);
}

std::optional<std::uint32_t> ColumnList::Find(const Column* column) const {
  const auto found = positions_.find(column);
  if (found == positions_.end()) return std::nullopt;
  return found->second;
}

ColumnPtr ColumnTable::Intern(const Labels& labels) {
  const std::size_t hash = std::hash<Labels>{}(labels);
  MutexLock lock(mutex_);
  auto& same_hash = columns_[hash];
  for (const auto& weak : same_hash) {
    if (ColumnPtr column = weak.lock(); column && column->labels == labels) return column;
  }
  auto made = std::make_shared<const Column>(Column{labels});
  same_hash.push_back(made);
  Sweep();
  return made;
}

ColumnListPtr ColumnTable::Intern(std::vector<ColumnPtr> columns) {
  const std::size_t hash = HashOf(columns);
  {
    MutexLock lock(mutex_);
    for (const auto& weak : lists_[hash]) {
      if (ColumnListPtr list = weak.lock(); list && list->columns() == columns) return list;
    }
  }
  // Made without the lock: a shape takes its time. Another thread may have made it meanwhile, which does no harm.
  auto made = std::make_shared<const ColumnList>(std::move(columns));
  MutexLock lock(mutex_);
  lists_[hash].push_back(made);
  Sweep();
  return made;
}

void ColumnTable::Sweep() {
  if (columns_.size() + lists_.size() < sweep_at_) return;
  EraseExpired(columns_);
  EraseExpired(lists_);
  sweep_at_ = std::max<std::size_t>(1024, 2 * (columns_.size() + lists_.size()));
}

SplitLabels Split(const Labels& labels, std::span<const std::string> group_labels) {
  std::vector<Label> group;
  std::vector<Label> column;
  for (const Label& label : labels) {
    const bool is_group = std::find(group_labels.begin(), group_labels.end(), label.name) != group_labels.end();
    (is_group ? group : column).push_back(label);
  }
  return {Labels(std::move(group)), Labels(std::move(column))};
}

Labels Join(const Labels& group, const Labels& column) {
  std::vector<Label> all(group.begin(), group.end());
  all.insert(all.end(), column.begin(), column.end());
  return Labels(std::move(all));
}

}  // namespace proxy_telemetry::tsdb

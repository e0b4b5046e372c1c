#include "catalog/group.h"

#include <utility>

namespace proxy_telemetry::tsdb {

Series* Group::FindOrAdd(const ColumnPtr& column) {
  if (columns_) {
    if (const auto slot = columns_->Find(column.get())) return &series[*slot];
  }
  const std::size_t known = columns_ ? columns_->size() : 0;
  for (std::size_t i = 0; i < added_.size(); ++i) {
    if (added_[i] == column) return &series[known + i];
  }
  if (series.size() == kGroupSlotsMax) return nullptr;
  added_.push_back(column);
  ++unkept;
  return &series.emplace_back(this, static_cast<std::uint32_t>(series.size()));
}

const ColumnPtr& Group::ColumnAt(std::size_t slot) const {
  const std::size_t known = columns_ ? columns_->size() : 0;
  return slot < known ? (*columns_)[slot] : added_[slot - known];
}

const ColumnListPtr& Group::Columns(ColumnTable& table) {
  if (!columns_ || !added_.empty()) {
    std::vector<ColumnPtr> all;
    if (columns_) all = columns_->columns();
    all.insert(all.end(), added_.begin(), added_.end());
    columns_ = table.Intern(std::move(all));
    added_ = {};
  }
  return columns_;
}

std::uint32_t Group::PlaceIn(std::uint32_t partition) const {
  for (const GroupPlace& place : places) {
    if (place.partition == partition) return place.id;
  }
  return kNoPlace;
}

}  // namespace proxy_telemetry::tsdb

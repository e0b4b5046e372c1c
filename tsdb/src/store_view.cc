#include "store_view.h"

#include <algorithm>
#include <set>

namespace proxy_telemetry::tsdb {

std::unique_ptr<SeriesCursor> StoreView::Select(const Selection& selection) const {
  return std::make_unique<StoreCursor>(*state_, selection, index_.Select(selection.matchers, state_->commit));
}

std::vector<std::string> StoreView::LabelValues(std::string_view name, std::span<const Matcher> matchers) const {
  std::vector<std::string_view> values;
  const std::vector<SelectedGroup> groups = index_.Select(matchers, state_->commit);
  for (const SelectedGroup& selected : groups) {
    if (const std::string_view value = selected.group->labels.Get(name); !value.empty()) values.push_back(value);
    // One label is either the group's or the columns'.
    if (index_.IsGroupLabel(name)) continue;
    for (const std::uint32_t slot : *selected.slots) {
      const std::string_view value = (*selected.columns)[slot]->labels.Get(name);
      if (!value.empty()) values.push_back(value);
    }
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return {values.begin(), values.end()};
}

std::vector<std::string> StoreView::LabelNames(std::span<const Matcher> matchers) const {
  std::set<std::string, std::less<>> names;
  const auto add = [&names](const Labels& labels) {
    for (const Label& label : labels) {
      if (!names.contains(label.name)) names.insert(label.name);
    }
  };
  for (const SelectedGroup& selected : index_.Select(matchers, state_->commit)) {
    add(selected.group->labels);
    for (const std::uint32_t slot : *selected.slots) add((*selected.columns)[slot]->labels);
  }
  return {names.begin(), names.end()};
}

std::vector<Labels> StoreView::MatchingSeries(std::span<const Matcher> matchers) const {
  std::vector<Labels> all;
  for (const SelectedGroup& selected : index_.Select(matchers, state_->commit)) {
    for (const std::uint32_t slot : *selected.slots) {
      all.push_back(Join(selected.group->labels, (*selected.columns)[slot]->labels));
    }
  }
  std::sort(all.begin(), all.end());
  return all;
}

StoreCursor::StoreCursor(const StoreState& state, const Selection& selection, std::vector<SelectedGroup> groups)
    : selection_(selection), groups_(std::move(groups)) {
  std::uint64_t series = 0;
  for (const SelectedGroup& group : groups_) series += group.slots->size();
  if (selection_.limits.series == 0 || series <= selection_.limits.series) {
    if (groups_.size() >= ReadAhead::kGroupsMin) {
      ahead_.emplace(state, selection_, groups_);
    } else {
      reader_.emplace(state, selection_);
    }
    return;
  }
  too_many_ = Status::ResourceExhausted("the query selects " + std::to_string(series) + " series, more than the " +
                                        std::to_string(selection_.limits.series) + " that are allowed");
  next_group_ = groups_.size();
}

bool StoreCursor::Next() {
  labels_.reset();
  while (true) {
    if (in_group_) {
      while (++position_ < of_group().size()) {
        if (!of_group()[position_].empty()) return true;
      }
    }
    in_group_ = false;  // also when that throws
    in_group_ = NextGroup();
    if (!in_group_) {
      position_ = 0;
      return false;
    }
    position_ = static_cast<std::size_t>(-1);
  }
}

bool StoreCursor::NextGroup() {
  if (next_group_ == groups_.size()) return false;
  if (ahead_) {
    if (!ahead_->Next()) return false;
  } else {
    if (reader_->is_over()) return false;
    reader_->Read(groups_[next_group_]);
  }
  ++next_group_;
  return true;
}

Status StoreCursor::status() const {
  if (!too_many_.ok()) return too_many_;
  return ahead_ ? ahead_->status() : reader_->status();
}

const Labels& StoreCursor::labels() const {
  if (!labels_) {
    const SelectedGroup& selected = groups_[next_group_ - 1];
    labels_ = Join(selected.group->labels, (*selected.columns)[(*selected.slots)[position_]]->labels);
  }
  return *labels_;
}

std::string_view StoreCursor::label(std::string_view name) const {
  const SelectedGroup& selected = groups_[next_group_ - 1];
  const std::string_view value = selected.group->labels.Get(name);
  return value.empty() ? (*selected.columns)[(*selected.slots)[position_]]->labels.Get(name) : value;
}

}  // namespace proxy_telemetry::tsdb

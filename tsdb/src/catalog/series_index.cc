#include "catalog/series_index.h"

#include <algorithm>
#include <utility>

namespace proxy_telemetry::tsdb {
namespace {

using Slots = std::shared_ptr<const std::vector<std::uint32_t>>;

// Which columns match, found once per list of columns: thousands of groups share few.
class ColumnMatch {
 public:
  explicit ColumnMatch(std::vector<const Matcher*> matchers) : matchers_(std::move(matchers)) {}

  const Slots& SlotsOf(const ColumnListPtr& columns) {
    const auto [found, is_new] = by_list_.try_emplace(columns.get());
    if (is_new) {
      auto slots = std::make_shared<std::vector<std::uint32_t>>();
      for (std::uint32_t slot = 0; slot < columns->size(); ++slot) {
        if (Matches((*columns)[slot].get())) slots->push_back(slot);
      }
      found->second = {columns, std::move(slots)};
    }
    return found->second.second;
  }

 private:
  bool Matches(const Column* column) {
    const auto [found, is_new] = by_column_.try_emplace(column, false);
    if (is_new) {
      found->second = std::all_of(matchers_.begin(), matchers_.end(), [column](const Matcher* matcher) {
        return matcher->Matches(column->labels.Get(matcher->name()));
      });
    }
    return found->second;
  }

  const std::vector<const Matcher*> matchers_;
  // Holds the lists, so that no other can take their address meanwhile.
  std::unordered_map<const ColumnList*, std::pair<ColumnListPtr, Slots>> by_list_;
  std::unordered_map<const Column*, bool> by_column_;
};

}  // namespace

bool SeriesIndex::IsGroupLabel(std::string_view name) const {
  const auto& names = registry_.group_labels();
  return std::find(names.begin(), names.end(), name) != names.end();
}

void SeriesIndex::Add(const std::shared_ptr<Group>& group) {
  MutexLock lock(mutex_);
  if (!groups_.emplace(group.get(), group).second) return;
  for (const Label& label : group->labels) by_label_[label.name].values[label.value].push_back(group.get());
}

void SeriesIndex::Purge(std::uint64_t oldest_commit) {
  std::vector<std::shared_ptr<Group>> gone;  // dropped without the lock
  MutexLock lock(mutex_);
  std::unordered_set<const Group*> dropped;
  for (auto it = groups_.begin(); it != groups_.end();) {
    Group& group = *it->second;
    bool is_known = false;
    {
      MutexLock group_lock(group.mutex);
      is_known = group.open != nullptr || !group.closed.empty() ||
                 std::any_of(group.series.begin(), group.series.end(), [oldest_commit](const Series& series) {
                   return series.kept_from != UINT32_MAX && series.kept_until > oldest_commit;
                 });
    }
    if (is_known) {
      ++it;
      continue;
    }
    {
      // Whatever comes for it next is as good as new.
      MutexLock group_lock(group.mutex);
      group.closed_until_ms = INT64_MIN;
    }
    dropped.insert(&group);
    gone.push_back(std::move(it->second));
    it = groups_.erase(it);
  }
  if (dropped.empty()) return;
  const auto is_dropped = [&dropped](const Group* group) { return dropped.contains(group); };
  for (auto& [name, postings] : by_label_) {
    for (auto value = postings.values.begin(); value != postings.values.end();) {
      std::erase_if(value->second, is_dropped);
      value = value->second.empty() ? postings.values.erase(value) : std::next(value);
    }
  }
}

// The groups that the matchers over group labels leave; false when a matcher leaves none.
bool SeriesIndex::Candidates(std::span<const Matcher> matchers, std::vector<std::shared_ptr<Group>>& out) const {
  MutexLock lock(mutex_);
  const std::vector<Group*>* smallest = nullptr;
  for (const Matcher& matcher : matchers) {
    if (matcher.type() != MatchType::kEqual || matcher.value().empty() || !IsGroupLabel(matcher.name())) continue;
    const auto label = by_label_.find(matcher.name());
    if (label == by_label_.end()) return false;
    const auto value = label->second.values.find(matcher.value());
    if (value == label->second.values.end()) return false;
    if (smallest == nullptr || value->second.size() < smallest->size()) smallest = &value->second;
  }
  std::vector<const Matcher*> rest;
  for (const Matcher& matcher : matchers) {
    if (IsGroupLabel(matcher.name())) rest.push_back(&matcher);
  }
  const auto consider = [&rest, &out](const std::shared_ptr<Group>& group) {
    const bool matches = std::all_of(rest.begin(), rest.end(), [&group](const Matcher* matcher) {
      return matcher->Matches(group->labels.Get(matcher->name()));
    });
    if (matches) out.push_back(group);
  };
  if (smallest != nullptr) {
    for (Group* group : *smallest) consider(groups_.at(group));
  } else {
    out.reserve(groups_.size());
    for (const auto& [raw, group] : groups_) consider(group);
  }
  return true;
}

std::vector<SelectedGroup> SeriesIndex::Select(std::span<const Matcher> matchers, std::uint64_t commit) const {
  std::vector<std::shared_ptr<Group>> candidates;
  if (!Candidates(matchers, candidates)) return {};
  std::vector<const Matcher*> of_columns;
  for (const Matcher& matcher : matchers) {
    if (!IsGroupLabel(matcher.name())) of_columns.push_back(&matcher);
  }
  ColumnMatch match(std::move(of_columns));
  std::vector<SelectedGroup> selected;
  selected.reserve(candidates.size());
  for (std::shared_ptr<Group>& group : candidates) {
    MutexLock lock(group->mutex);
    const ColumnListPtr& columns = group->Columns(registry_.columns());
    Slots slots = match.SlotsOf(columns);
    const auto is_kept = [&group, commit](std::uint32_t slot)
                             NO_THREAD_SAFETY_ANALYSIS { return group->series[slot].IsKeptAt(commit); };
    if (!std::all_of(slots->begin(), slots->end(), is_kept)) {
      auto kept = std::make_shared<std::vector<std::uint32_t>>();
      std::copy_if(slots->begin(), slots->end(), std::back_inserter(*kept), is_kept);
      slots = std::move(kept);
    }
    if (!slots->empty()) selected.push_back({group, columns, std::move(slots)});
  }
  return selected;
}

std::size_t SeriesIndex::CountKept(std::uint64_t commit) const {
  std::size_t kept = 0;
  MutexLock lock(mutex_);
  for (const auto& [raw, group] : groups_) {
    MutexLock group_lock(group->mutex);
    for (const Series& series : group->series) kept += series.IsKeptAt(commit) ? 1 : 0;
  }
  return kept;
}

}  // namespace proxy_telemetry::tsdb

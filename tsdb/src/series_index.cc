#include "series_index.h"

#include <algorithm>

namespace proxy_telemetry::tsdb {
namespace {

bool IsKeptAt(const Series& series, std::uint64_t version) {
  return series.kept_from <= version && version < series.kept_until;
}

// A matcher that runs its expression once per distinct value: many series share few.
class CachedMatcher {
 public:
  explicit CachedMatcher(const Matcher& matcher) : matcher_(matcher) {}

  bool Matches(const Labels& labels) {
    const std::string_view value = labels.Get(matcher_.name());
    if (matcher_.type() == MatchType::kEqual || matcher_.type() == MatchType::kNotEqual) return matcher_.Matches(value);
    const auto [answer, is_new] = answers_.try_emplace(value, false);
    if (is_new) answer->second = matcher_.Matches(value);
    return answer->second;
  }

 private:
  const Matcher& matcher_;
  std::unordered_map<std::string_view, bool> answers_;
};

}  // namespace

SeriesHandle SeriesRegistry::Intern(const Labels& labels) {
  MutexLock lock(mutex_);
  const auto found = all_.find(labels);
  if (found != all_.end()) {
    // A handle that is being dropped right now can no longer be had: a new one takes its place.
    if (SeriesHandle alive = (*found)->weak_from_this().lock()) return alive;
    all_.erase(found);
  }
  SeriesHandle made(new Series(labels), [registry = shared_from_this()](Series* series) { registry->Drop(series); });
  all_.insert(made.get());
  return made;
}

void SeriesRegistry::Drop(Series* series) {
  {
    MutexLock lock(mutex_);
    const auto found = all_.find(series);
    if (found != all_.end() && *found == series) all_.erase(found);
  }
  delete series;
}

void SeriesIndex::Keep(Series& series, std::uint64_t version) {
  if (series.kept_in++ == 0) {
    ++kept_;
    series.kept_until = UINT64_MAX;
  }
  if (series.held_in++ != 0) return;
  series.kept_from = version;
  held_.insert(&series);
  for (const Label& label : series.labels()) by_label_[label.name][label.value].push_back(&series);
}

void SeriesIndex::Hide(std::span<const SeriesHandle> series, std::uint64_t version) {
  for (const SeriesHandle& handle : series) {
    if (--handle->kept_in != 0) continue;
    --kept_;
    handle->kept_until = version;
  }
}

void SeriesIndex::Release(std::span<const SeriesHandle> series) {
  std::unordered_set<const Series*> gone;
  for (const SeriesHandle& handle : series) {
    if (--handle->held_in != 0) continue;
    gone.insert(handle.get());
    held_.erase(handle.get());
  }
  if (gone.empty()) return;
  // One pass over all postings, however many go at once: a partition takes its series with it.
  for (auto label = by_label_.begin(); label != by_label_.end();) {
    Values& values = label->second;
    for (auto value = values.begin(); value != values.end();) {
      std::erase_if(value->second, [&gone](const Series* s) { return gone.contains(s); });
      value = value->second.empty() ? values.erase(value) : std::next(value);
    }
    label = values.empty() ? by_label_.erase(label) : std::next(label);
  }
}

// The fewest candidates that a matcher with a value leaves; null when there is no such matcher.
const SeriesIndex::Postings* SeriesIndex::SmallestPostings(std::span<const Matcher> matchers) const {
  static const Postings kNone;
  const Postings* smallest = nullptr;
  for (const Matcher& matcher : matchers) {
    if (matcher.type() != MatchType::kEqual || matcher.value().empty()) continue;
    const auto values = by_label_.find(matcher.name());
    if (values == by_label_.end()) return &kNone;
    const auto postings = values->second.find(matcher.value());
    if (postings == values->second.end()) return &kNone;
    if (smallest == nullptr || postings->second.size() < smallest->size()) smallest = &postings->second;
  }
  return smallest;
}

std::vector<SeriesHandle> SeriesIndex::Select(std::span<const Matcher> matchers, std::uint64_t version) const {
  std::vector<CachedMatcher> cached(matchers.begin(), matchers.end());
  std::vector<SeriesHandle> selected;
  const auto consider = [&](Series* series) {
    if (!IsKeptAt(*series, version)) return;
    const bool matches = std::all_of(cached.begin(), cached.end(),
                                     [series](CachedMatcher& matcher) { return matcher.Matches(series->labels()); });
    if (matches) selected.push_back(series->shared_from_this());
  };
  if (const Postings* smallest = SmallestPostings(matchers)) {
    for (Series* series : *smallest) consider(series);
  } else {
    for (Series* series : held_) consider(series);
  }
  return selected;
}

std::vector<std::string> SeriesIndex::LabelValues(std::string_view name, std::uint64_t version) const {
  std::vector<std::string> values;
  const auto found = by_label_.find(name);
  if (found == by_label_.end()) return values;
  values.reserve(found->second.size());
  for (const auto& [value, postings] : found->second) {
    const bool kept = std::any_of(postings.begin(), postings.end(),
                                  [version](const Series* series) { return IsKeptAt(*series, version); });
    if (kept) values.push_back(value);
  }
  return values;
}

}  // namespace proxy_telemetry::tsdb

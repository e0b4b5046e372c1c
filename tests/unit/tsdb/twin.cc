#include "twin.h"

#include <algorithm>
#include <bit>

#include "base/duration.h"
#include "head/open_block.h"

namespace proxy_telemetry::tsdb {
namespace {

bool MatchesAll(const Labels& labels, std::span<const Matcher> matchers) {
  return std::all_of(matchers.begin(), matchers.end(),
                     [&labels](const Matcher& matcher) { return matcher.Matches(labels.Get(matcher.name())); });
}

}  // namespace

void Twin::Group::Close() {
  closed_until_ms = std::max(closed_until_ms, last_ms);
  is_open = false;
}

AppendResult Twin::Append(std::vector<TwinRound> rounds) {
  std::multimap<std::int64_t, const TwinRound*> by_time;
  for (const TwinRound& round : rounds) by_time.emplace(round.ts_ms, &round);
  AppendResult result;
  std::set<std::string> grown;
  for (const auto& [ts_ms, round] : by_time) {
    std::map<std::string, std::map<Labels, double>> by_group;
    for (const TestSample& sample : round->samples) {
      by_group[GroupOf(sample.labels)].emplace(sample.labels, sample.value);
    }
    for (const auto& [name, samples] : by_group) {
      if (Take(groups_[name], ts_ms, samples, result)) grown.insert(name);
    }
  }
  for (const std::string& name : grown) {
    Group& group = groups_[name];
    if (!group.is_open) continue;
    std::vector<Label> labels;
    if (!group_label_.empty() && !name.empty()) labels.push_back({group_label_, name});
    const bool is_first = group.closed_until_ms < group.start_ms;
    if (group.rows >= (is_first ? FirstBlockTicks(Labels(labels), block_ticks_) : block_ticks_)) group.Close();
  }
  return result;
}

// One row of one group; false when nothing of it is taken.
bool Twin::Take(Group& group, std::int64_t ts_ms, const std::map<Labels, double>& samples, AppendResult& result) {
  if (ts_ms <= group.closed_until_ms || (group.is_open && ts_ms < group.start_ms)) {
    result.out_of_order += samples.size();
    return false;
  }
  if (group.is_open && ts_ms >= group.start_ms + span_ms_) group.Close();
  std::size_t taken = 0;
  for (const auto& [labels, value] : samples) {
    std::vector<BitPoint>& points = kept_[labels];
    const auto at = std::lower_bound(points.begin(), points.end(), ts_ms,
                                     [](const BitPoint& point, std::int64_t ts) { return point.first < ts; });
    if (at != points.end() && at->first == ts_ms) {
      ++result.out_of_order;
    } else {
      points.insert(at, MakePoint(ts_ms, value));
      ++taken;
    }
  }
  if (!group.is_open) group = {group.closed_until_ms, true, SpanStart(ts_ms), ts_ms, 0};
  if (taken == 0) return false;
  result.appended += taken;
  group.last_ms = std::max(group.last_ms, ts_ms);
  ++group.rows;
  return true;
}

std::int64_t Twin::SpanStart(std::int64_t ts_ms) const {
  std::int64_t start = ts_ms / span_ms_ * span_ms_;
  while (start > ts_ms) start -= span_ms_;
  return start;
}

void Twin::Expire(std::int64_t now_ms) {
  for (auto& [name, group] : groups_) {
    const std::int64_t end_ms = group.start_ms + span_ms_;
    const bool expires = retention_ms_ != 0 && end_ms <= now_ms - retention_ms_;
    if (group.is_open && (expires || end_ms <= now_ms - kHourMs)) group.Close();
  }
  if (retention_ms_ == 0) return;
  for (auto& [labels, points] : kept_) {
    std::erase_if(points, [this, now_ms](const BitPoint& point) {
      return SpanStart(point.first) + span_ms_ <= now_ms - retention_ms_;
    });
  }
  std::erase_if(kept_, [](const auto& series) { return series.second.empty(); });
  // A group of which nothing is kept begins anew.
  std::set<std::string> known;
  for (const auto& [labels, points] : kept_) known.insert(GroupOf(labels));
  std::erase_if(groups_, [&known](const auto& group) { return !known.contains(group.first); });
}

Contents Twin::Select(const Selection& selection) const {
  Contents selected;
  for (const auto& [labels, points] : kept_) {
    if (!MatchesAll(labels, selection.matchers)) continue;
    std::vector<BitPoint> taken;
    for (const BitPoint& point : points) {
      if (point.first < selection.start_ms && selection.with_previous) taken.assign(1, point);
      if (point.first >= selection.start_ms && point.first <= selection.end_ms) taken.push_back(point);
    }
    if (!taken.empty()) selected.emplace(labels, std::move(taken));
  }
  return selected;
}

std::vector<std::string> Twin::LabelValues(const std::string& name, std::span<const Matcher> matchers) const {
  std::set<std::string> values;
  for (const auto& [labels, points] : kept_) {
    if (MatchesAll(labels, matchers) && labels.Has(name)) values.emplace(labels.Get(name));
  }
  return {values.begin(), values.end()};
}

std::vector<std::string> Twin::LabelNames(std::span<const Matcher> matchers) const {
  std::set<std::string> names;
  for (const auto& [labels, points] : kept_) {
    if (!MatchesAll(labels, matchers)) continue;
    for (const Label& label : labels) names.insert(label.name);
  }
  return {names.begin(), names.end()};
}

std::vector<Labels> Twin::MatchingSeries(std::span<const Matcher> matchers) const {
  std::vector<Labels> series;
  for (const auto& [labels, points] : kept_) {
    if (MatchesAll(labels, matchers)) series.push_back(labels);
  }
  return series;
}

std::int64_t Twin::min_ts_ms() const {
  std::int64_t least = INT64_MAX;
  for (const auto& [labels, points] : kept_) least = std::min(least, points.front().first);
  return kept_.empty() ? 0 : least;
}

std::int64_t Twin::max_ts_ms() const {
  std::int64_t greatest = INT64_MIN;
  for (const auto& [labels, points] : kept_) greatest = std::max(greatest, points.back().first);
  return kept_.empty() ? 0 : greatest;
}

}  // namespace proxy_telemetry::tsdb

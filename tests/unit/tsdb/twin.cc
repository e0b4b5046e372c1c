#include "twin.h"

#include <algorithm>
#include <bit>

namespace proxy_telemetry::tsdb {
namespace {

bool MatchesAll(const Labels& labels, std::span<const Matcher> matchers) {
  return std::all_of(matchers.begin(), matchers.end(),
                     [&labels](const Matcher& matcher) { return matcher.Matches(labels.Get(matcher.name())); });
}

}  // namespace

AppendResult Twin::Append(std::vector<TwinRound> rounds) {
  std::multimap<std::int64_t, const TwinRound*> by_time;
  for (const TwinRound& round : rounds) by_time.emplace(round.ts_ms, &round);
  AppendResult result;
  for (const auto& [ts_ms, round] : by_time) {
    std::map<std::string, bool> late;
    for (const auto& [labels, points] : kept_) {
      late[std::string(labels.Get(group_label_))] |= points.back().first >= ts_ms;
    }
    std::set<Labels> seen;
    for (const TestSample& sample : round->samples) {
      if (late[std::string(sample.labels.Get(group_label_))]) {
        ++result.out_of_order;
      } else if (seen.insert(sample.labels).second) {
        kept_[sample.labels].push_back(MakePoint(ts_ms, sample.value));
        ++result.appended;
      }
    }
  }
  return result;
}

std::int64_t Twin::SpanStart(std::int64_t ts_ms) const {
  std::int64_t start = ts_ms / span_ms_ * span_ms_;
  while (start > ts_ms) start -= span_ms_;
  return start;
}

void Twin::Expire(std::int64_t now_ms) {
  if (retention_ms_ == 0) return;
  for (auto& [labels, points] : kept_) {
    std::erase_if(points, [this, now_ms](const BitPoint& point) {
      return SpanStart(point.first) + span_ms_ <= now_ms - retention_ms_;
    });
  }
  std::erase_if(kept_, [](const auto& series) { return series.second.empty(); });
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

#include "shape.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <string>
#include <string_view>

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::string_view kBucketEnd = "_bucket";
constexpr std::string_view kBoundLabel = "le";
constexpr std::size_t kTotalsMax = 4;

double ParseBound(std::string_view text) {
  double bound = std::numeric_limits<double>::quiet_NaN();
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), bound);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return bound;
}

// All labels but those named: what two series that belong together have in common.
std::string Rest(const Labels& labels, std::string_view left_out, bool with_name) {
  std::string rest;
  for (const Label& label : labels) {
    if (label.name == left_out || (!with_name && label.name == kNameLabel)) continue;
    rest += label.name;
    rest += '\xff';
    rest += label.value;
    rest += '\xff';
  }
  return rest;
}

std::uint16_t Position(std::size_t column) { return static_cast<std::uint16_t>(column); }

}  // namespace

std::shared_ptr<const BlockShape> BlockShape::Of(std::span<const Labels> columns) {
  return std::make_shared<const GroupShape>(columns);
}

GroupShape::GroupShape(std::span<const Labels> columns)
    : bounds_(columns.size(), std::numeric_limits<double>::quiet_NaN()) {
  columns = columns.first(std::min(columns.size(), kBlockColumnsMax));
  FindHistograms(columns);
  FindFamilies(columns);
}

void GroupShape::FindHistograms(std::span<const Labels> columns) {
  std::map<std::string, std::uint16_t> by_labels;
  std::map<std::string, Histogram> found;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string_view name = columns[i].metric_name();
    by_labels.emplace(std::string(name) + '\xff' + Rest(columns[i], "", false), Position(i));
    if (!name.ends_with(kBucketEnd)) continue;
    bounds_[i] = ParseBound(columns[i].Get(kBoundLabel));
    if (std::isnan(bounds_[i])) continue;
    const std::string_view base = name.substr(0, name.size() - kBucketEnd.size());
    found[std::string(base) + '\xff' + Rest(columns[i], kBoundLabel, false)].buckets.push_back(Position(i));
  }
  for (auto& [key, histogram] : found) {
    const std::size_t cut = key.find('\xff');
    const auto find = [&](const char* end) {
      const auto at = by_labels.find(key.substr(0, cut) + end + key.substr(cut));
      return at == by_labels.end() ? kNone : at->second;
    };
    histogram.count = find("_count");
    histogram.sum = find("_sum");
    std::sort(histogram.buckets.begin(), histogram.buckets.end(), [this](std::uint16_t a, std::uint16_t b) {
      return bounds_[a] != bounds_[b] ? bounds_[a] < bounds_[b] : a < b;
    });
    histograms_.push_back(std::move(histogram));
  }
}

void GroupShape::FindFamilies(std::span<const Labels> columns) {
  std::map<std::string, Family> found;  // by name, the label that differs, and the other labels
  std::multimap<std::string, std::uint16_t> totals;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string_view name = columns[i].metric_name();
    if (!std::isnan(bounds_[i])) continue;
    if (name.ends_with("_count") || name.ends_with("_total")) {
      totals.emplace(Rest(columns[i], "", false), Position(i));
    }
    for (const Label& label : columns[i]) {
      if (label.name == kNameLabel) continue;
      const std::string rest = Rest(columns[i], label.name, false);
      found[rest + '\xfe' + std::string(name) + '\xfe' + label.name].members.push_back(Position(i));
    }
  }
  for (auto& [key, family] : found) {
    if (family.members.size() < 2) continue;
    const auto [first, last] = totals.equal_range(key.substr(0, key.find('\xfe')));
    for (auto at = first; at != last && family.totals.size() < kTotalsMax; ++at) family.totals.push_back(at->second);
    if (!family.totals.empty()) families_.push_back(std::move(family));
  }
}

}  // namespace proxy_telemetry::tsdb

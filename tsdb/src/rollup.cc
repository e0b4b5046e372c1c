#include "rollup.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/group.h"
#include "codec/presence.h"
#include "span.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::array<std::string_view, 4> kCounterSuffixes{"_total", "_bucket", "_sum", "_count"};
constexpr std::array<const char*, 4> kAggregates{"min", "max", "sum", "count"};
static_assert((1 + kAggregates.size()) * kGroupSlotsMax <= kBlockColumnsMax);

// Marks the ticks that the column needs: a counter's also around its resets.
void MarkKept(const BlockColumn& column, const std::vector<std::int64_t>& interval, bool is_counter, Presence& kept) {
  std::size_t last = SIZE_MAX;
  for (std::size_t tick = 0; tick < interval.size(); ++tick) {
    if (!IsPresent(column.present, tick)) continue;
    if (last == SIZE_MAX) {
      SetPresent(kept, tick);
    } else {
      if (interval[last] != interval[tick]) {
        SetPresent(kept, last);
        SetPresent(kept, tick);
      }
      // Not "less": a NaN on either side is no rise either.
      if (is_counter && !(column.values[tick] >= column.values[last])) {
        SetPresent(kept, last);
        SetPresent(kept, tick);
      }
    }
    last = tick;
  }
  if (last != SIZE_MAX) SetPresent(kept, last);
}

// The samples of which `is_wanted` is true; nullopt when it is of all.
template <typename IsWanted>
std::optional<BlockColumn> Only(const BlockColumn& column, IsWanted&& is_wanted) {
  if (std::all_of(column.values.begin(), column.values.end(), is_wanted)) return std::nullopt;
  BlockColumn some{column.values, NonePresent(column.values.size())};
  for (std::size_t tick = 0; tick < column.values.size(); ++tick) {
    if (IsPresent(column.present, tick) && is_wanted(column.values[tick])) SetPresent(some.present, tick);
  }
  return some;
}

BlockColumn Pick(const BlockColumn& column, const std::vector<std::size_t>& ticks) {
  BlockColumn picked;
  picked.values.reserve(ticks.size());
  Presence present = NonePresent(ticks.size());
  bool all = true;
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    picked.values.push_back(column.values[ticks[i]]);
    if (IsPresent(column.present, ticks[i])) {
      SetPresent(present, i);
    } else {
      all = false;
    }
  }
  if (!all) picked.present = std::move(present);
  return picked;
}

// min, max, sum and count of each interval, at the row of its last sample.
std::array<BlockColumn, 4> Aggregate(const BlockColumn& column, const std::vector<std::int64_t>& interval,
                                     const std::vector<std::size_t>& ticks) {
  std::array<BlockColumn, 4> out;
  out.fill(AbsentColumn(ticks.size()));
  const auto put = [&](std::size_t tick, double min, double max, double sum, double count) {
    const auto row = static_cast<std::size_t>(std::lower_bound(ticks.begin(), ticks.end(), tick) - ticks.begin());
    const std::array<double, 4> values{min, max, sum, count};
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i].values[row] = values[i];
      SetPresent(out[i].present, row);
    }
  };
  std::size_t last = SIZE_MAX;
  double min = 0;
  double max = 0;
  double sum = 0;
  double count = 0;
  for (std::size_t tick = 0; tick < interval.size(); ++tick) {
    if (!IsPresent(column.present, tick) || std::isnan(column.values[tick])) continue;
    const double value = column.values[tick];
    if (last != SIZE_MAX && interval[last] == interval[tick]) {
      min = std::min(min, value);
      max = std::max(max, value);
      sum += value;
      ++count;
    } else {
      if (last != SIZE_MAX) put(last, min, max, sum, count);
      min = max = sum = value;
      count = 1;
    }
    last = tick;
  }
  if (last != SIZE_MAX) put(last, min, max, sum, count);
  return out;
}

}  // namespace

bool IsCounterName(std::string_view name) {
  return std::any_of(kCounterSuffixes.begin(), kCounterSuffixes.end(),
                     [name](std::string_view suffix) { return name.ends_with(suffix); });
}

RolledUp RollUp(const ColumnListPtr& columns, const BlockContent& content, std::int64_t resolution_ms,
                ColumnTable& table) {
  std::vector<std::int64_t> interval;
  interval.reserve(content.ts_ms.size());
  for (const std::int64_t ts_ms : content.ts_ms) interval.push_back(SpanStartMs(ts_ms, resolution_ms));
  Presence kept = NonePresent(content.ts_ms.size());
  for (std::size_t i = 0; i < content.columns.size(); ++i) {
    const bool is_counter = IsCounterName((*columns)[i]->labels.metric_name());
    MarkKept(content.columns[i], interval, is_counter, kept);
    // The ends of an interval may be none to count with: then those are kept too that are its ends without them.
    const auto counts = [](double value) { return value >= 0 && std::isfinite(value); };
    const auto is_number = [](double value) { return !std::isnan(value); };
    if (const auto some = Only(content.columns[i], counts)) MarkKept(*some, interval, is_counter, kept);
    // Where Aggregate() puts what it finds.
    if (is_counter) continue;
    if (const auto some = Only(content.columns[i], is_number)) MarkKept(*some, interval, false, kept);
  }
  std::vector<std::size_t> ticks;
  RolledUp rolled;
  for (std::size_t tick = 0; tick < interval.size(); ++tick) {
    if (!IsPresent(kept, tick)) continue;
    ticks.push_back(tick);
    rolled.content.ts_ms.push_back(content.ts_ms[tick]);
  }
  std::vector<ColumnPtr> all = columns->columns();
  for (const BlockColumn& column : content.columns) rolled.content.columns.push_back(Pick(column, ticks));
  for (std::size_t i = 0; i < content.columns.size(); ++i) {
    const Labels& labels = columns->columns()[i]->labels;
    if (IsCounterName(labels.metric_name())) continue;
    std::array<BlockColumn, 4> aggregates = Aggregate(content.columns[i], interval, ticks);
    for (std::size_t k = 0; k < aggregates.size(); ++k) {
      all.push_back(table.Intern(labels.With(kRollupLabel, kAggregates[k])));
      rolled.content.columns.push_back(std::move(aggregates[k]));
    }
  }
  rolled.columns = table.Intern(std::move(all));
  return rolled;
}

}  // namespace proxy_telemetry::tsdb

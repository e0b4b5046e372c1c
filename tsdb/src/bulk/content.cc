#include "bulk/content.h"

#include <algorithm>
#include <bit>
#include <utility>
#include <vector>

#include "codec/presence.h"
#include "partition/keys.h"
#include "rollup.h"

namespace proxy_telemetry::tsdb {
namespace {

void Set(BlockColumn& column, std::size_t tick, double value) {
  column.values[tick] = value;
  SetPresent(column.present, tick);
}

// All ticks present is said by an empty presence.
void Normalise(BlockContent& content) {
  for (BlockColumn& column : content.columns) {
    std::size_t present = 0;
    for (const std::uint64_t word : column.present) present += static_cast<std::size_t>(std::popcount(word));
    if (present == content.ts_ms.size()) column.present.clear();
  }
}

std::vector<std::int64_t> Union(const std::vector<std::int64_t>& a, const std::vector<std::int64_t>& b) {
  std::vector<std::int64_t> all;
  all.reserve(std::max(a.size(), b.size()));
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

void AppendBlock(BlockReader& block, std::int64_t start_ms, std::int64_t end_ms, GroupContent& out, bool& is_sound) {
  std::vector<std::int64_t> ts_ms;
  is_sound = block.ReadTimestamps(ts_ms);
  if (!is_sound) return;
  const auto from = static_cast<std::size_t>(std::lower_bound(ts_ms.begin(), ts_ms.end(), start_ms) - ts_ms.begin());
  const auto to = static_cast<std::size_t>(std::lower_bound(ts_ms.begin(), ts_ms.end(), end_ms) - ts_ms.begin());
  const std::size_t before = out.content.ts_ms.size();
  const std::size_t ticks = before + (to - from);
  out.content.ts_ms.insert(out.content.ts_ms.end(), ts_ms.begin() + static_cast<std::ptrdiff_t>(from),
                           ts_ms.begin() + static_cast<std::ptrdiff_t>(to));
  BlockColumn read;
  for (std::size_t i = 0; i < out.content.columns.size(); ++i) {
    BlockColumn& column = out.content.columns[i];
    column.values.resize(ticks);
    column.present.resize((ticks + 63) / 64);
    if (i >= block.columns()) continue;
    is_sound = block.ReadColumn(i, read.values, read.present);
    if (!is_sound) return;
    for (std::size_t tick = from; tick < to; ++tick) {
      if (IsPresent(read.present, tick)) Set(column, before + tick - from, read.values[tick]);
    }
  }
}

}  // namespace

Result<GroupContent> ReadContent(const Partition& partition, std::uint32_t group, std::int64_t start_ms,
                                 std::int64_t end_ms) {
  GroupContent read{partition.ColumnsOf(group), {}};
  read.content.columns.resize(read.columns->size());
  const auto snapshot = partition.snapshot();
  const auto it = snapshot->NewIterator();
  BlockReader block;
  std::uint32_t id = 0;
  std::int64_t last_ms = 0;
  for (it->Seek(BlockKey(group, start_ms)); it->Valid(); it->Next()) {
    if (!ParseBlockKey(Bytes(it->key()), id, last_ms) || id != group) break;
    bool is_sound = block.Open(Bytes(it->key()), Bytes(it->value()), read.columns->shape());
    if (is_sound && block.first_ts_ms() >= end_ms) break;
    if (is_sound) AppendBlock(block, start_ms, end_ms, read, is_sound);
    if (!is_sound)
      return Status::Corruption(partition.path().string() + ": a block is damaged; run verify --repair first");
  }
  if (!it->status().ok()) return Status::Corruption(partition.path().string() + ": " + it->status().ToString());
  Normalise(read.content);
  return read;
}

GroupContent Merge(const GroupContent& first, GroupContent second, ColumnTable& table, MergeCounts& counts) {
  if (first.empty()) {
    counts.added += CountSamples(second.content);
    return second;
  }
  GroupContent merged;
  merged.content.ts_ms = Union(first.content.ts_ms, second.content.ts_ms);
  const std::size_t ticks = merged.content.ts_ms.size();
  std::vector<ColumnPtr> columns;
  if (first.columns) columns = first.columns->columns();
  merged.content.columns.assign(columns.size(), AbsentColumn(ticks));
  const auto place = [&](const GroupContent& from, std::size_t column, std::size_t to, bool count) {
    std::size_t at = 0;
    BlockColumn& out = merged.content.columns[to];
    for (std::size_t tick = 0; tick < from.content.ts_ms.size(); ++tick) {
      while (merged.content.ts_ms[at] < from.content.ts_ms[tick]) ++at;
      if (!IsPresent(from.content.columns[column].present, tick)) continue;
      const double value = from.content.columns[column].values[tick];
      if (!IsPresent(out.present, at)) {
        Set(out, at, value);
        if (count) ++counts.added;
      } else if (std::bit_cast<std::uint64_t>(out.values[at]) == std::bit_cast<std::uint64_t>(value)) {
        ++counts.known;
      } else {
        ++counts.conflicts;
      }
    }
  };
  for (std::size_t i = 0; i < columns.size(); ++i) place(first, i, i, false);
  for (std::size_t i = 0; second.columns && i < second.columns->size(); ++i) {
    const auto known = first.columns ? first.columns->Find((*second.columns)[i].get()) : std::nullopt;
    if (!known) {
      columns.push_back((*second.columns)[i]);
      merged.content.columns.push_back(AbsentColumn(ticks));
    }
    place(second, i, known ? *known : columns.size() - 1, true);
  }
  Normalise(merged.content);
  merged.columns = table.Intern(std::move(columns));
  return merged;
}

bool Contains(const GroupContent& all, const GroupContent& part) {
  for (std::size_t i = 0; part.columns && i < part.columns->size(); ++i) {
    const ColumnPtr& column = (*part.columns)[i];
    if (column->labels.Has(kRollupLabel)) continue;
    const auto at = all.columns ? all.columns->Find(column.get()) : std::nullopt;
    std::size_t in_all = 0;
    for (std::size_t tick = 0; tick < part.content.ts_ms.size(); ++tick) {
      if (!IsPresent(part.content.columns[i].present, tick)) continue;
      const std::vector<std::int64_t>& ts_ms = all.content.ts_ms;
      while (in_all < ts_ms.size() && ts_ms[in_all] < part.content.ts_ms[tick]) ++in_all;
      if (!at || in_all == ts_ms.size() || ts_ms[in_all] != part.content.ts_ms[tick]) return false;
      if (!IsPresent(all.content.columns[*at].present, in_all)) return false;
    }
  }
  return true;
}

ColumnListPtr DropAbsentColumns(const ColumnListPtr& columns, BlockContent& content, ColumnTable& table) {
  std::vector<ColumnPtr> kept;
  for (std::size_t i = 0; i < content.columns.size(); ++i) {
    const Presence& present = content.columns[i].present;
    const bool absent =
        !present.empty() && std::all_of(present.begin(), present.end(), [](std::uint64_t word) { return word == 0; });
    if (absent) continue;
    if (kept.size() != i) content.columns[kept.size()] = std::move(content.columns[i]);
    kept.push_back((*columns)[i]);
  }
  if (kept.size() == content.columns.size()) return columns;
  content.columns.resize(kept.size());
  return table.Intern(std::move(kept));
}

BlockContent CutTicks(const BlockContent& content, std::size_t from, std::size_t to) {
  BlockContent cut;
  const auto begin = static_cast<std::ptrdiff_t>(from);
  const auto end = static_cast<std::ptrdiff_t>(to);
  cut.ts_ms.assign(content.ts_ms.begin() + begin, content.ts_ms.begin() + end);
  for (const BlockColumn& column : content.columns) {
    BlockColumn& out = cut.columns.emplace_back();
    out.values.assign(column.values.begin() + begin, column.values.begin() + end);
    if (column.present.empty()) continue;
    out.present = NonePresent(to - from);
    for (std::size_t tick = from; tick < to; ++tick) {
      if (IsPresent(column.present, tick)) SetPresent(out.present, tick - from);
    }
  }
  Normalise(cut);
  return cut;
}

}  // namespace proxy_telemetry::tsdb

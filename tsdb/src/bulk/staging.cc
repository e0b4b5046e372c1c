#include "bulk/staging.h"

#include <algorithm>
#include <bit>
#include <string>
#include <tuple>
#include <utility>

#include "base/duration.h"
#include "bulk/chunk.h"
#include "codec/presence.h"
#include "coding.h"
#include "env/store_env.h"
#include "files.h"
#include "span.h"

namespace proxy_telemetry::tsdb {
namespace {

// Points that may wait in memory for more of their series: 32 MiB.
constexpr std::size_t kWaitingPointsMax = std::size_t{2} << 20;

// Ascending, and of each time the first that came.
void SortAndCount(std::vector<Point>& points, MergeCounts& counts) {
  const auto by_time = [](const Point& a, const Point& b) { return a.ts_ms < b.ts_ms; };
  if (std::adjacent_find(points.begin(), points.end(),
                         [](const Point& a, const Point& b) { return a.ts_ms >= b.ts_ms; }) == points.end()) {
    return;
  }
  std::vector<std::pair<Point, std::size_t>> numbered;
  numbered.reserve(points.size());
  for (const Point& point : points) numbered.emplace_back(point, numbered.size());
  std::sort(numbered.begin(), numbered.end(), [&by_time](const auto& a, const auto& b) {
    return by_time(a.first, b.first) || (a.first.ts_ms == b.first.ts_ms && a.second < b.second);
  });
  points.clear();
  for (const auto& [point, number] : numbered) {
    if (points.empty() || points.back().ts_ms != point.ts_ms) {
      points.push_back(point);
    } else if (std::bit_cast<std::uint64_t>(points.back().value) == std::bit_cast<std::uint64_t>(point.value)) {
      ++counts.known;
    } else {
      ++counts.conflicts;
    }
  }
}

GroupContent ContentOf(const std::vector<std::vector<Point>>& columns_points, ColumnListPtr columns) {
  GroupContent out{std::move(columns), {}};
  for (const auto& points : columns_points) {
    if (points.size() == out.content.ts_ms.size() &&
        std::equal(points.begin(), points.end(), out.content.ts_ms.begin(),
                   [](const Point& point, std::int64_t ts_ms) { return point.ts_ms == ts_ms; })) {
      continue;
    }
    std::vector<std::int64_t> all;
    std::vector<std::int64_t> own;
    own.reserve(points.size());
    for (const Point& point : points) own.push_back(point.ts_ms);
    std::set_union(out.content.ts_ms.begin(), out.content.ts_ms.end(), own.begin(), own.end(), std::back_inserter(all));
    out.content.ts_ms = std::move(all);
  }
  const std::size_t ticks = out.content.ts_ms.size();
  for (const auto& points : columns_points) {
    BlockColumn& column = out.content.columns.emplace_back();
    column.values.resize(ticks);
    if (points.size() != ticks) column.present = NonePresent(ticks);
    std::size_t tick = 0;
    for (const Point& point : points) {
      while (out.content.ts_ms[tick] < point.ts_ms) ++tick;
      column.values[tick] = point.value;
      if (!column.present.empty()) SetPresent(column.present, tick);
    }
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<ImportStaging>> ImportStaging::Make(StoreEnv& env, const std::filesystem::path& path,
                                                           std::int64_t span_ms) {
  PT_RETURN_IF_ERROR(MakeDirectory(env, path.parent_path()));
  std::unique_ptr<ImportStaging> staging(new ImportStaging(env, path, span_ms));
  leveldb::WritableFile* file = nullptr;
  PT_RETURN_IF_ERROR(FromEnv(env.NewWritableFile(path.string(), &file), "create " + path.string()));
  staging->file_.reset(file);
  return staging;
}

std::uint32_t ImportStaging::AddSeries(const SeriesHandle& series) {
  const auto [number, is_new] = series_numbers_.emplace(series.get(), static_cast<std::uint32_t>(series_.size()));
  if (!is_new) return number->second;
  const auto [group, is_new_group] = group_numbers_.emplace(series->group, static_cast<std::uint32_t>(groups_.size()));
  if (is_new_group) groups_.push_back(series->group->shared_from_this());
  series_.push_back({series, group->second, false, {}});
  return number->second;
}

Status ImportStaging::Add(std::uint32_t series, std::span<const Point> points) {
  if (points.empty()) return Status::Ok();
  Waiting& waiting = series_[series];
  if (!waiting.has_samples) ++series_with_samples_;
  waiting.has_samples = true;
  if (waiting.points.empty()) waiting_.push_back(series);
  waiting.points.insert(waiting.points.end(), points.begin(), points.end());
  waiting_points_ += points.size();
  return waiting_points_ < kWaitingPointsMax ? Status::Ok() : WriteWaiting();
}

Status ImportStaging::WriteWaiting() {
  std::sort(waiting_.begin(), waiting_.end(), [this](std::uint32_t a, std::uint32_t b) {
    return std::pair(series_[a].group, series_[a].series->slot) < std::pair(series_[b].group, series_[b].series->slot);
  });
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    Waiting& waiting = series_[waiting_[i]];
    PT_RETURN_IF_ERROR(CutByPartition(waiting));
    // Its memory too: what a series once needed it may never need again.
    std::vector<Point>().swap(waiting.points);
    const bool is_last = i + 1 == waiting_.size() || series_[waiting_[i + 1]].group != waiting.group;
    if (is_last) PT_RETURN_IF_ERROR(WriteGroup(waiting.group));
  }
  waiting_.clear();
  waiting_points_ = 0;
  return Status::Ok();
}

Status ImportStaging::CutByPartition(const Waiting& waiting) {
  const std::span<const Point> points(waiting.points);
  for (std::size_t from = 0; from < points.size();) {
    const std::int64_t partition_ms = SpanStartMs(points[from].ts_ms, span_ms_);
    std::size_t to = from + 1;
    while (to < points.size() && points[to].ts_ms >= partition_ms && points[to].ts_ms < partition_ms + span_ms_) ++to;
    if (known_partitions_.insert(partition_ms).second && known_partitions_.size() > kImportPartitionsMax) {
      return Status::ResourceExhausted("the samples are spread over more than " + std::to_string(kImportPartitionsMax) +
                                       " partitions of " + FormatDurationMs(span_ms_) +
                                       " each; are their timestamps right?");
    }
    std::string& piece = pieces_[partition_ms];
    PutVarint(waiting.series->slot, piece);
    AppendChunk(points.subspan(from, to - from), piece);
    from = to;
  }
  return Status::Ok();
}

Status ImportStaging::WriteGroup(std::uint32_t group) {
  for (auto& [partition_ms, piece] : pieces_) {
    SealWithCrc({}, 0, piece);
    PT_RETURN_IF_ERROR(FromEnv(file_->Append(piece), "write " + path_.string()));
    extents_.push_back({partition_ms, group, static_cast<std::uint32_t>(piece.size()), file_bytes_});
    file_bytes_ += piece.size();
  }
  pieces_.clear();
  return Status::Ok();
}

Status ImportStaging::Finish() {
  PT_RETURN_IF_ERROR(WriteWaiting());
  PT_RETURN_IF_ERROR(FromEnv(file_->Close(), "close " + path_.string()));
  file_.reset();
  partitions_.assign(known_partitions_.begin(), known_partitions_.end());
  std::sort(partitions_.begin(), partitions_.end());
  std::sort(extents_.begin(), extents_.end(), [](const Extent& a, const Extent& b) {
    return std::tuple(a.partition_ms, a.group, a.offset) < std::tuple(b.partition_ms, b.group, b.offset);
  });
  return Status::Ok();
}

std::span<const ImportStaging::Extent> ImportStaging::ExtentsOf(std::int64_t partition_ms) const {
  const auto less = [](const Extent& a, const Extent& b) { return a.partition_ms < b.partition_ms; };
  const auto [begin, end] = std::equal_range(extents_.begin(), extents_.end(), Extent{partition_ms, 0, 0, 0}, less);
  return {begin, end};
}

std::vector<std::shared_ptr<Group>> ImportStaging::GroupsIn(std::int64_t partition_ms) const {
  std::vector<std::shared_ptr<Group>> groups;
  for (const Extent& extent : ExtentsOf(partition_ms)) {
    if (groups.empty() || groups.back() != groups_[extent.group]) groups.push_back(groups_[extent.group]);
  }
  return groups;
}

// Opened for each: a file that is mapped as a whole would count as this process's memory.
Result<std::string_view> ImportStaging::ReadExtent(const Extent& extent) {
  leveldb::SequentialFile* opened = nullptr;
  const std::string what = "read " + path_.string();
  PT_RETURN_IF_ERROR(FromEnv(env_.NewSequentialFile(path_.string(), &opened), what));
  const std::unique_ptr<leveldb::SequentialFile> file(opened);
  PT_RETURN_IF_ERROR(FromEnv(file->Skip(extent.offset), what));
  buffer_.resize(extent.bytes);
  std::size_t got = 0;
  while (got < buffer_.size()) {
    leveldb::Slice read;
    PT_RETURN_IF_ERROR(FromEnv(file->Read(buffer_.size() - got, &read, buffer_.data() + got), what));
    if (read.empty()) break;
    got += read.size();
  }
  std::string_view content(buffer_);
  if (got == buffer_.size() && CheckCrc({}, content)) return content;
  return Status::Corruption(path_.string() +
                            ": what was to be imported is not what was written; check the disk and import again");
}

Result<GroupContent> ImportStaging::Take(std::int64_t partition_ms, const Group& group, ColumnTable& table,
                                         MergeCounts& counts) {
  const std::uint32_t number = group_numbers_.at(&group);
  const std::span<const Extent> in_partition = ExtentsOf(partition_ms);
  const auto less = [](const Extent& a, const Extent& b) { return a.group < b.group; };
  const auto [begin, end] = std::equal_range(in_partition.begin(), in_partition.end(), Extent{0, number, 0, 0}, less);
  std::vector<std::vector<Point>> points(kGroupSlotsMax);
  for (const Extent& extent : std::span(begin, end)) {
    PT_ASSIGN_OR_RETURN(std::string_view content, ReadExtent(extent));
    while (!content.empty()) {
      std::uint64_t slot = 0;
      if (!GetVarint(content, slot) || slot >= points.size() || !TakeChunk(content, points[slot])) {
        return Status::Internal(path_.string() + " cannot be read back");
      }
    }
  }
  std::vector<ColumnPtr> columns;
  std::vector<std::vector<Point>> kept;
  for (std::size_t slot = 0; slot < points.size(); ++slot) {
    if (points[slot].empty()) continue;
    SortAndCount(points[slot], counts);
    MutexLock lock(group.mutex);
    columns.push_back(group.ColumnAt(slot));
    kept.push_back(std::move(points[slot]));
  }
  if (columns.empty()) return GroupContent{};
  return ContentOf(kept, table.Intern(std::move(columns)));
}

}  // namespace proxy_telemetry::tsdb

// StoreImpl's start: partitions are opened, damage is set aside, the log is read into open blocks.
#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

#include "base/log.h"
#include "bulk/swap.h"
#include "rollup.h"
#include "store_impl.h"

namespace proxy_telemetry::tsdb {

Status StoreImpl::Load() {
  Status swapped = FinishSwap(env_, options_.path);
  if (swapped.code() == StatusCode::kCorruption) {
    PT_RETURN_IF_ERROR(QuarantineImport(swapped));
  } else if (!swapped.ok()) {
    return swapped;
  }
  RemoveLeftovers();
  for (Tier& tier : tiers_) PT_RETURN_IF_ERROR(LoadTier(tier));
  while (std::shared_ptr<Partition> damaged = NoteClosedUntil()) {
    const Status reason = Status::Corruption(damaged->path().string() + ": the last block of a group cannot be read");
    PT_RETURN_IF_ERROR(RepairOpen(tiers_.front(), std::move(damaged), reason));
  }
  PT_RETURN_IF_ERROR(ReplayHead());
  RefreshDiskBytes();
  MutexLock lock(mutex_);
  Publish();
  return Status::Ok();
}

// The record of what it was to do last: without it nobody looks for the rest.
Status StoreImpl::QuarantineImport(const Status& reason) {
  std::error_code error;
  for (const char* name : {kImportFolder, kSwapName}) {
    if (!std::filesystem::exists(options_.path / name, error)) continue;
    PT_RETURN_IF_ERROR(SetAside(options_.path / name).status());
  }
  LogError(
      "an import was cut off while it took effect, and nobody can tell how far it came: what it had made is set aside. "
      "Import the file again; what it had replaced already may be missing until then",
      {{"reason", reason.message()}, {"moved_to", (options_.path / "quarantine").string()}});
  return Status::Ok();
}

// What a crash left of partitions being made or removed.
void StoreImpl::RemoveLeftovers() {
  std::error_code error;
  std::vector<std::filesystem::path> folders{options_.path, options_.path / "head"};
  for (const Tier& tier : tiers_) folders.push_back(tier.path);
  std::vector<std::filesystem::path> leftovers;
  for (const std::filesystem::path& folder : folders) {
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with(kTrashPrefix) || name.ends_with(Partition::kMakingSuffix)) leftovers.push_back(entry.path());
    }
  }
  for (const auto& path : leftovers) {
    const Status removed = RemoveTree(env_, path);
    if (!removed.ok()) LogWarn("a leftover cannot be removed", {{"reason", removed.message()}});
  }
}

Status StoreImpl::LoadTier(Tier& tier) {
  PT_RETURN_IF_ERROR(MakeDirectory(env_, tier.path));
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(tier.path, error)) {
    if (entry.is_directory(error)) paths.push_back(entry.path());
  }
  if (error) return Status::IoError("list " + tier.path.string() + ": " + error.message());
  std::sort(paths.begin(), paths.end());
  for (const std::filesystem::path& path : paths) PT_RETURN_IF_ERROR(LoadPartition(tier, path));
  return Status::Ok();
}

Status StoreImpl::LoadPartition(Tier& tier, const std::filesystem::path& path) {
  auto opened = Partition::Open(env_, path, *registry_);
  if (opened.ok() && (*opened)->superblock().resolution_ms != tier.options.resolution_ms) {
    opened = Status::Corruption(path.string() + ": its superblock is of another tier");
  }
  if (opened.ok() && (*opened)->totals().blocks == 0) {
    // Left by a failure when it was made; another may have been made in its place.
    const std::filesystem::path trash = options_.path / (kTrashPrefix + path.filename().string());
    if (Rename(env_, path, trash).ok()) {
      static_cast<void>(RemoveTree(env_, trash).ok());
      return Status::Ok();
    }
  }
  if (opened.ok()) return AdoptOrQuarantine(tier, *opened);
  const StatusCode code = opened.status().code();
  if (code != StatusCode::kCorruption && code != StatusCode::kNotFound) return opened.status();
  return RepairPartition(tier, path, opened.status());
}

Status StoreImpl::AdoptOrQuarantine(Tier& tier, std::shared_ptr<Partition> partition) {
  for (const auto& other : tier.partitions) {
    if (other->start_ms() >= partition->end_ms() || partition->start_ms() >= other->end_ms()) continue;
    const std::filesystem::path path = partition->path();
    partition.reset();
    return Quarantine(path, Status::Corruption(path.string() + " covers the time of another partition; is it a copy?"));
  }
  const auto by_start = [](const auto& a, const auto& b) { return a->start_ms() < b->start_ms(); };
  tier.partitions.insert(std::upper_bound(tier.partitions.begin(), tier.partitions.end(), partition, by_start),
                         partition);
  KeepSeriesOf(*partition);
  return Status::Ok();
}

// Its series have a sample kept, and its groups can be found in it.
void StoreImpl::KeepSeriesOf(Partition& partition) {
  const std::vector<Dictionary::Entry> entries = partition.Entries();
  for (std::uint32_t id = 0; id < entries.size(); ++id) {
    const std::shared_ptr<Group>& group = entries[id].group;
    {
      MutexLock lock(group->mutex);
      group->places.push_back({partition.number(), id});
      for (const ColumnPtr& column : entries[id].columns->columns()) {
        if (column->labels.Has(kRollupLabel)) continue;
        // A group's columns always fit into its slots: it was made with them.
        if (Series* series = group->FindOrAdd(column)) {
          if (!series->IsKept()) group->unkept -= 1;
          series->kept_from = 0;
        }
      }
    }
    index_.Add(group);
  }
  const Totals totals = partition.totals();
  if (totals.blocks == 0) return;
  MutexLock lock(mutex_);
  min_ts_ms_ = std::min(min_ts_ms_.value_or(INT64_MAX), totals.min_ts_ms);
  max_ts_ms_ = std::max(max_ts_ms_.value_or(INT64_MIN), totals.max_ts_ms);
}

// What the log has beyond the blocks is told by where they end: of each group in the newest partition that has it.
// Returns a partition of which that cannot be read.
std::shared_ptr<Partition> StoreImpl::NoteClosedUntil() {
  const PartitionList& partitions = tiers_.front().partitions;
  for (auto partition = partitions.rbegin(); partition != partitions.rend(); ++partition) {
    const auto it = (*partition)->snapshot()->NewIterator();
    const std::vector<Dictionary::Entry> entries = (*partition)->Entries();
    for (std::uint32_t id = 0; id < entries.size(); ++id) {
      MutexLock lock(entries[id].group->mutex);
      std::int64_t& closed_until_ms = entries[id].group->closed_until_ms;
      if (closed_until_ms != INT64_MIN) continue;
      const Result<std::int64_t> last_ms = Partition::LastTimestampIn(*it, id);
      if (!last_ms.ok()) return *partition;
      closed_until_ms = *last_ms;
    }
  }
  return nullptr;
}

Status StoreImpl::ReplayHead() {
  std::vector<std::pair<std::filesystem::path, Status>> damaged;
  const auto replayed = log_.Replay([this](const LoggedRow& row) { ReplayRow(row); },
                                    [&damaged](const std::filesystem::path& path, const Status& reason) {
                                      damaged.emplace_back(path, reason);
                                      return Status::Ok();
                                    });
  if (!replayed.ok()) return replayed.status();
  {
    MutexLock lock(mutex_);
    stats_.lost_records = replayed->lost_records;
  }
  if (damaged.empty()) return Status::Ok();
  // What was read of them is on disk in no other place. On a full disk they stay, and are read again at the next start.
  Status flushed = Flush();
  // A partition that is damaged as well was repaired on the way; each tier may have one.
  for (std::size_t i = 0; i < tiers_.size() && flushed.code() == StatusCode::kCorruption; ++i) flushed = Flush();
  NoteWriteState(flushed);
  if (!flushed.ok()) {
    LogError("a damaged part of the log was read, but cannot be written elsewhere yet",
             {{"reason", flushed.message()}});
    return Status::Ok();
  }
  for (const auto& [path, reason] : damaged) {
    PT_ASSIGN_OR_RETURN(const std::filesystem::path original, SetAside(path));
    LogError("a damaged part of the newest history is set aside; what can be read of it is served",
             {{"reason", reason.message()}, {"lost_records", replayed->lost_records}, {"original", original.string()}});
  }
  return Status::Ok();
}

void StoreImpl::ReplayRow(const LoggedRow& logged) {
  const std::shared_ptr<Group>& group = logged.group;
  if (!ReplayInto(*group, logged)) return;
  if (!group->is_in_head) {
    group->is_in_head = true;
    head_.push_back(group);
    index_.Add(group);
  }
  MutexLock lock(mutex_);
  min_ts_ms_ = std::min(min_ts_ms_.value_or(INT64_MAX), logged.row.ts_ms);
  max_ts_ms_ = std::max(max_ts_ms_.value_or(INT64_MIN), logged.row.ts_ms);
}

// False when it has all of it already.
bool StoreImpl::ReplayInto(Group& group, const LoggedRow& logged) {
  MutexLock lock(group.mutex);
  if (logged.row.ts_ms <= group.closed_until_ms || !MakeRoom(group, logged.row.ts_ms)) return false;
  RowInput row = logged.row;
  row.commit = 0;
  std::vector<std::uint8_t>& present = present_;
  present.assign(row.present, row.present + row.slots);
  if (!group.open->empty() && row.ts_ms <= group.open->last_ts_ms()) group.open->DropKnown(row.ts_ms, present);
  if (std::find(present.begin(), present.end(), 1) == present.end()) return false;
  row.present = present.data();
  // The run it comes into may be another one than in the log: before its next row it is logged as a whole.
  group.open->Add(group.open->RunFor(row.ts_ms), row, logged.segment, false);
  for (std::size_t slot = 0; group.unkept != 0 && slot < row.slots; ++slot) {
    if (present[slot] == 0 || group.series[slot].IsKept()) continue;
    group.series[slot].kept_from = 0;
    group.unkept -= 1;
  }
  return true;
}

Status StoreImpl::Quarantine(const std::filesystem::path& path, const Status& reason) {
  PT_ASSIGN_OR_RETURN(const std::filesystem::path to, SetAside(path));
  LogError(
      "a damaged part of the history is set aside; the rest is served. Keep the directory if you want it examined, "
      "else remove it",
      {{"reason", reason.message()}, {"moved_to", to.string()}});
  return Status::Ok();
}

Result<std::filesystem::path> StoreImpl::SetAside(const std::filesystem::path& path) {
  const std::filesystem::path quarantine = options_.path / "quarantine";
  PT_RETURN_IF_ERROR(MakeDirectory(env_, quarantine));
  std::filesystem::path to = quarantine / path.filename();
  for (int i = 2; std::filesystem::exists(to); ++i) {
    to = quarantine / (path.filename().string() + "-" + std::to_string(i));
  }
  PT_RETURN_IF_ERROR(Rename(env_, path, to));
  MutexLock lock(mutex_);
  ++stats_.quarantined;
  return to;
}

}  // namespace proxy_telemetry::tsdb

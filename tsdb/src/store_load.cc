// StoreImpl's start: what a directory holds becomes partitions, damage is set aside.
#include <algorithm>
#include <string>
#include <vector>

#include "base/log.h"
#include "store_impl.h"

namespace proxy_telemetry::tsdb {

Status StoreImpl::Load() {
  PT_RETURN_IF_ERROR(MakeDirectory(PartitionsPath()));
  RemoveLeftovers();
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(PartitionsPath(), error)) {
    if (entry.is_directory(error)) paths.push_back(entry.path());
  }
  if (error) return Status::IoError("list " + PartitionsPath().string() + ": " + error.message());
  std::sort(paths.begin(), paths.end());
  for (const std::filesystem::path& path : paths) PT_RETURN_IF_ERROR(LoadPartition(path));
  FindNewestTimestamp();
  RefreshDiskBytes();
  return Status::Ok();
}

Status StoreImpl::LoadPartition(const std::filesystem::path& path) {
  auto partition = Partition::Open(path, *registry_, cache_.get());
  if (!partition.ok()) {
    const StatusCode code = partition.status().code();
    const bool damaged = code == StatusCode::kCorruption || code == StatusCode::kNotFound;
    return damaged ? Quarantine(path, partition.status()) : partition.status();
  }
  {
    MutexLock lock(mutex_);
    const Partition& made = **partition;
    const auto overlapping = std::find_if(partitions_.begin(), partitions_.end(), [&made](const auto& other) {
      return other->start_ms() < made.end_ms() && made.start_ms() < other->end_ms();
    });
    if (overlapping == partitions_.end()) {
      Adopt(*partition);
      return Status::Ok();
    }
  }
  partition->reset();
  return Quarantine(path, Status::Corruption(path.string() + " covers the time of another partition; is it a copy?"));
}

Status StoreImpl::Quarantine(const std::filesystem::path& path, const Status& reason) {
  const std::filesystem::path quarantine = options_.path / "quarantine";
  PT_RETURN_IF_ERROR(MakeDirectory(quarantine));
  std::filesystem::path to = quarantine / path.filename();
  for (int i = 2; std::filesystem::exists(to); ++i) {
    to = quarantine / (path.filename().string() + "-" + std::to_string(i));
  }
  PT_RETURN_IF_ERROR(Rename(path, to));
  LogError(
      "a damaged part of the history is set aside; the rest is served. Keep the directory if you want it examined, "
      "else remove it",
      {{"reason", reason.message()}, {"moved_to", to.string()}});
  MutexLock lock(mutex_);
  ++stats_.quarantined;
  return Status::Ok();
}

// What a crash left of partitions being made or removed.
void StoreImpl::RemoveLeftovers() {
  std::error_code error;
  std::vector<std::filesystem::path> leftovers;
  for (const auto& entry : std::filesystem::directory_iterator(options_.path, error)) {
    if (entry.path().filename().string().starts_with(kTrashPrefix)) leftovers.push_back(entry.path());
  }
  for (const auto& entry : std::filesystem::directory_iterator(PartitionsPath(), error)) {
    if (entry.path().filename().string().ends_with(Partition::kMakingSuffix)) leftovers.push_back(entry.path());
  }
  for (const auto& path : leftovers) std::filesystem::remove_all(path, error);
}

void StoreImpl::FindNewestTimestamp() {
  PartitionList partitions;
  {
    MutexLock lock(mutex_);
    partitions = partitions_;
  }
  for (auto partition = partitions.rbegin(); partition != partitions.rend(); ++partition) {
    if ((*partition)->groups().empty()) continue;
    (*partition)->LoadLastTimestamps();
    MutexLock lock(mutex_);
    for (const auto& group : (*partition)->groups()) {
      if (group->last_ts_ms != INT64_MIN) max_ts_ms_ = std::max(max_ts_ms_.value_or(INT64_MIN), group->last_ts_ms);
    }
    return;
  }
}

}  // namespace proxy_telemetry::tsdb

// StoreImpl's repair: what can be read of a damaged partition takes its place; the original is set aside untouched.
#include <algorithm>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "files.h"
#include "partition/salvage.h"
#include "store_impl.h"

namespace proxy_telemetry::tsdb {

// What it was to be. Its superblock may be lost, or another's: where the two differ, the name counts.
Superblock StoreImpl::SuperblockForRepair(const Tier& tier, const std::filesystem::path& path) {
  const Result<Superblock> read = ReadSuperblock(env_, path);
  Superblock superblock = read.ok() ? *read : Superblock{};
  if (const std::optional<Superblock> named = SuperblockFromName(path)) {
    superblock.start_ms = named->start_ms;
    superblock.end_ms = named->end_ms;
  }
  superblock.resolution_ms = tier.options.resolution_ms;
  superblock.group_labels = options_.group_labels;
  if (superblock.created_ms == 0) superblock.created_ms = Clock::System().WallMs();
  return superblock;
}

// Nobody has it open. Made first and put into its place last: whenever a crash comes, the original is still there.
Status StoreImpl::RepairPartition(Tier& tier, const std::filesystem::path& path, const Status& reason) {
  std::filesystem::path making = path;
  making += Partition::kMakingSuffix;
  Result<Salvaged> salvaged = Status::Corruption("nobody knows its time");
  const Superblock superblock = SuperblockForRepair(tier, path);
  if (superblock.start_ms < superblock.end_ms) {
    PT_RETURN_IF_ERROR(RemoveTree(env_, making));
    salvaged = SalvagePartition(env_, path, making, superblock);
  }
  const Result<std::filesystem::path> original = SetAside(path);
  if (!original.ok()) {
    static_cast<void>(RemoveTree(env_, making).ok());
    return original.status();
  }
  Status adopted = salvaged.status();
  if (adopted.ok() && salvaged->blocks == 0) adopted = Status::Corruption("no block of it can be read");
  if (adopted.ok()) adopted = AdoptRepaired(tier, making, path);
  if (!adopted.ok()) {
    static_cast<void>(RemoveTree(env_, making).ok());
    LogError("a damaged part of the history is set aside and could not be repaired; the rest is served",
             {{"reason", reason.message()}, {"not_repaired", adopted.message()}, {"original", original->string()}});
    return Status::Ok();
  }
  LogError("a damaged part of the history was repaired; what is lost of it is lost, all else is served",
           {{"reason", reason.message()},
            {"blocks_kept", salvaged->blocks},
            {"blocks_lost", salvaged->blocks_lost ? std::to_string(*salvaged->blocks_lost) : "unknown"},
            {"original", original->string()}});
  return Status::Ok();
}

Status StoreImpl::AdoptRepaired(Tier& tier, const std::filesystem::path& making, const std::filesystem::path& path) {
  PT_RETURN_IF_ERROR(Rename(env_, making, path));
  PT_ASSIGN_OR_RETURN(std::shared_ptr<Partition> repaired, Partition::Open(env_, path, *registry_));
  PT_RETURN_IF_ERROR(AdoptOrQuarantine(tier, std::move(repaired)));
  MutexLock lock(mutex_);
  ++stats_.repaired;
  return Status::Ok();
}

// Damage that the writer met. One a call; kUnavailable while views read it.
Status StoreImpl::RepairDamaged(const Status& reason) {
  for (Tier& tier : tiers_) {
    for (const std::shared_ptr<Partition>& partition : tier.partitions) {
      if (partition->is_damaged()) return RepairOpen(tier, partition, reason);
    }
  }
  return Status::Ok();
}

Status StoreImpl::RepairOpen(Tier& tier, std::shared_ptr<Partition> partition, const Status& reason) {
  const auto repair = [&] {
    const std::vector<Dictionary::Entry> entries = partition->Entries();
    const std::filesystem::path path = partition->path();
    for (const Dictionary::Entry& entry : entries) {
      MutexLock lock(entry.group->mutex);
      std::erase_if(entry.group->places,
                    [&partition](const GroupPlace& place) { return place.partition == partition->number(); });
    }
    std::erase(tier.partitions, partition);
    partition.reset();
    const Status repaired = RepairPartition(tier, path, reason);
    for (const Dictionary::Entry& entry : entries) ForgetGone(*entry.group);
    MutexLock lock(mutex_);
    commit_ = commit_next_++;
    RecomputeBounds();
    return repaired;
  };
  return WithoutReaders(partition, repair);
}

}  // namespace proxy_telemetry::tsdb

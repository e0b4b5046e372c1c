#include "partition.h"

#include <atomic>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "database.h"
#include "files.h"
#include "keys.h"
#include "series_index.h"
#include "slot_record.h"

namespace proxy_telemetry::tsdb {
namespace {

std::uint64_t NextEpoch() {
  static std::atomic<std::uint64_t> epoch{0};
  return ++epoch;
}

Status MakeFiles(const std::filesystem::path& path, const Superblock& superblock) {
  PT_RETURN_IF_ERROR(MakeDirectory(path));
  PT_RETURN_IF_ERROR(WriteSuperblock(path, superblock));
  PT_RETURN_IF_ERROR(CreateDatabase(path));
  return SyncDirectory(path);
}

}  // namespace

Partition::Partition(std::filesystem::path path, Superblock superblock, std::unique_ptr<leveldb::DB> db)
    : path_(std::move(path)), superblock_(std::move(superblock)), epoch_(NextEpoch()), db_(std::move(db)) {
  RefreshSnapshot();
}

Partition::~Partition() = default;

Result<std::shared_ptr<Partition>> Partition::Create(const std::filesystem::path& path, const Superblock& superblock,
                                                     SeriesRegistry& registry, leveldb::Cache* cache) {
  std::filesystem::path making = path;
  making += kMakingSuffix;
  std::error_code ignored;
  std::filesystem::remove_all(making, ignored);
  Status made = MakeFiles(making, superblock);
  if (made.ok()) made = Rename(making, path);
  if (!made.ok()) {
    std::filesystem::remove_all(making, ignored);
    return made;
  }
  auto partition = Open(path, registry, cache);
  if (partition.ok()) {
    (*partition)->last_timestamps_loaded_ = true;
  } else {
    std::filesystem::remove_all(path, ignored);
  }
  return partition;
}

Result<std::shared_ptr<Partition>> Partition::Open(const std::filesystem::path& path, SeriesRegistry& registry,
                                                   leveldb::Cache* cache) {
  PT_ASSIGN_OR_RETURN(Superblock superblock, ReadSuperblock(path));
  PT_ASSIGN_OR_RETURN(std::unique_ptr<leveldb::DB> db, OpenDatabase(path, cache));
  std::shared_ptr<Partition> partition(new Partition(path, std::move(superblock), std::move(db)));
  PT_RETURN_IF_ERROR(partition->LoadSlots(registry));
  return partition;
}

void Partition::RefreshSnapshot() {
  snapshot_ = RowSnapshot(db_->GetSnapshot(),
                          [db = db_.get()](const leveldb::Snapshot* snapshot) { db->ReleaseSnapshot(snapshot); });
}

Group& Partition::AddGroup(const std::string& key) {
  groups_.push_back(std::make_unique<Group>());
  groups_.back()->id = static_cast<std::uint32_t>(groups_.size() - 1);
  by_key_[key].push_back(groups_.back().get());
  return *groups_.back();
}

Group& Partition::GroupWithRoom(const std::string& key) {
  const std::vector<Group*>& groups = GroupsOf(key);
  if (!groups.empty() && groups.back()->slots.size() < kGroupSlotsMax) return *groups.back();
  return AddGroup(key);
}

const std::vector<Group*>& Partition::GroupsOf(const std::string& key) const {
  static const std::vector<Group*> kNone;
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? kNone : found->second;
}

std::vector<SeriesHandle> Partition::StoredSeries() const {
  std::vector<SeriesHandle> series;
  for (const auto& group : groups_) {
    for (std::uint32_t slot = 0; slot < group->stored; ++slot) series.push_back(group->slots[slot].series);
  }
  return series;
}

Status Partition::LoadSlots(SeriesRegistry& registry) {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  const std::unique_ptr<leveldb::Iterator> it(db_->NewIterator(options));
  for (it->Seek(FirstSlotKey()); it->Valid() && IsSlotKey(Bytes(it->key())); it->Next()) {
    if (!AddStoredSlots(Bytes(it->key()), Bytes(it->value()), registry)) {
      return Status::Corruption(path_.string() + ": a record of series is damaged or missing");
    }
  }
  return FromLevelDb(it->status(), path_);
}

bool Partition::AddStoredSlots(std::string_view key, std::string_view value, SeriesRegistry& registry) {
  SlotRecord record;
  if (!DecodeSlots(key, value, record)) return false;
  // Records come in the order of their keys, so a gap means that one was lost.
  const bool opens_group = record.group == groups_.size();
  if (record.group > groups_.size() || record.first != (opens_group ? 0 : groups_[record.group]->slots.size())) {
    return false;
  }
  Group& group =
      opens_group ? AddGroup(GroupKey(record.entries.front().labels, group_labels())) : *groups_[record.group];
  for (const SlotRecord::Entry& entry : record.entries) {
    group.slots.push_back({registry.Intern(entry.labels), entry.first_ts_ms});
  }
  group.stored = static_cast<std::uint32_t>(group.slots.size());
  return true;
}

void Partition::LoadLastTimestamps() {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  const std::unique_ptr<leveldb::Iterator> it(db_->NewIterator(options));
  for (const auto& group : groups_) {
    it->Seek(RowKey(group->id, INT64_MAX));
    if (it->Valid()) {
      it->Prev();
    } else {
      it->SeekToLast();
    }
    std::int64_t ts_ms = 0;
    if (it->Valid() && ParseRowKey(Bytes(it->key()), group->id, ts_ms)) group->last_ts_ms = ts_ms;
  }
  last_timestamps_loaded_ = true;
  if (it->status().ok()) return;
  LogError("a part of the history is damaged; what of it can be read is served",
           {{"partition", path_.string()}, {"reason", it->status().ToString()}});
}

}  // namespace proxy_telemetry::tsdb

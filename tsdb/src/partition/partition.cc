#include "partition/partition.h"

#include <atomic>
#include <utility>

#include "base/log.h"
#include "env/store_env.h"
#include "files.h"
#include "partition/keys.h"
#include "partition/seal.h"

namespace proxy_telemetry::tsdb {
namespace {

std::uint32_t NextNumber() {
  static std::atomic<std::uint32_t> number{0};
  return ++number;
}

}  // namespace

Partition::Partition(StoreEnv& env, std::filesystem::path path, Superblock superblock, Registry& registry)
    : env_(env),
      path_(std::move(path)),
      superblock_(std::move(superblock)),
      number_(NextNumber()),
      dictionary_(registry) {}

Partition::~Partition() = default;

Status Partition::MakeFiles(StoreEnv& env, const std::filesystem::path& path, const Superblock& superblock) {
  PT_RETURN_IF_ERROR(MakeDirectory(env, path));
  PT_RETURN_IF_ERROR(WriteSuperblock(env, path, superblock));
  PT_RETURN_IF_ERROR(CreateDatabase(env, path));
  return env.SyncDirectory(path);
}

Result<std::shared_ptr<Partition>> Partition::Create(StoreEnv& env, const std::filesystem::path& path,
                                                     const Superblock& superblock, Registry& registry) {
  std::filesystem::path making = path;
  making += kMakingSuffix;
  PT_RETURN_IF_ERROR(RemoveTree(env, making));
  Status made = MakeFiles(env, making, superblock);
  if (made.ok()) made = Rename(env, making, path);
  std::shared_ptr<Partition> partition(new Partition(env, path, superblock, registry));
  if (made.ok()) made = partition->OpenFiles(DatabaseMode::kWritable);
  partition->writable_ = made.ok();
  if (made.ok()) return partition;
  static_cast<void>(RemoveTree(env, making).ok());
  return made;
}

Result<std::shared_ptr<Partition>> Partition::CreateBulk(StoreEnv& env, const std::filesystem::path& path,
                                                         const Superblock& superblock, Registry& registry) {
  PT_RETURN_IF_ERROR(MakeFiles(env, path, superblock));
  std::shared_ptr<Partition> partition(new Partition(env, path, superblock, registry));
  PT_RETURN_IF_ERROR(partition->OpenFiles(DatabaseMode::kBulk));
  partition->writable_ = true;
  return partition;
}

Result<std::shared_ptr<Partition>> Partition::Open(StoreEnv& env, const std::filesystem::path& path,
                                                   Registry& registry) {
  PT_ASSIGN_OR_RETURN(Superblock superblock, ReadSuperblock(env, path));
  if (superblock.group_labels != registry.group_labels()) {
    return Status::Unsupported(path.string() + ": its series are grouped by other labels than this program's");
  }
  const Result<bool> sealed = CheckSeal(env, path);
  if (!sealed.ok() && sealed.status().code() != StatusCode::kNotFound) return sealed.status();
  std::shared_ptr<Partition> partition(new Partition(env, path, std::move(superblock), registry));
  PT_RETURN_IF_ERROR(partition->OpenFiles(DatabaseMode::kReadOnly));
  const auto it = partition->snapshot()->NewIterator();
  {
    MutexLock lock(partition->mutex_);
    PT_RETURN_IF_ERROR(partition->dictionary_.Load(*it).Prefixed(path.string()));
  }
  PT_RETURN_IF_ERROR(partition->CheckTotals(*it).Prefixed(path.string()));
  partition->complete_ = sealed.ok() && *sealed;
  return partition;
}

Status Partition::OpenFiles(DatabaseMode mode) {
  PT_ASSIGN_OR_RETURN(std::shared_ptr<leveldb::DB> db, OpenDatabase(env_, path_, mode));
  MutexLock lock(mutex_);
  db_ = std::move(db);
  snapshot_ = std::make_shared<const DatabaseSnapshot>(db_);
  return Status::Ok();
}

Status Partition::ReadTotals(leveldb::Iterator& it, Totals& totals) {
  SeekToLastBefore(it, std::string(1, kTotalsTag + 1));
  std::uint64_t batch = 0;
  if (it.Valid() && ParseTotalsKey(Bytes(it.key()), batch)) {
    if (!DecodeTotals(Bytes(it.key()), Bytes(it.value()), totals)) {
      return Status::Corruption("a record of its totals is damaged");
    }
    batches_ = batch + 1;
  }
  return it.status().ok() ? Status::Ok() : Status::Corruption(it.status().ToString());
}

// The newest record of totals must be there; without a seal the blocks are counted too.
Status Partition::CheckTotals(leveldb::Iterator& it) {
  Totals totals;
  PT_RETURN_IF_ERROR(ReadTotals(it, totals));
  if (!env_.FileExists((path_ / kSealName).string())) PT_RETURN_IF_ERROR(CheckBlocks(it, totals));
  MutexLock lock(mutex_);
  totals_ = totals;
  return Status::Ok();
}

// Without a seal: that nothing is missing, and nothing there that belongs to another directory.
Status Partition::CheckBlocks(leveldb::Iterator& it, const Totals& totals) const {
  PT_RETURN_IF_ERROR(CheckHasLog(env_, path_));
  const auto groups = static_cast<std::uint32_t>(Entries().size());
  std::uint64_t blocks = 0;
  std::uint32_t group = 0;
  std::int64_t last_ms = 0;
  for (it.SeekToFirst(); it.Valid() && it.key().starts_with(std::string(1, kBlockTag)); it.Next()) {
    const bool is_own = ParseBlockKey(Bytes(it.key()), group, last_ms) && group < groups &&
                        last_ms >= superblock_.start_ms && last_ms < superblock_.end_ms;
    if (!is_own) return Status::Corruption("a block is not of its groups and its time");
    ++blocks;
  }
  it.SeekToLast();
  const bool is_strange = it.Valid() && !it.key().starts_with(std::string(1, kTotalsTag));
  if (!it.status().ok()) return Status::Corruption(it.status().ToString());
  if (is_strange) return Status::Corruption("a record of another kind of database is there");
  if (blocks == totals.blocks) return Status::Ok();
  return Status::Corruption(std::to_string(totals.blocks) + " blocks were written and " + std::to_string(blocks) +
                            " are there");
}

Status Partition::NoteDamage(Status status) const {
  damaged_ |= status.code() == StatusCode::kCorruption;
  return status;
}

std::shared_ptr<const DatabaseSnapshot> Partition::snapshot() const {
  MutexLock lock(mutex_);
  return snapshot_;
}

void Partition::RefreshSnapshot() {
  MutexLock lock(mutex_);
  snapshot_ = db_ ? std::make_shared<const DatabaseSnapshot>(db_) : nullptr;
}

void Partition::DropSnapshot() {
  MutexLock lock(mutex_);
  snapshot_.reset();
}

ColumnListPtr Partition::ColumnsOf(std::uint32_t group) const {
  MutexLock lock(mutex_);
  return dictionary_[group].columns;
}

std::vector<Dictionary::Entry> Partition::Entries() const {
  std::vector<Dictionary::Entry> entries;
  MutexLock lock(mutex_);
  entries.reserve(dictionary_.size());
  for (std::uint32_t i = 0; i < dictionary_.size(); ++i) entries.push_back(dictionary_[i]);
  return entries;
}

Totals Partition::totals() const {
  MutexLock lock(mutex_);
  return totals_;
}

Result<std::int64_t> Partition::LastTimestampIn(leveldb::Iterator& it, std::uint32_t group) {
  SeekToLastBefore(it, BlockKey(group + 1, INT64_MIN));
  if (!it.status().ok()) return Status::Corruption(it.status().ToString());
  std::uint32_t found = 0;
  std::int64_t ts_ms = 0;
  const bool is_block = it.Valid() && ParseBlockKey(Bytes(it.key()), found, ts_ms) && found == group;
  return is_block ? ts_ms : INT64_MIN;
}

Result<std::int64_t> Partition::LastTimestampOf(const Group& group) const {
  std::uint32_t id = kNoPlace;
  {
    MutexLock lock(group.mutex);
    id = group.PlaceIn(number_);
  }
  if (id == kNoPlace) return INT64_MIN;
  std::shared_ptr<leveldb::DB> db;
  {
    MutexLock lock(mutex_);
    db = db_;
  }
  const DatabaseSnapshot latest(std::move(db));
  Result<std::int64_t> last_ms = LastTimestampIn(*latest.NewIterator(), id);
  if (!last_ms.ok()) return NoteDamage(last_ms.status().Prefixed(path_.string()));
  return last_ms;
}

bool Partition::IsRead() const {
  MutexLock lock(mutex_);
  return db_.use_count() > 1;
}

Status Partition::MakeWritable() {
  writable_ = false;
  {
    MutexLock lock(mutex_);
    snapshot_.reset();
    db_.reset();
  }
  Status opened = RemoveSeal(env_, path_);
  if (opened.ok()) {
    complete_ = false;
    opened = OpenFiles(DatabaseMode::kWritable);
  }
  // A batch whose write was reported as failed may be there.
  if (opened.ok()) opened = CheckTotals(*snapshot()->NewIterator());
  writable_ = opened.ok();
  if (opened.ok()) return opened;
  {
    MutexLock lock(mutex_);
    snapshot_.reset();
    db_.reset();
  }
  // What is there can still be read.
  PT_RETURN_IF_ERROR(OpenFiles(DatabaseMode::kReadOnly));
  return NoteDamage(opened);
}

}  // namespace proxy_telemetry::tsdb

// Partition's writing: blocks are added to a batch, which is committed whole or not at all.
#include <utility>

#include "codec/block.h"
#include "codec/presence.h"
#include "env/store_env.h"
#include "partition/keys.h"
#include "partition/partition.h"
#include "partition/seal.h"

namespace proxy_telemetry::tsdb {
namespace {

// The columns in the order of `to`; those that it has not are absent.
BlockContent InOrderOf(const ColumnList& to, const ColumnList& from, const BlockContent& content) {
  BlockContent ordered;
  ordered.ts_ms = content.ts_ms;
  for (const ColumnPtr& column : to.columns()) {
    const auto at = from.Find(column.get());
    ordered.columns.push_back(at ? content.columns[*at] : AbsentColumn(content.ts_ms.size()));
  }
  return ordered;
}

}  // namespace

std::uint32_t Partition::PlaceOf(const std::shared_ptr<Group>& group, const ColumnListPtr& columns) {
  std::uint32_t id = kNoPlace;
  {
    MutexLock lock(group->mutex);
    id = group->PlaceIn(number_);
  }
  const bool is_new = id == kNoPlace;
  {
    MutexLock lock(mutex_);
    if (is_new) id = dictionary_.Add(group);
    dictionary_.Extend(id, columns);
  }
  if (is_new) {
    MutexLock lock(group->mutex);
    group->places.push_back({number_, id});
  }
  return id;
}

void Partition::AddBlock(const std::shared_ptr<Group>& group, const ColumnListPtr& columns,
                         const BlockContent& content) {
  const std::uint32_t id = PlaceOf(group, columns);
  const ColumnListPtr own = ColumnsOf(id);
  const std::string key = BlockKey(id, content.ts_ms.back());
  std::string value;
  if (own == columns) {
    EncodeBlock(key, own->shape(), content, value);
  } else {
    EncodeBlock(key, own->shape(), InOrderOf(*own, *columns, content), value);
  }
  batch_.Put(key, value);
  batch_totals_.Add({1, CountSamples(content), content.ts_ms.front(), content.ts_ms.back()});
}

Status Partition::Commit(bool sync) {
  Totals totals = this->totals();
  totals.Add(batch_totals_);
  const std::string key = TotalsKey(batches_);
  std::string value;
  EncodeTotals(key, totals, value);
  batch_.Put(key, value);
  std::shared_ptr<leveldb::DB> db;
  {
    MutexLock lock(mutex_);
    dictionary_.AddPending(batch_);
    db = db_;
  }
  leveldb::WriteOptions options;
  options.sync = sync;
  const leveldb::Status written = db->Write(options, &batch_);
  Abort();
  if (!written.ok()) {
    writable_ = false;
    return NoteDamage(FromLevelDb(written, path_).Prefixed("write"));
  }
  ++batches_;
  MutexLock lock(mutex_);
  dictionary_.Written();
  totals_ = totals;
  return Status::Ok();
}

void Partition::Abort() {
  batch_.Clear();
  batch_totals_ = {};
}

void Partition::Sort() {
  std::shared_ptr<leveldb::DB> db;
  {
    MutexLock lock(mutex_);
    db = db_;
  }
  db->CompactRange(nullptr, nullptr);
}

Status Partition::Seal(bool complete) {
  writable_ = false;
  {
    MutexLock lock(mutex_);
    snapshot_.reset();
    db_.reset();
  }
  Status sealed = WriteSeal(env_, path_, complete);
  complete_ = sealed.ok() && complete;
  PT_RETURN_IF_ERROR(OpenFiles(DatabaseMode::kReadOnly));
  return sealed;
}

}  // namespace proxy_telemetry::tsdb

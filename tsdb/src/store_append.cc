// The writer's half of StoreImpl: from rounds to one synced batch per partition.
#include <leveldb/write_batch.h>

#include <algorithm>

#include "base/clock.h"
#include "keys.h"
#include "row_codec.h"
#include "slot_record.h"
#include "span.h"
#include "store_impl.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::int64_t kDiskBytesEveryMs = 30'000;

// By time, rounds of one time in their order.
std::vector<const Round*> InOrder(std::span<const Round> rounds) {
  std::vector<const Round*> ordered;
  ordered.reserve(rounds.size());
  for (const Round& round : rounds) ordered.push_back(&round);
  std::sort(ordered.begin(), ordered.end(),
            [](const Round* a, const Round* b) { return a->ts_ms != b->ts_ms ? a->ts_ms < b->ts_ms : a < b; });
  return ordered;
}

}  // namespace

// What is about to be written to one partition.
struct RoundBatch {
  leveldb::WriteBatch writes;
  std::vector<Group*> groups;
  AppendResult result;
  std::int64_t max_ts_ms = INT64_MIN;  // of the rounds of which something was taken
  std::vector<Group*> in_round;        // of the round being added
  std::string row;
};

Result<AppendResult> StoreImpl::Append(std::span<const Round> rounds) {
  for (const Round& round : rounds) {
    if (round.ts_ms < kTimestampMinMs || round.ts_ms > kTimestampMaxMs) {
      return Status::InvalidArgument("timestamp " + std::to_string(round.ts_ms) + " ms is out of range");
    }
  }
  const std::vector<const Round*> ordered = InOrder(rounds);
  AppendResult total;
  for (std::span<const Round* const> rest = ordered; !rest.empty();) {
    const Result<std::size_t> done = AppendToOnePartition(rest, total);
    if (!done.ok()) {
      MutexLock lock(mutex_);
      ++stats_.append_errors;
      return done.status();
    }
    rest = rest.subspan(*done);
  }
  if (Clock::System().SteadyMs() - disk_bytes_read_ms_ >= kDiskBytesEveryMs) RefreshDiskBytes();
  return total;
}

// Returns how many of the first rounds it has dealt with.
Result<std::size_t> StoreImpl::AppendToOnePartition(std::span<const Round* const> rounds, AppendResult& total) {
  PT_RETURN_IF_ERROR(ReopenBroken());
  PT_ASSIGN_OR_RETURN(const std::shared_ptr<Partition> partition, PartitionFor(*rounds.front()));
  if (!partition) {
    CountRefused(rounds.front()->samples.size());
    total.out_of_order += rounds.front()->samples.size();
    return std::size_t{1};
  }
  Prepare(*partition);
  RoundBatch batch;
  std::size_t done = 0;
  for (; done < rounds.size() && rounds[done]->ts_ms < partition->end_ms(); ++done) {
    AddRound(*partition, *rounds[done], batch);
  }
  PT_RETURN_IF_ERROR(Commit(*partition, batch));
  total.appended += batch.result.appended;
  total.out_of_order += batch.result.out_of_order;
  return done;
}

// Null when there is none and nothing of the round could go into a new one.
Result<std::shared_ptr<Partition>> StoreImpl::PartitionFor(const Round& round) {
  {
    MutexLock lock(mutex_);
    for (auto it = partitions_.rbegin(); it != partitions_.rend(); ++it) {
      if (round.ts_ms >= (*it)->start_ms() && round.ts_ms < (*it)->end_ms()) return *it;
    }
    const auto is_late = [this, &round](const Sample& sample) NO_THREAD_SAFETY_ANALYSIS {
      return IsInNewer(nullptr, round.ts_ms, sample.series->labels());
    };
    if (std::all_of(round.samples.begin(), round.samples.end(), is_late)) return std::shared_ptr<Partition>();
  }
  return MakePartition(round.ts_ms);
}

Result<std::shared_ptr<Partition>> StoreImpl::MakePartition(std::int64_t ts_ms) {
  Superblock superblock;
  superblock.start_ms = SpanStartMs(ts_ms, span_ms_);
  superblock.end_ms = superblock.start_ms + span_ms_;
  superblock.created_ms = Clock::System().WallMs();
  superblock.group_labels = options_.group_labels;
  {
    // An earlier configuration may have left partitions of another span: none may overlap.
    MutexLock lock(mutex_);
    for (const auto& other : partitions_) {
      if (other->end_ms() <= ts_ms) superblock.start_ms = std::max(superblock.start_ms, other->end_ms());
      if (other->start_ms() > ts_ms) superblock.end_ms = std::min(superblock.end_ms, other->start_ms());
    }
  }
  const std::string name = std::to_string(superblock.start_ms) + "-" + std::to_string(superblock.end_ms);
  std::filesystem::path path = PartitionsPath() / name;
  // One that is expired may still be read there.
  for (int i = 2; std::filesystem::exists(path); ++i) path = PartitionsPath() / (name + "-" + std::to_string(i));
  PT_ASSIGN_OR_RETURN(std::shared_ptr<Partition> made, Partition::Create(path, superblock, *registry_, cache_.get()));
  MutexLock lock(mutex_);
  Adopt(made);
  return made;
}

bool StoreImpl::IsInNewer(const Partition* partition, std::int64_t ts_ms, const Labels& labels) const {
  for (auto it = partitions_.rbegin(); it != partitions_.rend(); ++it) {
    if (it->get() == partition || (*it)->start_ms() <= ts_ms) return false;
    if (!(*it)->GroupsOf(GroupKey(labels, (*it)->group_labels())).empty()) return true;
  }
  return false;
}

void StoreImpl::Prepare(Partition& partition) {
  if (placed_epoch_ == partition.epoch()) return;
  if (!partition.last_timestamps_loaded()) partition.LoadLastTimestamps();
  MutexLock lock(mutex_);
  for (const auto& group : partition.groups()) {
    if (group->slots.empty()) continue;
    const bool is_late = IsInNewer(&partition, partition.start_ms(), group->slots.front().series->labels());
    group->pending_ts_ms = is_late ? INT64_MAX : group->last_ts_ms;
    for (std::uint32_t slot = 0; slot < group->slots.size(); ++slot) {
      Series& series = *group->slots[slot].series;
      series.place_group = group.get();
      series.place_slot = slot;
      series.place_epoch = partition.epoch();
    }
  }
  placed_epoch_ = partition.epoch();
}

// False when its group has a row that is not older: time does not go back.
bool StoreImpl::Place(Partition& partition, Series& series, std::int64_t ts_ms) {
  const std::string key = GroupKey(series.labels(), partition.group_labels());
  MutexLock lock(mutex_);
  for (const Group* group : partition.GroupsOf(key)) {
    if (group->pending_ts_ms >= ts_ms) return false;
  }
  if (IsInNewer(&partition, partition.start_ms(), series.labels())) return false;
  Group& group = partition.GroupWithRoom(key);
  series.place_group = &group;
  series.place_slot = static_cast<std::uint32_t>(group.slots.size());
  series.place_epoch = partition.epoch();
  group.slots.push_back({series.shared_from_this(), ts_ms});
  return true;
}

void StoreImpl::AddRound(Partition& partition, const Round& round, RoundBatch& batch) {
  for (const Sample& sample : round.samples) {
    Series& series = *sample.series;
    if (series.place_epoch != partition.epoch() && !Place(partition, series, round.ts_ms)) {
      ++batch.result.out_of_order;
      continue;
    }
    Group& group = *series.place_group;
    if (group.in_round == Group::InRound::kNo) {
      group.in_round = round.ts_ms > group.pending_ts_ms ? Group::InRound::kTaken : Group::InRound::kRefused;
      batch.in_round.push_back(&group);
    }
    if (group.in_round == Group::InRound::kRefused) {
      ++batch.result.out_of_order;
      continue;
    }
    if (group.values.size() < group.slots.size()) {
      group.values.resize(group.slots.size());
      group.present.resize(group.slots.size());
    }
    if (group.present[series.place_slot] != 0) continue;
    group.present[series.place_slot] = 1;
    group.values[series.place_slot] = sample.value;
    ++batch.result.appended;
  }
  for (Group* group : batch.in_round) {
    const bool taken = group->in_round == Group::InRound::kTaken;
    group->in_round = Group::InRound::kNo;
    if (!taken) continue;
    const std::string key = RowKey(group->id, round.ts_ms);
    batch.row.clear();
    EncodeRow(key, group->values, group->present, batch.row);
    batch.writes.Put(key, batch.row);
    std::fill(group->present.begin(), group->present.end(), std::uint8_t{0});
    group->pending_ts_ms = round.ts_ms;
    if (!group->in_batch) batch.groups.push_back(group);
    group->in_batch = true;
    batch.max_ts_ms = round.ts_ms;
  }
  batch.in_round.clear();
}

Status StoreImpl::Commit(Partition& partition, RoundBatch& batch) {
  if (batch.groups.empty()) {
    CountRefused(batch.result.out_of_order);
    return Status::Ok();
  }
  for (Group* group : batch.groups) {
    if (group->slots.size() == group->stored) continue;
    const std::string key = SlotKey(group->id, group->stored);
    batch.row.clear();
    EncodeSlots(key, *group, group->stored, batch.row);
    batch.writes.Put(key, batch.row);
  }
  leveldb::WriteOptions options;
  options.sync = true;
  const leveldb::Status written = partition.db().Write(options, &batch.writes);
  for (Group* group : batch.groups) group->in_batch = false;
  if (!written.ok()) {
    broken_ = partition.path();
    return Status::IoError("write to " + partition.path().string() + ": " + written.ToString());
  }
  MutexLock lock(mutex_);
  ++version_;
  for (Group* group : batch.groups) {
    for (; group->stored < group->slots.size(); ++group->stored) {
      index_.Keep(*group->slots[group->stored].series, version_);
    }
    group->last_ts_ms = group->pending_ts_ms;
  }
  partition.RefreshSnapshot();
  stats_.samples_appended += batch.result.appended;
  stats_.out_of_order += batch.result.out_of_order;
  max_ts_ms_ = std::max(max_ts_ms_.value_or(INT64_MIN), batch.max_ts_ms);
  return Status::Ok();
}

void StoreImpl::CountRefused(std::uint64_t samples) {
  MutexLock lock(mutex_);
  stats_.out_of_order += samples;
}

}  // namespace proxy_telemetry::tsdb

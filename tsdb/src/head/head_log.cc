#include "head/head_log.h"

#include <leveldb/write_batch.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "coding.h"
#include "database.h"
#include "env/store_env.h"
#include "files.h"
#include "head/record.h"
#include "partition/keys.h"
#include "partition/seal.h"

namespace proxy_telemetry::tsdb {
namespace {

// A segment is closed when it has more than this, and more than this often what its dictionary takes.
constexpr std::uint64_t kSegmentBytes = std::uint64_t{4} << 20;
constexpr std::uint64_t kSegmentPerDictionary = 8;
// After a lost record a group's rows are lost until the next base.
constexpr std::uint32_t kRowsPerBase = 256;

constexpr std::size_t kNumberDigits = 12;

constexpr std::uint32_t kNoSlot = UINT32_MAX;

constexpr const char* kFailedName = "FAILED";
constexpr std::size_t kFailedBytesMax = 64;

// The rows of one segment as they come, with what each run was before.
class RowReplay {
 public:
  explicit RowReplay(const Dictionary& dictionary) : dictionary_(dictionary), groups_(dictionary.size()) {}

  // False when the record is not what it should be; what was given of it before counts. Rows of groups and columns that
  // a damaged dictionary lacks are left out.
  bool Visit(std::string_view record, std::uint64_t segment, const std::function<void(const LoggedRow&)>& visit) {
    RecordRow head;
    while (!record.empty()) {
      if (!NextRecordRow(record, head) || !VisitRow(head, record, segment, visit)) return false;
    }
    return true;
  }

  // A record is missing: what runs were is not known.
  void Forget() {
    for (KnownGroup& group : groups_) group.runs.clear();
  }

 private:
  struct KnownGroup {
    std::vector<std::uint32_t> slots;  // of the segment's columns
    std::map<std::uint32_t, RowState> runs;
  };

  bool VisitRow(const RecordRow& head, std::string_view& record, std::uint64_t segment,
                const std::function<void(const LoggedRow&)>& visit) {
    if (head.group >= dictionary_.size() || !dictionary_[head.group].columns) {
      return (head.kind != RecordKind::kBase || SkipRow(record)) && SkipRow(record);
    }
    std::map<std::uint32_t, RowState>& runs = groups_[head.group].runs;
    auto run = runs.find(head.run);
    if (run == runs.end()) {
      // Without the row before it, it tells nothing.
      if (head.kind == RecordKind::kNext) return SkipRow(record);
      run = runs.emplace(head.run, RowState()).first;
    }
    RowState& state = run->second;
    if (head.kind != RecordKind::kNext) state = {};
    if (head.kind == RecordKind::kBase) return NextRow(record, state) && NextRow(record, state);
    if (!NextRow(record, state)) return false;
    const std::vector<std::uint32_t>& slots = SlotsOf(head.group);
    values_.assign(slot_count_, 0);
    present_.assign(slot_count_, 0);
    for (std::size_t i = 0; i < std::min(state.values.size(), slots.size()); ++i) {
      if (slots[i] == kNoSlot) continue;
      values_[slots[i]] = state.values[i];
      present_[slots[i]] = static_cast<std::uint8_t>((state.present[i / 64] >> (i % 64)) & 1U);
    }
    const RowInput row{state.ts_ms, 0, values_.data(), present_.data(), slot_count_};
    visit({dictionary_[head.group].group, row, segment});
    return true;
  }

  // The group's slots of the segment's columns; sets slot_count_.
  const std::vector<std::uint32_t>& SlotsOf(std::uint32_t group) {
    std::vector<std::uint32_t>& slots = groups_[group].slots;
    const Dictionary::Entry& entry = dictionary_[group];
    MutexLock lock(entry.group->mutex);
    if (slots.empty()) {
      for (const ColumnPtr& column : entry.columns->columns()) {
        const Series* series = entry.group->FindOrAdd(column);
        // A group never has more columns than slots, and nobody else has begun to add any.
        slots.push_back(series == nullptr ? kNoSlot : series->slot);
      }
    }
    slot_count_ = entry.group->series.size();
    return slots;
  }

  const Dictionary& dictionary_;
  std::vector<KnownGroup> groups_;
  std::size_t slot_count_ = 0;
  std::vector<double> values_;
  std::vector<std::uint8_t> present_;
};

std::string EncodeFailed(const FailedRecord& failed) {
  std::string bytes;
  PutFixed64(failed.segment, bytes);
  PutFixed64(failed.record, bytes);
  SealWithCrc({}, 0, bytes);
  return bytes;
}

std::optional<FailedRecord> ReadFailed(StoreEnv& env, const std::filesystem::path& segment) {
  const Result<std::string> read = ReadSmallFile(env, segment / kFailedName, kFailedBytesMax);
  if (!read.ok()) return std::nullopt;
  std::string_view bytes = *read;
  FailedRecord failed;
  const bool is_sound = CheckCrc({}, bytes) && GetFixed64(bytes, failed.segment) && GetFixed64(bytes, failed.record);
  return is_sound ? std::optional(failed) : std::nullopt;
}

// That all records of the segment are there.
Status CheckRecords(leveldb::Iterator& it, Registry& registry) {
  PT_RETURN_IF_ERROR(Dictionary(registry).Load(it));
  std::uint64_t expected = 0;
  const std::string first(1, kRecordTag);
  for (it.Seek(first); it.Valid(); it.Next(), ++expected) {
    std::string_view record = Bytes(it.value());
    std::uint64_t number = 0;
    if (!CheckCrc(Bytes(it.key()), record) || !ParseRecordKey(Bytes(it.key()), number)) {
      return Status::Corruption("a record is damaged");
    }
    if (number != expected) return Status::Corruption("records are missing");
  }
  if (!it.status().ok()) return Status::Corruption(it.status().ToString());
  it.SeekToFirst();
  const bool is_own = !it.Valid() || it.key().starts_with(std::string(1, kColumnTag));
  return is_own ? Status::Ok() : Status::Corruption("a record of another kind of database is there");
}

// kCorruption: damaged.
Status OpenSound(StoreEnv& env, const std::filesystem::path& path, Registry& registry,
                 std::shared_ptr<leveldb::DB>& db) {
  const Result<bool> sealed = CheckSeal(env, path);
  if (sealed.status().code() == StatusCode::kNotFound) {
    PT_RETURN_IF_ERROR(CheckHasLog(env, path));
  } else if (!sealed.ok()) {
    return sealed.status();
  }
  PT_ASSIGN_OR_RETURN(db, OpenDatabase(env, path, DatabaseMode::kReadOnly));
  const DatabaseSnapshot snapshot(db);
  return CheckRecords(*snapshot.NewIterator(), registry).Prefixed(path.string());
}

}  // namespace

HeadLog::HeadLog(StoreEnv& env, std::filesystem::path path, Registry& registry)
    : env_(env), path_(std::move(path)), registry_(registry) {}

HeadLog::~HeadLog() = default;

std::filesystem::path HeadLog::PathOf(std::uint64_t segment) const {
  std::string name = std::to_string(segment);
  return path_ / std::string(kNumberDigits - std::min(kNumberDigits, name.size()), '0').append(name);
}

Result<ReplayStats> HeadLog::Replay(
    const std::function<void(const LoggedRow&)>& visit,
    const std::function<Status(const std::filesystem::path&, const Status&)>& quarantine) {
  PT_RETURN_IF_ERROR(MakeDirectory(env_, path_));
  std::error_code error;
  std::vector<std::uint64_t> found;
  for (const auto& entry : std::filesystem::directory_iterator(path_, error)) {
    const std::string name = entry.path().filename().string();
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    if (parsed.ec == std::errc() && parsed.ptr == name.data() + name.size() && number > 0) {
      found.push_back(number);
    }
  }
  if (error) return Status::IoError("list " + path_.string() + ": " + error.message());
  std::sort(found.begin(), found.end());
  // What was reported as failed may be on disk, and what was taken in its place comes in a later segment.
  std::map<std::uint64_t, std::uint64_t> ends;
  for (const std::uint64_t segment : found) {
    if (const std::optional<FailedRecord> failed = ReadFailed(env_, PathOf(segment)))
      ends[failed->segment] = failed->record;
  }
  ReplayStats stats;
  for (const std::uint64_t segment : found) {
    segment_ = segment;
    const auto end = ends.find(segment);
    end_record_ = end == ends.end() ? UINT64_MAX : end->second;
    const Status replayed = ReplaySegment(segment, visit, stats);
    if (replayed.ok()) {
      segments_.push_back(segment);
    } else if (replayed.code() == StatusCode::kCorruption || replayed.code() == StatusCode::kNotFound) {
      ++stats.damaged_segments;
      PT_RETURN_IF_ERROR(quarantine(PathOf(segment), replayed));
    } else {
      return replayed;
    }
  }
  return stats;
}

Status HeadLog::ReplaySegment(std::uint64_t segment, const std::function<void(const LoggedRow&)>& visit,
                              ReplayStats& stats) {
  const std::filesystem::path path = PathOf(segment);
  std::shared_ptr<leveldb::DB> db;
  const Status opened = OpenSound(env_, path, registry_, db);
  if (!opened.ok()) {
    if (opened.code() != StatusCode::kCorruption) return opened;
    // As much as can be read, which may be nothing.
    Result<std::shared_ptr<leveldb::DB>> repaired = OpenDatabase(env_, path, DatabaseMode::kRepaired);
    if (!repaired.ok()) return opened;
    db = *std::move(repaired);
  }
  const DatabaseSnapshot snapshot(db);
  const auto it = snapshot.NewIterator();
  Dictionary dictionary(registry_);
  dictionary.LoadReadable(*it);
  RowReplay replay(dictionary);
  std::uint64_t expected = 0;
  const std::string first(1, kRecordTag);
  for (it->Seek(first); it->Valid() && it->key().starts_with(first); it->Next()) {
    std::string_view record = Bytes(it->value());
    std::uint64_t number = 0;
    const bool is_sound = CheckCrc(Bytes(it->key()), record) && ParseRecordKey(Bytes(it->key()), number);
    if (is_sound && number >= end_record_) break;
    if (!is_sound || number < expected) number = expected;
    if (!is_sound || number != expected) replay.Forget();
    stats.lost_records += number - expected;
    expected = number + 1;
    if (is_sound && replay.Visit(record, segment, visit)) {
      ++stats.records;
    } else {
      replay.Forget();
      ++stats.lost_records;
    }
  }
  return opened;
}

Status HeadLog::Prepare() {
  if (db_ && segment_bytes_ < std::max(kSegmentBytes, kSegmentPerDictionary * dictionary_bytes_)) return Status::Ok();
  PT_RETURN_IF_ERROR(Close());
  const std::uint64_t next = segment_ + 1;
  std::filesystem::path making = PathOf(next);
  making += ".new";
  PT_RETURN_IF_ERROR(RemoveTree(env_, making));
  Status made = MakeDirectory(env_, making);
  if (made.ok() && failed_) made = WriteFileAtomically(env_, making / kFailedName, EncodeFailed(*failed_));
  if (made.ok()) made = CreateDatabase(env_, making);
  if (made.ok()) made = env_.SyncDirectory(making);
  if (made.ok()) made = Rename(env_, making, PathOf(next));
  // A rename that is not known to be durable may be done.
  if (env_.FileExists(PathOf(next).string())) {
    segment_ = next;
    segments_.push_back(next);
  }
  if (!made.ok()) {
    static_cast<void>(RemoveTree(env_, making).ok());
    return made;
  }
  PT_ASSIGN_OR_RETURN(db_, OpenDatabase(env_, PathOf(next), DatabaseMode::kWritable));
  failed_.reset();
  dictionary_ = std::make_unique<Dictionary>(registry_);
  next_record_ = 0;
  segment_bytes_ = 0;
  dictionary_bytes_ = 0;
  return Status::Ok();
}

bool HeadLog::NeedsBase(const Run& run) const {
  return run.count != 0 && (run.segment != segment_ || run.since_base >= kRowsPerBase);
}

void HeadLog::Place(const std::shared_ptr<Group>& group, const ColumnListPtr& columns) {
  if (group->log_segment != segment_) {
    group->log_segment = segment_;
    group->log_id = dictionary_->Add(group);
  }
  dictionary_->Extend(group->log_id, columns);
}

void HeadLog::AddBase(const std::shared_ptr<Group>& group, const ColumnListPtr& columns, std::size_t run,
                      const RowState& state) {
  Place(group, columns);
  const std::size_t slots = state.values.size();
  std::vector<std::uint8_t> present(slots, 1);
  RowState base;
  std::string rows;
  AppendRow({state.ts_ms, state.commit, state.values.data(), present.data(), slots}, base, rows);
  for (std::size_t i = 0; i < slots; ++i)
    present[i] = static_cast<std::uint8_t>((state.present[i / 64] >> (i % 64)) & 1U);
  AppendRow({state.ts_ms, state.commit, state.values.data(), present.data(), slots}, base, rows);
  AppendRecordRow({group->log_id, RecordKind::kBase, static_cast<std::uint32_t>(run)}, rows, record_);
}

void HeadLog::AddRow(const std::shared_ptr<Group>& group, const ColumnListPtr& columns, std::size_t run, bool is_first,
                     std::string_view row_bytes) {
  Place(group, columns);
  const RecordKind kind = is_first ? RecordKind::kFirst : RecordKind::kNext;
  AppendRecordRow({group->log_id, kind, static_cast<std::uint32_t>(run)}, row_bytes, record_);
}

Status HeadLog::Commit() {
  leveldb::WriteBatch batch;
  dictionary_->AddPending(batch);
  dictionary_bytes_ += batch.ApproximateSize();
  const std::string key = RecordKey(next_record_);
  SealWithCrc(key, 0, record_);
  batch.Put(key, record_);
  segment_bytes_ += batch.ApproximateSize();
  record_.clear();
  leveldb::WriteOptions options;
  options.sync = true;
  const leveldb::Status written = db_->Write(options, &batch);
  if (!written.ok()) {
    db_.reset();
    failed_ = FailedRecord{segment_, next_record_};
    return Status::IoError("write to " + PathOf(segment_).string() + ": " + written.ToString());
  }
  dictionary_->Written();
  ++next_record_;
  return Status::Ok();
}

Status HeadLog::DropBefore(std::uint64_t segment) {
  while (!segments_.empty() && segments_.front() < segment && !(db_ && segments_.front() == segment_)) {
    std::filesystem::path trash = path_ / ("trash-" + PathOf(segments_.front()).filename().string());
    PT_RETURN_IF_ERROR(Rename(env_, PathOf(segments_.front()), trash));
    segments_.pop_front();
    PT_RETURN_IF_ERROR(RemoveTree(env_, trash));
  }
  return Status::Ok();
}

Status HeadLog::Close() {
  if (!db_) return Status::Ok();
  db_.reset();
  return WriteSeal(env_, PathOf(segment_), true);
}

}  // namespace proxy_telemetry::tsdb

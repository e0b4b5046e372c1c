// HeadLog: the open blocks on disk. Each commit is one synced record with the rows of all groups; records are kept in
// segments, each a LevelDB of its own, that go as whole directories when all their rows are in partitions.
//
// For the store's writer alone. A row is logged as in memory, as the difference to the row before it in its run. What
// that is a difference to is logged too: before the first row of a run in a segment, and again from time to time, so
// that a lost record costs little.
#pragma once

#include <leveldb/db.h>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "catalog/group.h"
#include "catalog/registry.h"
#include "codec/row.h"
#include "partition/dictionary.h"

namespace proxy_telemetry::tsdb {

class StoreEnv;

// A row that the log has.
struct LoggedRow {
  const std::shared_ptr<Group>& group;
  const RowInput& row;  // by the group's slots
  std::uint64_t segment;
};

struct ReplayStats {
  std::uint64_t records = 0;
  std::uint64_t lost_records = 0;  // missing or damaged
  std::uint64_t damaged_segments = 0;
};

// The first record of a segment that counts no more: its commit failed, however much of it is on disk.
struct FailedRecord {
  std::uint64_t segment = 0;
  std::uint64_t record = 0;
};

class HeadLog {
 public:
  HeadLog(StoreEnv& env, std::filesystem::path path, Registry& registry);
  ~HeadLog();

  // Gives all rows that are there to `visit`, in the order of their commits. Damaged segments are set aside by
  // `quarantine`, after what can be read of them was given.
  Result<ReplayStats> Replay(const std::function<void(const LoggedRow&)>& visit,
                             const std::function<Status(const std::filesystem::path&, const Status&)>& quarantine);

  // Makes the current segment, if there is none that can be written.
  Status Prepare();
  std::uint64_t segment() const { return segment_; }
  // Whether the run as it is must be logged before its next row.
  bool NeedsBase(const Run& run) const;
  // Adds the run as it is to the record being made.
  void AddBase(const std::shared_ptr<Group>& group, const ColumnListPtr& columns, std::size_t run,
               const RowState& state);
  // Adds a row to the record being made, as it was appended to the run.
  void AddRow(const std::shared_ptr<Group>& group, const ColumnListPtr& columns, std::size_t run, bool is_first,
              std::string_view row_bytes);
  // Writes the record, synced. On failure none of its rows count, and the next segment is begun.
  Status Commit();

  // Segments before this one are needed no more.
  Status DropBefore(std::uint64_t segment);
  std::size_t segments() const { return segments_.size(); }
  std::uint64_t oldest_segment() const { return segments_.empty() ? segment_ : segments_.front(); }
  // Closes the current segment cleanly.
  Status Close();

 private:
  std::filesystem::path PathOf(std::uint64_t segment) const;
  void Place(const std::shared_ptr<Group>& group, const ColumnListPtr& columns);
  Status ReplaySegment(std::uint64_t segment, const std::function<void(const LoggedRow&)>& visit, ReplayStats& stats);

  StoreEnv& env_;
  const std::filesystem::path path_;
  Registry& registry_;

  std::deque<std::uint64_t> segments_;  // all that are on disk, ascending; the current is the last
  std::uint64_t segment_ = 0;           // the current, 0: none
  std::shared_ptr<leveldb::DB> db_;
  std::unique_ptr<Dictionary> dictionary_;
  std::uint64_t next_record_ = 0;
  std::optional<FailedRecord> failed_;     // for the next segment to tell
  std::uint64_t end_record_ = UINT64_MAX;  // of the segment that is replayed
  std::uint64_t segment_bytes_ = 0;
  std::uint64_t dictionary_bytes_ = 0;
  std::string record_;
};

}  // namespace proxy_telemetry::tsdb

// Dictionary: which series the groups of one LevelDB are. Groups and columns have numbers there, told by records of
// its own, so that every partition and every segment of the log can be read without any other.
//
// Changed by the writer alone; who reads it meanwhile holds the lock of its owner. FORMAT.md has the records.
#pragma once

#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/status.h"
#include "catalog/group.h"
#include "catalog/registry.h"

namespace proxy_telemetry::tsdb {

class Dictionary {
 public:
  struct Entry {
    std::shared_ptr<Group> group;
    ColumnListPtr columns;  // in the order of the blocks' columns; a group's own may differ
  };

  explicit Dictionary(Registry& registry) : registry_(&registry) {}

  // Reads all records. Damage is an error: blocks without their labels mean nothing.
  Status Load(leveldb::Iterator& it);
  // Of a damaged one, what can be read: a group of which the labels are lost is null, and a group's columns end before
  // the first that is lost. Not to be added to.
  void LoadReadable(leveldb::Iterator& it);

  std::size_t size() const { return entries_.size(); }
  const Entry& operator[](std::uint32_t group) const { return entries_[group]; }

  // The number of a group that has none here yet.
  std::uint32_t Add(const std::shared_ptr<Group>& group);
  // Makes sure that the group's entry has those columns; the order of the known ones stays.
  void Extend(std::uint32_t group, const ColumnListPtr& columns);

  // Adds the records that are not known to be on disk. After the batch is written: Written().
  void AddPending(leveldb::WriteBatch& batch) const;
  void Written() { pending_.clear(); }

 private:
  enum class Gaps { kRefused, kAllowed };

  bool LoadColumn(std::string_view key, std::string_view value, Gaps gaps);
  bool LoadGroup(std::string_view key, std::string_view value, Gaps gaps);
  std::uint32_t NumberOf(const ColumnPtr& column);

  Registry* registry_;
  std::vector<ColumnPtr> columns_;  // by number
  std::unordered_map<const Column*, std::uint32_t> column_numbers_;
  std::vector<Entry> entries_;  // by number
  std::vector<std::pair<std::string, std::string>> pending_;
};

}  // namespace proxy_telemetry::tsdb

// Column: the labels of a series less those by which its group is formed. ColumnList: the columns of a group.
//
// Thousands of hosts have the same columns, so both are interned: one object for equal content, however many groups
// have it. Immutable and safe to share between threads; the table is thread-safe and outlives nothing: what it gave
// out stays valid without it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/labels.h"
#include "base/mutex.h"
#include "codec/block.h"

namespace proxy_telemetry::tsdb {

struct Column {
  Labels labels;
};
using ColumnPtr = std::shared_ptr<const Column>;

class ColumnList {
 public:
  explicit ColumnList(std::vector<ColumnPtr> columns);

  std::size_t size() const { return columns_.size(); }
  const ColumnPtr& operator[](std::size_t i) const { return columns_[i]; }
  const std::vector<ColumnPtr>& columns() const { return columns_; }
  std::optional<std::uint32_t> Find(const Column* column) const;
  const BlockShape& shape() const { return *shape_; }

 private:
  std::vector<ColumnPtr> columns_;
  std::unordered_map<const Column*, std::uint32_t> positions_;
  std::shared_ptr<const BlockShape> shape_;
};
using ColumnListPtr = std::shared_ptr<const ColumnList>;

class ColumnTable {
 public:
  ColumnPtr Intern(const Labels& labels) EXCLUDES(mutex_);
  ColumnListPtr Intern(std::vector<ColumnPtr> columns) EXCLUDES(mutex_);

 private:
  // Forgets what nobody holds any more, each time the tables have doubled.
  void Sweep() REQUIRES(mutex_);

  Mutex mutex_;
  std::unordered_map<std::size_t, std::vector<std::weak_ptr<const Column>>> columns_ GUARDED_BY(mutex_);
  std::unordered_map<std::size_t, std::vector<std::weak_ptr<const ColumnList>>> lists_ GUARDED_BY(mutex_);
  std::size_t sweep_at_ GUARDED_BY(mutex_) = 1024;
};

// `labels` in two: those of `group_labels`, and the rest.
struct SplitLabels {
  Labels group;
  Labels column;
};
SplitLabels Split(const Labels& labels, std::span<const std::string> group_labels);
// The two together again.
Labels Join(const Labels& group, const Labels& column);

}  // namespace proxy_telemetry::tsdb

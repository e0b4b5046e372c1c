// ImportStaging: where the samples of an import wait, in a file that nobody else reads and that goes with the import.
//
// Samples gather in memory by series; from time to time they go to the file, those of one group and partition together.
// What stays in memory of them is where they are. Single thread.
#pragma once

#include <leveldb/env.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/status.h"
#include "bulk/content.h"
#include "catalog/group.h"
#include "tsdb/series.h"

namespace proxy_telemetry::tsdb {

class StoreEnv;

// More are mostly timestamps in the wrong unit, and each would be a database.
inline constexpr std::size_t kImportPartitionsMax = 10'000;

class ImportStaging {
 public:
  // Makes the file.
  static Result<std::unique_ptr<ImportStaging>> Make(StoreEnv& env, const std::filesystem::path& path,
                                                     std::int64_t span_ms);

  // Its number for Add(); the same for the same series.
  std::uint32_t AddSeries(const SeriesHandle& series);
  Status Add(std::uint32_t series, std::span<const Point> points);
  // All that was added is there to be read.
  Status Finish();

  std::int64_t span_ms() const { return span_ms_; }
  // The starts of the partitions of which there are samples, ascending.
  const std::vector<std::int64_t>& partitions() const { return partitions_; }
  // The groups that have samples in a partition.
  std::vector<std::shared_ptr<Group>> GroupsIn(std::int64_t partition_ms) const;
  // What was added of a group in a partition; of several samples of one series and time the first.
  Result<GroupContent> Take(std::int64_t partition_ms, const Group& group, ColumnTable& table, MergeCounts& counts);
  // Of which there are samples.
  std::uint64_t series() const { return series_with_samples_; }

 private:
  struct Waiting {
    SeriesHandle series;
    std::uint32_t group = 0;
    bool has_samples = false;
    std::vector<Point> points;
  };
  // Chunks of one group and partition in the file, each behind its slot; with a checksum.
  struct Extent {
    std::int64_t partition_ms = 0;
    std::uint32_t group = 0;
    std::uint32_t bytes = 0;
    std::uint64_t offset = 0;
  };

  ImportStaging(StoreEnv& env, std::filesystem::path path, std::int64_t span_ms)
      : env_(env), path_(std::move(path)), span_ms_(span_ms) {}
  Status WriteWaiting();
  Status CutByPartition(const Waiting& waiting);
  Status WriteGroup(std::uint32_t group);
  std::span<const Extent> ExtentsOf(std::int64_t partition_ms) const;
  Result<std::string_view> ReadExtent(const Extent& extent);

  StoreEnv& env_;
  const std::filesystem::path path_;
  const std::int64_t span_ms_;
  std::unique_ptr<leveldb::WritableFile> file_;
  std::uint64_t file_bytes_ = 0;
  std::vector<std::shared_ptr<Group>> groups_;
  std::unordered_map<const Group*, std::uint32_t> group_numbers_;
  std::vector<Waiting> series_;
  std::unordered_map<const Series*, std::uint32_t> series_numbers_;
  std::uint64_t series_with_samples_ = 0;
  std::vector<std::uint32_t> waiting_;  // series with points in memory
  std::size_t waiting_points_ = 0;
  std::map<std::int64_t, std::string> pieces_;  // by partition, of the group being written
  std::vector<Extent> extents_;                 // once finished by partition, group and offset
  std::unordered_set<std::int64_t> known_partitions_;
  std::vector<std::int64_t> partitions_;
  std::string buffer_;
};

}  // namespace proxy_telemetry::tsdb

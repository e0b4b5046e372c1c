// ExamineStore: what a store holds, and whether all of it can be read, without changing a byte of it. RepairStore: sets
// aside what cannot.
//
// Both need the store for themselves. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "tsdb/store.h"

namespace proxy_telemetry::tsdb {

struct PartitionFacts {
  std::filesystem::path path;
  std::int64_t resolution_ms = 0;  // 0: all samples
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;   // exclusive
  bool is_complete = false;  // sealed as one that is over
  bool is_open = false;      // else nothing of it is known but its bytes
  bool has_damaged_blocks = false;
  std::uint64_t groups = 0;
  std::uint64_t blocks = 0;
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;
  std::int64_t min_ts_ms = 0;  // of the samples, 0 when there is none
  std::int64_t max_ts_ms = 0;
};

// Rows that are in the log and in no partition.
struct LogFacts {
  std::uint64_t segments = 0;
  std::uint64_t records = 0;
  std::uint64_t rows = 0;
  std::uint64_t samples = 0;
  std::uint64_t bytes = 0;
  std::int64_t min_ts_ms = 0;
  std::int64_t max_ts_ms = 0;
};

struct AsideFacts {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
};

enum class FindingKind {
  kDamage,
  kNotReadable,  // whether it is sound is not known: the system refused, or it is of another version
  kNote,         // nothing is wrong
};

struct Finding {
  FindingKind kind = FindingKind::kDamage;
  std::filesystem::path path;
  std::string what;
  std::string advice;
};

struct StoreFacts {
  std::uint64_t series = 0;                // label sets with a sample, in any partition or the log
  std::uint64_t bytes = 0;                 // of all files, what is set aside left out
  std::vector<PartitionFacts> partitions;  // by resolution, then by time
  LogFacts log;
  std::vector<AsideFacts> quarantine;
  std::vector<Finding> findings;
};

enum class ExamineDepth {
  kOpen,        // what the partitions say of themselves; the log is read
  kEverything,  // every block of every partition is decoded
};

struct ExamineProgress {
  std::uint64_t bytes = 0;  // examined, of
  std::uint64_t bytes_total = 0;
  std::uint64_t samples = 0;
};

// Of `options`, path, group_labels and env count. kNotFound: there is no store; kUnavailable: another has it open.
Result<StoreFacts> ExamineStore(const StoreOptions& options, ExamineDepth depth,
                                const std::function<void(const ExamineProgress&)>& progress);

// Opens the store, which sets aside and repairs what does not open, and does the same with the partitions of `facts`
// that have damaged blocks.
Status RepairStore(const StoreOptions& options, const StoreFacts& facts);

// The tiers that a directory has partitions of, kept for ever: for when no configuration tells. Each is a multiple of
// the one before.
std::vector<TierOptions> TiersOnDisk(const std::filesystem::path& store);

}  // namespace proxy_telemetry::tsdb

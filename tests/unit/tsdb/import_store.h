// ImportRun: random samples into a store, some appended, some imported, and what must come of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "contents.h"
#include "tsdb/import.h"

namespace proxy_telemetry::tsdb {

// Of one series, in the order of a file.
struct ImportedSeries {
  Labels labels;
  std::vector<Point> points;
};

// The contract's rule, word for word: what is there stays; what is new is added; the rest is counted.
ImportResult MergeInto(Contents& kept, const std::vector<ImportedSeries>& file);

// All of `file` in one import, in calls of up to `batch` points.
Result<ImportResult> Import(const StoreOptions& options, const std::vector<ImportedSeries>& file,
                            std::size_t batch = 100);

// As many series, hosts and times as make every path come up, with repeated, conflicting and disordered points.
std::vector<ImportedSeries> RandomFile(std::mt19937_64& random, std::int64_t start_ms, std::int64_t end_ms);

}  // namespace proxy_telemetry::tsdb

// Importer: many samples of any time into a store at once, all of them or none.
//
// What is imported waits on disk beside the store until Commit(), which merges it with what the store has, partition by
// partition, into new partitions that take the place of the old ones at one moment. A sample that is there already
// stays. Memory is bounded by the samples of one group in one partition.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/labels.h"
#include "base/status.h"
#include "tsdb/series.h"
#include "tsdb/store.h"

namespace proxy_telemetry::tsdb {

// Repeats of a sample are held against the first of them, which is held against the store.
struct ImportResult {
  std::uint64_t series = 0;
  std::uint64_t samples = 0;     // that are new
  std::uint64_t known = 0;       // that were there, or came before, with the same value
  std::uint64_t conflicts = 0;   // that were there, or came before, with another value: the first one stays
  std::uint64_t partitions = 0;  // made or merged
};

class Importer {
 public:
  // Without a Commit() that went well, the store is as it was.
  virtual ~Importer() = default;

  // Opens the store for itself. Its open blocks are closed first.
  static Result<std::unique_ptr<Importer>> Begin(const StoreOptions& options);

  // The number of that series for Add(); the same for equal labels.
  virtual std::uint32_t AddSeries(const Labels& labels) = 0;
  // Samples of one series, in any order; as often as wanted.
  virtual Status Add(std::uint32_t series, std::span<const Point> points) = 0;
  // kUnavailable: it is complete, and takes effect with the next Open(); after other failures nothing is imported.
  // `progress` is told the share that is done, from 0 to 1. Nothing may be added afterwards.
  virtual Result<ImportResult> Commit(const std::function<void(double)>& progress) = 0;
};

}  // namespace proxy_telemetry::tsdb

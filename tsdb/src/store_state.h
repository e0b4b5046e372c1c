// StoreState: what a view has of the store: its partitions and how far its rows go. Immutable, shared by all views of
// one commit.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/status.h"
#include "database.h"
#include "partition/partition.h"

namespace proxy_telemetry::tsdb {

struct PartitionView {
  std::shared_ptr<Partition> partition;
  std::shared_ptr<const DatabaseSnapshot> snapshot;
};

struct TierView {
  std::int64_t resolution_ms = 0;         // 0: raw
  std::vector<PartitionView> partitions;  // by time
};

class ReadBufferPool;

struct StoreState {
  std::uint64_t commit = 0;
  std::uint64_t series_generation = 0;      // changes with the series that are kept
  std::vector<TierView> tiers;              // by resolution, raw first
  std::shared_ptr<ReadBufferPool> buffers;  // of the store
  // Not ok while samples that the store has cannot be read.
  Status incomplete;
};

}  // namespace proxy_telemetry::tsdb

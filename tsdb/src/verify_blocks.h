// Reads every block of a partition back. For verification.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "partition/partition.h"

namespace proxy_telemetry::tsdb {

struct BlockDamage {
  std::filesystem::path path;  // the partition's, or a file of it
  std::string what;
};

// Descriptions of more than this many damaged blocks of a partition would say nothing new.
inline constexpr std::size_t kBlockDamagesMax = 20;

// Empty: all of it can be read. `progress` is told the number of samples of each block.
std::vector<BlockDamage> CheckBlocks(StoreEnv& env, const Partition& partition,
                                     const std::function<void(std::uint64_t)>& progress);

}  // namespace proxy_telemetry::tsdb

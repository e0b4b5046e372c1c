// Salvage: a sound partition made of what can be read of a damaged one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "base/status.h"
#include "superblock.h"

namespace proxy_telemetry::tsdb {

class StoreEnv;

struct Salvaged {
  std::uint64_t blocks = 0;
  // Of the original; unknown where its totals are lost too.
  std::optional<std::uint64_t> blocks_lost;
};

// The superblock by what the directory of a partition is called: <start>-<end>, and a number behind an equal name.
std::optional<Superblock> SuperblockFromName(const std::filesystem::path& partition);

// Makes it at `making`, which must not be there, sealed. The original's files do not change. Blocks with a wrong
// checksum, outside the superblock's time, or of a group whose labels are lost are left out.
Result<Salvaged> SalvagePartition(StoreEnv& env, const std::filesystem::path& damaged,
                                  const std::filesystem::path& making, const Superblock& superblock);

}  // namespace proxy_telemetry::tsdb

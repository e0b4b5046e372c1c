// Superblock: the file that says what a partition is, beside its LevelDB. Written before the LevelDB is made, never
// changed. See FORMAT.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace proxy_telemetry::tsdb {

class StoreEnv;

inline constexpr std::uint32_t kFormatVersion = 2;
inline constexpr const char* kSuperblockName = "SUPERBLOCK";

struct Superblock {
  std::int64_t start_ms = 0;  // inclusive
  std::int64_t end_ms = 0;    // exclusive
  std::int64_t created_ms = 0;
  std::int64_t resolution_ms = 0;  // 0: all samples
  // As in StoreOptions, when the partition was made.
  std::vector<std::string> group_labels;
};

// kInvalidArgument: more group labels than fit.
Result<std::string> EncodeSuperblock(const Superblock& superblock);
// kCorruption: damaged; kUnsupported: written by a newer version of the program.
Result<Superblock> DecodeSuperblock(std::string_view content);

Status WriteSuperblock(StoreEnv& env, const std::filesystem::path& partition, const Superblock& superblock);
// As DecodeSuperblock; kNotFound: there is none.
Result<Superblock> ReadSuperblock(StoreEnv& env, const std::filesystem::path& partition);

}  // namespace proxy_telemetry::tsdb

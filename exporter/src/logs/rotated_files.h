// RotatedFiles: what a log's earlier files are called now.
//
// Free functions, any thread; bounded by kNeighboursMax entries of a directory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace proxy_telemetry {

// Entries of a directory that are looked at.
inline constexpr std::size_t kNeighboursMax = 10'000;

// Files may be renamed while a directory is read, and then be missing: it is read until it looks the same twice.
inline constexpr int kListingsMax = 20;

struct NeighbourFile {
  std::string path;
  std::uint64_t inode = 0;
  std::int64_t born_ms = 0;  // Unix; 0: the file system does not tell
  bool operator==(const NeighbourFile&) const = default;
};

// Whether `name` is what a rotation makes of the file name `log`: access.log.1, access.log-20240501, access.1.log,
// access-2024-05-01T10-00-00.000.log. Compressed ones are none: they cannot be read.
bool IsRotatedName(std::string_view log, std::string_view name);

// All regular files beside the log, or beside the file that it is a link to, the youngest last.
std::vector<NeighbourFile> NeighbourFiles(const std::string& log_path);
// Those of them that have a rotated name.
std::vector<NeighbourFile> RotatedFiles(const std::string& log_path);

}  // namespace proxy_telemetry

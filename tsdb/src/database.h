// Opening a partition's LevelDB so that it never makes damage worse, and its words in ours.
#pragma once

#include <leveldb/db.h>

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/status.h"

namespace leveldb {
class Cache;
}

namespace proxy_telemetry::tsdb {

// An empty database in an empty directory, closed again.
Status CreateDatabase(const std::filesystem::path& directory);
// One that is there. kCorruption: damaged, or not there; kIoError: the operating system refused. Blocks are cached in
// `cache`, which outlives the database.
Result<std::unique_ptr<leveldb::DB>> OpenDatabase(const std::filesystem::path& directory, leveldb::Cache* cache);

Status FromLevelDb(const leveldb::Status& status, const std::filesystem::path& directory);
inline std::string_view Bytes(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace proxy_telemetry::tsdb

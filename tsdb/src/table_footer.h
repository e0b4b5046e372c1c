// The footers of LevelDB's tables: nothing guards them but a magic number, and LevelDB allocates whatever size a
// damaged one tells. So they are looked at before it is let near them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/status.h"

namespace proxy_telemetry::tsdb {

class StoreEnv;

// Paths of the tables of which the footer names a part that is not within the file. Tables too short for a footer are
// left to LevelDB, which finds them out.
Result<std::vector<std::string>> TablesWithBadFooters(StoreEnv& env, const std::filesystem::path& directory);

}  // namespace proxy_telemetry::tsdb

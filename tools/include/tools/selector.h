// What users write on the command line to choose samples. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "tsdb/series.h"

namespace proxy_telemetry::tools {

// A Prometheus selector: name{a="b",c!="d",e=~"f.*",g!~"h"}, name, {a="b"}, {"quoted name"}. Strings in "...", '...'
// (Go's escapes) or `...`. {} selects everything. Fails with what was expected at which column.
Result<std::vector<tsdb::Matcher>> ParseSelector(std::string_view text);

// --start and --end in Unix milliseconds, rounded down: Unix seconds, RFC 3339, "now", or "-1d": that long before now.
Result<std::int64_t> ParseTimeArgument(std::string_view text, std::int64_t now_ms);

}  // namespace proxy_telemetry::tools

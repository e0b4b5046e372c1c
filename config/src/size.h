// Sizes as in prometheus.yml: "64MB", "10KiB", "1.5GB", or "0".
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"

namespace proxy_telemetry {

// Bytes. B, KB to EB and KiB to EiB; as in Prometheus both families count in steps of 1024. A unit must be there but
// for 0. Fails on anything else, and on 2^63 and more.
Result<std::uint64_t> ParseSizeBytes(std::string_view text);

}  // namespace proxy_telemetry

// CRC-32C (Castagnoli), as in iSCSI: LevelDB's own is not exported and its checks do not reach into repaired files.
#pragma once

#include <cstdint>
#include <string_view>

namespace proxy_telemetry::tsdb {

// Of `data` continuing from `crc` (0 to begin). Uses the processor's instruction where there is one.
std::uint32_t Crc32c(std::string_view data, std::uint32_t crc = 0);
// The same by table, on any machine; the tests' twin.
std::uint32_t Crc32cPortable(std::string_view data, std::uint32_t crc = 0);

}  // namespace proxy_telemetry::tsdb

// The frame of a block: its first byte says how the rest is to be read, its last four are the CRC32C of key and block.
#pragma once

#include <cstdint>

namespace proxy_telemetry::tsdb {

inline constexpr std::uint8_t kBlockVersion = 1;

}  // namespace proxy_telemetry::tsdb

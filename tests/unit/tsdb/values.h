// Doubles that are easily lost.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

namespace proxy_telemetry::tsdb {

inline constexpr double kTwoTo53 = 9007199254740992.0;

inline const std::array<double, 24> kHardValues{
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.1,
    -2.5,
    kTwoTo53 - 1,
    kTwoTo53,
    kTwoTo53 + 2,
    -kTwoTo53 + 1,
    -kTwoTo53,
    -kTwoTo53 - 2,
    1e300,
    9.3e18,
    -9.3e18,
    std::numeric_limits<double>::infinity(),
    -std::numeric_limits<double>::infinity(),
    std::numeric_limits<double>::denorm_min(),
    std::numeric_limits<double>::min() / 2,
    std::numeric_limits<double>::max(),
    std::bit_cast<double>(std::uint64_t{0x7ff8000000000000}),  // a quiet NaN
    std::bit_cast<double>(std::uint64_t{0x7ff0000000000002}),  // Prometheus' stale marker, a signalling NaN
    std::bit_cast<double>(std::uint64_t{0xfff123456789abcd}),
    std::bit_cast<double>(std::uint64_t{0x7ff0000000000001}),
};

}  // namespace proxy_telemetry::tsdb

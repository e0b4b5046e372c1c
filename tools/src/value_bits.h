// NaNs that text cannot hold: the line in front of a sample that gives its value to the bit.
//
//   # HELP NAME proxy-telemetry:value-bits 0x7ff0000000000002
//   NAME{a="b"} NaN 1748736000.000
//
// OpenMetrics knows no free comments and promtool refuses them, exemplars but on counters and buckets too; it reads a
// HELP line anywhere. NAME is not looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace proxy_telemetry::tools {

// What "NaN" alone stands for.
inline constexpr std::uint64_t kPlainNanBits = 0x7ff8000000000000;

// Whether `comment`, which starts with '#', is such a line; `bits` is nullopt when it is a broken one or no NaN's.
bool ReadValueBits(std::string_view comment, std::optional<std::uint64_t>& bits);
// The line with its newline. `quoted_name` is as it stands behind # HELP.
void AppendValueBits(std::string_view quoted_name, std::uint64_t bits, std::string& out);

}  // namespace proxy_telemetry::tools

// The page /targets. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "exporter/target_status.h"

namespace proxy_telemetry {

// Dropped targets beyond these are counted only: a page is for reading.
inline constexpr std::size_t kDroppedTargetsShownMax = 200;

// Jobs with what does not work first. `only_down`: nothing else. Links are relative, so that they hold behind any
// prefix; nothing is loaded from anywhere.
std::string TargetsPage(const TargetStatuses& statuses, bool only_down, std::int64_t now_ms);

// What to do about a failure, in a sentence; "" where the failure says it itself.
std::string_view AdviceFor(StatusCode code);

}  // namespace proxy_telemetry

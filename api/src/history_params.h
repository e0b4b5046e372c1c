// HistoryParams: the query string of /telemetry/history, checked and with its defaults filled in.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "api/history.h"
#include "api/http.h"
#include "base/status.h"

namespace proxy_telemetry::history {

// Most points that one answer may hold.
inline constexpr std::int64_t kAnswerPointsMax = 11'000;
inline constexpr std::int64_t kStepMinMs = 1000;

struct KnownRange {
  std::string_view key;    // as in the request
  std::string_view label;  // as in the answer
  std::int64_t duration_ms;
  std::int64_t step_ms;
};
// Shortest first.
std::span<const KnownRange> KnownRanges();

struct HistoryParams {
  HistoryQuery query;
  std::string range_label;
};

// The message of a failure is the line to answer with status 400. `now_ms` is Unix time. An empty parameter is one not
// given, except `host`.
Result<HistoryParams> ParseHistoryParams(const HttpRequest& request, std::int64_t now_ms, Aggregate default_aggregate);

// Without the white space at both ends, as Go's strings.TrimSpace.
std::string_view TrimSpace(std::string_view text);

}  // namespace proxy_telemetry::history

// The slow, plainly right twin of QueryHistory: every definition written out over all points, no window reading, no
// columns, no order of evaluation to keep.
#pragma once

#include <vector>

#include "api/history.h"
#include "fake_store.h"

namespace proxy_telemetry::history_test {

std::vector<HistorySample> TwinQueryHistory(const std::vector<FakeSeries>& all, const HistoryQuery& query);

}  // namespace proxy_telemetry::history_test

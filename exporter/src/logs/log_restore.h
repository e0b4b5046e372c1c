// RestoreLog: takes up the counters of an access log where the program stopped, from the newest round in the history.
//
// So a restart is no reset: what was counted stays counted, and a file goes on at the line behind the last one that
// was. Called once per log, before its first line.
#pragma once

#include <cstdint>
#include <vector>

#include "base/labels.h"
#include "logs/log_file.h"
#include "logs/log_hosts.h"
#include "logs/log_rounds.h"
#include "tsdb/store.h"

namespace proxy_telemetry {

struct RestoredLog {
  std::int64_t last_round_ms = 0;  // 0: there was none
  LogTotals totals;
  std::vector<LogFile::Position> positions;  // as LogFile has them
};

// `target_labels`: those of the log's target, job and instance among them. Hosts go to `hosts`.
RestoredLog RestoreLog(const tsdb::View& view, const Labels& target_labels, std::int64_t now_ms, LogHosts& hosts);

}  // namespace proxy_telemetry

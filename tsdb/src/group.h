// Group: series of one partition that share their timestamps and so are stored in one row per timestamp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/labels.h"
#include "tsdb/series.h"

namespace proxy_telemetry::tsdb {

// A key with more series gets further groups: a reader of one series decodes no more than this beside it.
inline constexpr std::size_t kGroupSlotsMax = 256;

struct Slot {
  SeriesHandle series;
  std::int64_t first_ts_ms;  // of its first sample in this partition
};

struct Group {
  std::uint32_t id = 0;

  // Slots below `stored` have their record on disk and may be read; guarded by the store's mutex for readers,
  // while the writer, who alone changes them, reads them freely.
  std::vector<Slot> slots;
  std::uint32_t stored = 0;

  // The writer's own.
  std::int64_t last_ts_ms = INT64_MIN;     // of the last row on disk
  std::int64_t pending_ts_ms = INT64_MIN;  // of the last row in the batch being made
  std::vector<double> values;              // the row being made, by slot
  std::vector<std::uint8_t> present;
  bool in_batch = false;
  enum class InRound : std::uint8_t { kNo, kTaken, kRefused } in_round = InRound::kNo;
};

// The values of the group labels, joined unambiguously: series with the same key may share a group.
std::string GroupKey(const Labels& labels, const std::vector<std::string>& group_labels);

}  // namespace proxy_telemetry::tsdb

// The records of the head's log: rows of many groups, made by one commit. FORMAT.md has the grammar.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "codec/row.h"

namespace proxy_telemetry::tsdb {

enum class RecordKind : std::uint8_t {
  kNext,   // the row after the run's last one
  kFirst,  // the first of a run: the difference to nothing
  kBase,   // two rows that are no samples: all of the run's values, then which of them its last row has
};

struct RecordRow {
  std::uint32_t group = 0;
  RecordKind kind = RecordKind::kNext;
  std::uint32_t run = 0;
};

void AppendRecordRow(const RecordRow& row, std::string_view row_bytes, std::string& record);
// Takes the head of the next row off `record`; what follows is the row itself.
bool NextRecordRow(std::string_view& record, RecordRow& row);

}  // namespace proxy_telemetry::tsdb

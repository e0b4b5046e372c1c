#include "head/record.h"

#include "coding.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::uint64_t kKindBits = 3;
constexpr std::uint64_t kRunBit = 4;
constexpr unsigned kGroupShift = 3;

}  // namespace

void AppendRecordRow(const RecordRow& row, std::string_view row_bytes, std::string& record) {
  const std::uint64_t run_bit = row.run != 0 ? kRunBit : 0;
  PutVarint(std::uint64_t{row.group} << kGroupShift | run_bit | static_cast<std::uint64_t>(row.kind), record);
  if (row.run != 0) PutVarint(row.run, record);
  record.append(row_bytes);
}

bool NextRecordRow(std::string_view& record, RecordRow& row) {
  std::uint64_t head = 0;
  if (!GetVarint(record, head) || head >> kGroupShift > UINT32_MAX) return false;
  if ((head & kKindBits) > static_cast<std::uint64_t>(RecordKind::kBase)) return false;
  row.group = static_cast<std::uint32_t>(head >> kGroupShift);
  row.kind = static_cast<RecordKind>(head & kKindBits);
  row.run = 0;
  if ((head & kRunBit) == 0) return true;
  std::uint64_t run = 0;
  if (!GetVarint(record, run) || run == 0 || run > UINT32_MAX) return false;
  row.run = static_cast<std::uint32_t>(run);
  return true;
}

}  // namespace proxy_telemetry::tsdb

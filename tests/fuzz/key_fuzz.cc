// Keys of the LevelDBs, the records of the head's log, and the names of partitions.
//
// Input: a byte that chooses (0 key, 1 record, 2 name), then the content.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/row.h"
#include "head/record.h"
#include "partition/keys.h"
#include "partition/salvage.h"

namespace proxy_telemetry::tsdb {
namespace {

void Require(bool good) {
  if (!good) std::abort();
}

// What is parsed is written as the same bytes, and a key is of one kind at most.
void FuzzKey(std::string_view key) {
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::int64_t ts_ms = 0;
  std::uint64_t number = 0;
  int kinds = 0;
  if (ParseBlockKey(key, a, ts_ms)) Require(BlockKey(a, ts_ms) == key && ++kinds == 1);
  if (ParseColumnKey(key, a)) Require(ColumnKey(a) == key && ++kinds == 1);
  if (ParseGroupKey(key, a, b)) Require(b < (1U << 16U) && GroupKey(a, b) == key && ++kinds == 1);
  if (ParseTotalsKey(key, number)) Require(TotalsKey(number) == key && ++kinds == 1);
  if (ParseRecordKey(key, number)) Require(RecordKey(number) == key && ++kinds == 1);
}

// As replay reads it, and as it skips rows without a base: that must find the same rows.
void FuzzRecord(std::string_view record) {
  RecordRow head;
  RowState state;
  while (!record.empty()) {
    const std::string_view before = record;
    if (!NextRecordRow(record, head)) return;
    std::string again;
    AppendRecordRow(head, {}, again);
    std::string_view rest = again;
    RecordRow back;
    Require(NextRecordRow(rest, back) && rest.empty() && back.group == head.group && back.kind == head.kind);
    Require(back.run == head.run && record.size() < before.size());
    if (head.kind != RecordKind::kNext) state = {};
    std::string_view skipped = record;
    const bool skips = SkipRow(skipped);
    if (!NextRow(record, state)) return;
    Require(skips && skipped.size() == record.size());
  }
}

void FuzzName(const std::string& name) {
  if (name.find('\0') != std::string::npos || name.find('/') != std::string::npos) return;
  const auto superblock = SuperblockFromName(name);
  Require(!superblock || superblock->start_ms < superblock->end_ms);
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string content(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 3U == 0) proxy_telemetry::tsdb::FuzzKey(content);
  if (data[0] % 3U == 1) proxy_telemetry::tsdb::FuzzRecord(content);
  if (data[0] % 3U == 2) proxy_telemetry::tsdb::FuzzName(content);
  return 0;
}

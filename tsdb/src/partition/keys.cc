#include "partition/keys.h"

#include "coding.h"

namespace proxy_telemetry::tsdb {
namespace {

bool TakeTag(std::string_view& key, char tag) {
  if (!key.starts_with(tag)) return false;
  key.remove_prefix(1);
  return true;
}

}  // namespace

std::string BlockKey(std::uint32_t group, std::int64_t last_ts_ms) {
  std::string key(1, kBlockTag);
  PutFixed32(group, key);
  PutFixed64(SortableFromSigned(last_ts_ms), key);
  return key;
}

bool ParseBlockKey(std::string_view key, std::uint32_t& group, std::int64_t& last_ts_ms) {
  std::uint64_t sortable = 0;
  if (!TakeTag(key, kBlockTag) || !GetFixed32(key, group) || !GetFixed64(key, sortable) || !key.empty()) return false;
  last_ts_ms = SignedFromSortable(sortable);
  return true;
}

std::string ColumnKey(std::uint32_t column) {
  std::string key(1, kColumnTag);
  PutFixed32(column, key);
  return key;
}

bool ParseColumnKey(std::string_view key, std::uint32_t& column) {
  return TakeTag(key, kColumnTag) && GetFixed32(key, column) && key.empty();
}

std::string GroupKey(std::uint32_t group, std::uint32_t first) {
  std::string key(1, kGroupTag);
  PutFixed32(group, key);
  PutFixed16(static_cast<std::uint16_t>(first), key);
  return key;
}

bool ParseGroupKey(std::string_view key, std::uint32_t& group, std::uint32_t& first) {
  std::uint16_t first16 = 0;
  if (!TakeTag(key, kGroupTag) || !GetFixed32(key, group) || !GetFixed16(key, first16) || !key.empty()) return false;
  first = first16;
  return true;
}

std::string TotalsKey(std::uint64_t batch) {
  std::string key(1, kTotalsTag);
  PutFixed64(batch, key);
  return key;
}

bool ParseTotalsKey(std::string_view key, std::uint64_t& batch) {
  return TakeTag(key, kTotalsTag) && GetFixed64(key, batch) && key.empty();
}

std::string RecordKey(std::uint64_t number) {
  std::string key(1, kRecordTag);
  PutFixed64(number, key);
  return key;
}

bool ParseRecordKey(std::string_view key, std::uint64_t& number) {
  return TakeTag(key, kRecordTag) && GetFixed64(key, number) && key.empty();
}

}  // namespace proxy_telemetry::tsdb

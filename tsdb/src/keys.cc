#include "keys.h"

#include "coding.h"

namespace proxy_telemetry::tsdb {
namespace {

// Bytes on disk: never change their meaning.
constexpr char kRowPrefix = 'r';
constexpr char kSlotPrefix = 's';
constexpr std::size_t kRowKeyBytes = 1 + 4 + 8;
constexpr std::size_t kSlotKeyBytes = 1 + 4 + 2;

}  // namespace

std::string RowKey(std::uint32_t group, std::int64_t ts_ms) {
  std::string key(1, kRowPrefix);
  PutFixed32(group, key);
  PutFixed64(SortableFromSigned(ts_ms), key);
  return key;
}

bool ParseRowKey(std::string_view key, std::uint32_t group, std::int64_t& ts_ms) {
  if (key.size() != kRowKeyBytes || key.front() != kRowPrefix) return false;
  key.remove_prefix(1);
  std::uint32_t id = 0;
  std::uint64_t sortable = 0;
  if (!GetFixed32(key, id) || id != group || !GetFixed64(key, sortable)) return false;
  ts_ms = SignedFromSortable(sortable);
  return true;
}

std::string SlotKey(std::uint32_t group, std::uint32_t first) {
  std::string key(1, kSlotPrefix);
  PutFixed32(group, key);
  PutFixed16(static_cast<std::uint16_t>(first), key);
  return key;
}

bool ParseSlotKey(std::string_view key, std::uint32_t& group, std::uint32_t& first) {
  if (key.size() != kSlotKeyBytes || !IsSlotKey(key)) return false;
  key.remove_prefix(1);
  std::uint16_t slot = 0;
  if (!GetFixed32(key, group) || !GetFixed16(key, slot)) return false;
  first = slot;
  return true;
}

std::string FirstSlotKey() { return {kSlotPrefix}; }

bool IsSlotKey(std::string_view key) { return !key.empty() && key.front() == kSlotPrefix; }

}  // namespace proxy_telemetry::tsdb

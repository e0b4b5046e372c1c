#include "slot_record.h"

#include <utility>

#include "coding.h"
#include "keys.h"
#include "series.h"

namespace proxy_telemetry::tsdb {
namespace {

bool GetEntry(std::string_view& value, SlotRecord::Entry& entry) {
  std::uint64_t first_ts = 0;
  std::uint64_t label_count = 0;
  if (!GetFixed64(value, first_ts) || !GetVarint(value, label_count)) return false;
  std::vector<Label> labels;
  for (std::uint64_t i = 0; i < label_count; ++i) {
    std::string_view name;
    std::string_view text;
    if (!GetString(value, name) || !GetString(value, text)) return false;
    labels.push_back({std::string(name), std::string(text)});
  }
  entry = {SignedFromSortable(first_ts), Labels(std::move(labels))};
  return true;
}

}  // namespace

void EncodeSlots(std::string_view key, const Group& group, std::uint32_t first, std::string& out) {
  const std::size_t begin = out.size();
  PutVarint(group.slots.size() - first, out);
  for (std::size_t slot = first; slot < group.slots.size(); ++slot) {
    const Labels& labels = group.slots[slot].series->labels();
    PutFixed64(SortableFromSigned(group.slots[slot].first_ts_ms), out);
    PutVarint(labels.size(), out);
    for (const Label& label : labels) {
      PutString(label.name, out);
      PutString(label.value, out);
    }
  }
  SealWithCrc(key, begin, out);
}

bool DecodeSlots(std::string_view key, std::string_view value, SlotRecord& record) {
  std::uint64_t count = 0;
  if (!CheckCrc(key, value) || !ParseSlotKey(key, record.group, record.first) || !GetVarint(value, count)) return false;
  if (count == 0 || count > kGroupSlotsMax || record.first + count > kGroupSlotsMax) return false;
  record.entries.clear();
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!GetEntry(value, record.entries.emplace_back())) return false;
  }
  return value.empty();
}

}  // namespace proxy_telemetry::tsdb

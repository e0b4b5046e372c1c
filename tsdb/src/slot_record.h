// SlotRecord: which series some consecutive slots of a group are, as one entry of a partition's LevelDB. Written in
// the batch that holds the first row which uses them, never changed. Pure functions; FORMAT.md has the grammar.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/labels.h"
#include "group.h"

namespace proxy_telemetry::tsdb {

struct SlotRecord {
  struct Entry {
    std::int64_t first_ts_ms;  // of the series' first sample in this partition
    Labels labels;
  };
  std::uint32_t group = 0;
  std::uint32_t first = 0;
  std::vector<Entry> entries;  // of slots first, first + 1, ...; at least one
};

// Appends the value, for the entry `key`, that describes the slots from `first` on.
void EncodeSlots(std::string_view key, const Group& group, std::uint32_t first, std::string& out);
// False when key or value is damaged.
bool DecodeSlots(std::string_view key, std::string_view value, SlotRecord& record);

}  // namespace proxy_telemetry::tsdb

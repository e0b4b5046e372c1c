// Keys of a partition's LevelDB: rows by group and time, and after them the records of what the groups' slots are.
// Pure functions; FORMAT.md has the grammar.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace proxy_telemetry::tsdb {

std::string RowKey(std::uint32_t group, std::int64_t ts_ms);
// The timestamp in a row key of `group`; false when the key is another group's or none of a row.
bool ParseRowKey(std::string_view key, std::uint32_t group, std::int64_t& ts_ms);

// Of the record that begins with slot `first`, below 2^16.
std::string SlotKey(std::uint32_t group, std::uint32_t first);
bool ParseSlotKey(std::string_view key, std::uint32_t& group, std::uint32_t& first);
// Where the first of them may be.
std::string FirstSlotKey();
bool IsSlotKey(std::string_view key);

}  // namespace proxy_telemetry::tsdb

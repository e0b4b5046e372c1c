// Keys of the LevelDBs, as FORMAT.md has them. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace proxy_telemetry::tsdb {

// A block, by its group and its last timestamp: the first key not before (group, t) is the first block that reaches t.
std::string BlockKey(std::uint32_t group, std::int64_t last_ts_ms);
bool ParseBlockKey(std::string_view key, std::uint32_t& group, std::int64_t& last_ts_ms);

std::string ColumnKey(std::uint32_t column);
bool ParseColumnKey(std::string_view key, std::uint32_t& column);

// The record that tells a group's columns from `first` on, below 2^16.
std::string GroupKey(std::uint32_t group, std::uint32_t first);
bool ParseGroupKey(std::string_view key, std::uint32_t& group, std::uint32_t& first);

// The totals after the batch of that number.
std::string TotalsKey(std::uint64_t batch);
bool ParseTotalsKey(std::string_view key, std::uint64_t& batch);

// A record of the head's log.
std::string RecordKey(std::uint64_t number);
bool ParseRecordKey(std::string_view key, std::uint64_t& number);

// First bytes of the keys.
inline constexpr char kBlockTag = 'b';
inline constexpr char kColumnTag = 'c';
inline constexpr char kGroupTag = 'g';
inline constexpr char kTotalsTag = 'n';
inline constexpr char kRecordTag = 'r';

}  // namespace proxy_telemetry::tsdb

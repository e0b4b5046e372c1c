// What a store of format version 1 held: rows by group and time. Read once, to be written in the format of today.
//
// Keys:  'r' fixed32 group, time ts -> row;  's' fixed32 group, fixed16 first slot -> the series of slots from there
// on. Row:   varint slots, 0 | (1, bitmap of present slots), a value each, crc.
//        Value: varint of zigzag << 1, or 1 and the 8 bytes of the double.
// Slots: varint n, n times (time of the first sample, varint m, m times (string name, string value)), crc.
#pragma once

#include <filesystem>
#include <functional>
#include <span>

#include "base/labels.h"
#include "base/status.h"
#include "tsdb/series.h"

namespace proxy_telemetry::tsdb {

class StoreEnv;

// Where its partitions are, below the store.
inline constexpr const char* kVersion1Folder = "partitions";

// Gives all samples of a partition to `visit`, series by series of one group after the other. Stops at its first
// failure. What is damaged is left out, and said in the log.
Status ReadVersion1(StoreEnv& env, const std::filesystem::path& partition,
                    const std::function<Status(const Labels&, std::span<const Point>)>& visit);

}  // namespace proxy_telemetry::tsdb

#include "slot_record.h"

#include <gtest/gtest.h>

#include "coding.h"
#include "contents.h"
#include "keys.h"
#include "series.h"

namespace proxy_telemetry::tsdb {
namespace {

Group ThreeSlots() {
  Group group;
  group.id = 7;
  for (const char* metric : {"a", "b", "c"}) {
    group.slots.push_back({std::make_shared<Series>(HostSeries(metric, "h\n\"\xff")), -1000 - metric[0]});
  }
  return group;
}

TEST(SlotRecord, RoundTripsTheSlotsFromTheFirstOn) {
  const Group group = ThreeSlots();
  for (std::uint32_t first = 0; first < 3; ++first) {
    const std::string key = SlotKey(group.id, first);
    std::string value;
    EncodeSlots(key, group, first, value);
    SlotRecord record;
    ASSERT_TRUE(DecodeSlots(key, value, record));
    EXPECT_EQ(record.group, 7U);
    EXPECT_EQ(record.first, first);
    ASSERT_EQ(record.entries.size(), 3 - first);
    for (std::size_t i = 0; i < record.entries.size(); ++i) {
      EXPECT_EQ(record.entries[i].labels, group.slots[first + i].series->labels());
      EXPECT_EQ(record.entries[i].first_ts_ms, group.slots[first + i].first_ts_ms);
    }
  }
}

TEST(SlotRecord, RefusesFlippedBitsCutsAndOtherKeys) {
  const Group group = ThreeSlots();
  const std::string key = SlotKey(group.id, 0);
  std::string value;
  EncodeSlots(key, group, 0, value);
  SlotRecord record;
  EXPECT_FALSE(DecodeSlots(SlotKey(group.id, 1), value, record));
  EXPECT_FALSE(DecodeSlots(SlotKey(8, 0), value, record));
  EXPECT_FALSE(DecodeSlots(key.substr(1), value, record));
  for (std::size_t bit = 0; bit < value.size() * 8; ++bit) {
    std::string damaged = value;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(DecodeSlots(key, damaged, record)) << "bit " << bit;
  }
  for (std::size_t size = 0; size < value.size(); ++size) {
    EXPECT_FALSE(DecodeSlots(key, std::string_view(value).substr(0, size), record));
  }
}

TEST(SlotRecord, RefusesCountsThatNoGroupHas) {
  const std::string key = SlotKey(1, 0);
  SlotRecord record;
  for (const std::uint64_t count : {std::uint64_t{0}, std::uint64_t{kGroupSlotsMax + 1}, UINT64_MAX}) {
    std::string value;
    PutVarint(count, value);
    value.append(100, '\0');
    SealWithCrc(key, 0, value);
    EXPECT_FALSE(DecodeSlots(key, value, record)) << count;
  }
}

TEST(RowKeys, SortByGroupThenTimeAndTellGroupsApart) {
  EXPECT_LT(RowKey(1, 5), RowKey(2, -5));
  EXPECT_LT(RowKey(1, -5), RowKey(1, 5));
  EXPECT_LT(RowKey(UINT32_MAX, INT64_MAX), FirstSlotKey());
  std::int64_t ts_ms = 0;
  EXPECT_TRUE(ParseRowKey(RowKey(9, -7), 9, ts_ms));
  EXPECT_EQ(ts_ms, -7);
  EXPECT_FALSE(ParseRowKey(RowKey(9, -7), 8, ts_ms));
  EXPECT_FALSE(ParseRowKey(RowKey(9, -7).substr(0, 12), 9, ts_ms));
  EXPECT_FALSE(ParseRowKey("", 9, ts_ms));
  EXPECT_FALSE(ParseRowKey(SlotKey(9, 0), 9, ts_ms));
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

// The store's decoders: rows, records of slots, superblocks, keys.
//
// Input: a byte that chooses (0 row, 1 slots, 2 superblock; +4: the content gets a right checksum, so that what is
// behind the check is reached), then the content; for slots, 7 bytes of key come first.
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "coding.h"
#include "keys.h"
#include "row_codec.h"
#include "slot_record.h"
#include "superblock.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::string_view kKey = "the row's key";
constexpr std::size_t kSlotKeyBytes = 7;
constexpr std::uint32_t kSlotsMax = 1 << 16;

void Require(bool good) {
  if (!good) std::abort();
}

struct Row {
  std::vector<double> values;
  std::vector<std::uint8_t> present;
};

bool Decode(std::string_view bytes, Row& row) {
  return DecodeRow(kKey, bytes, [&row](std::uint32_t slot, double value) {
    Require(slot < kSlotsMax && slot >= row.values.size());
    row.values.resize(slot + 1);
    row.present.resize(slot + 1);
    row.values[slot] = value;
    row.present[slot] = 1;
  });
}

// What decodes must survive another round, to the bit.
void FuzzRow(std::string_view content) {
  Row row;
  if (!Decode(content, row)) return;
  std::string again;
  EncodeRow(kKey, row.values, row.present, again);
  Row back;
  Require(Decode(again, back) && back.present == row.present);
  for (std::size_t i = 0; i < row.values.size(); ++i) {
    Require(std::bit_cast<std::uint64_t>(row.values[i]) == std::bit_cast<std::uint64_t>(back.values[i]));
  }
}

void FuzzSlots(std::string_view key, std::string_view content) {
  SlotRecord record;
  if (!DecodeSlots(key, content, record)) return;
  Require(SlotKey(record.group, record.first) == key);
  Require(!record.entries.empty() && record.first + record.entries.size() <= kGroupSlotsMax);
}

void FuzzSuperblock(std::string_view content) {
  const auto superblock = DecodeSuperblock(content);
  if (!superblock.ok()) return;
  Require(superblock->start_ms < superblock->end_ms);
  const auto again = EncodeSuperblock(*superblock);
  if (!again.ok()) return;
  const auto back = DecodeSuperblock(*again);
  Require(back.ok() && back->start_ms == superblock->start_ms && back->group_labels == superblock->group_labels);
}

void FuzzOne(unsigned choice, std::string content) {
  std::string key;
  if (choice % 4 == 1) {
    if (content.size() < kSlotKeyBytes) return;
    key = content.substr(0, kSlotKeyBytes);
    content.erase(0, kSlotKeyBytes);
  }
  if ((choice & 4U) != 0) SealWithCrc(choice % 4 == 0 ? kKey : key, 0, content);
  if (choice % 4 == 0) FuzzRow(content);
  if (choice % 4 == 1) FuzzSlots(key, content);
  if (choice % 4 == 2) FuzzSuperblock(content);
  std::int64_t ts_ms = 0;
  static_cast<void>(ParseRowKey(content, choice, ts_ms));
}

}  // namespace
}  // namespace proxy_telemetry::tsdb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  proxy_telemetry::tsdb::FuzzOne(data[0] & 7U, std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  return 0;
}

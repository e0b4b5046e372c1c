#include "v1/reader.h"

#include <bit>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "coding.h"
#include "database.h"
#include "env/store_env.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr char kRowTag = 'r';
constexpr char kSlotsTag = 's';
constexpr std::uint64_t kSlotsMax = 256;

using Slots = std::vector<Labels>;

bool GetLabels(std::string_view& input, Labels& labels) {
  std::uint64_t count = 0;
  if (!GetVarint(input, count) || count > input.size()) return false;
  std::vector<Label> list;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string_view name;
    std::string_view value;
    if (!GetString(input, name) || !GetString(input, value)) return false;
    list.push_back({std::string(name), std::string(value)});
  }
  labels = Labels(std::move(list));
  return true;
}

bool ReadSlots(std::string_view key, std::string_view value, std::map<std::uint32_t, Slots>& groups) {
  std::uint32_t group = 0;
  std::uint16_t first = 0;
  std::uint64_t count = 0;
  std::uint64_t first_ts = 0;
  if (!CheckCrc(key, value)) return false;
  key.remove_prefix(1);
  if (!GetFixed32(key, group) || !GetFixed16(key, first) || !GetVarint(value, count)) return false;
  Slots& slots = groups[group];
  if (slots.size() != first || count > kSlotsMax - first) return false;
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!GetFixed64(value, first_ts) || !GetLabels(value, slots.emplace_back())) return false;
  }
  return value.empty();
}

bool ReadValue(std::string_view& row, double& value) {
  std::uint64_t word = 0;
  std::uint64_t bits = 0;
  if (!GetVarint(row, word)) return false;
  if ((word & 1U) == 0) {
    value = static_cast<double>(UnZigZag(word >> 1U));
    return true;
  }
  if (word != 1 || !GetFixed64(row, bits)) return false;
  value = std::bit_cast<double>(bits);
  return true;
}

bool ReadRow(std::string_view key, std::string_view row, std::vector<std::vector<Point>>& points) {
  std::uint32_t group = 0;
  std::uint64_t sortable = 0;
  std::uint64_t slots = 0;
  if (!CheckCrc(key, row)) return false;
  key.remove_prefix(1);
  if (!GetFixed32(key, group) || !GetFixed64(key, sortable) || !key.empty()) return false;
  if (!GetVarint(row, slots) || slots > points.size() || row.empty()) return false;
  const char mode = row.front();
  row.remove_prefix(1);
  std::string_view bitmap;
  if (mode == 1) {
    bitmap = row.substr(0, (slots + 7) / 8);
    if (bitmap.size() != (slots + 7) / 8) return false;
    row.remove_prefix(bitmap.size());
  }
  for (std::uint64_t slot = 0; slot < slots; ++slot) {
    if (!bitmap.empty() && ((static_cast<unsigned char>(bitmap[slot / 8]) >> (slot % 8)) & 1U) == 0) continue;
    double value = 0;
    if (!ReadValue(row, value)) return false;
    points[slot].push_back({SignedFromSortable(sortable), value});
  }
  return row.empty();
}

std::string GroupPrefix(std::uint32_t group) {
  std::string prefix(1, kRowTag);
  PutFixed32(group, prefix);
  return prefix;
}

}  // namespace

Status ReadVersion1(StoreEnv& env, const std::filesystem::path& partition,
                    const std::function<Status(const Labels&, std::span<const Point>)>& visit) {
  PT_ASSIGN_OR_RETURN(const std::shared_ptr<leveldb::DB> db, OpenDatabase(env, partition, DatabaseMode::kReadOnly));
  const DatabaseSnapshot snapshot(db);
  const auto it = snapshot.NewIterator();
  std::map<std::uint32_t, Slots> groups;
  std::uint64_t damaged = 0;
  for (it->Seek(std::string(1, kSlotsTag)); it->Valid() && it->key().starts_with(std::string(1, kSlotsTag));
       it->Next()) {
    if (!ReadSlots(Bytes(it->key()), Bytes(it->value()), groups)) ++damaged;
  }
  for (const auto& [group, slots] : groups) {
    std::vector<std::vector<Point>> points(slots.size());
    const std::string prefix = GroupPrefix(group);
    for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
      if (!ReadRow(Bytes(it->key()), Bytes(it->value()), points)) ++damaged;
    }
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      if (!points[slot].empty()) PT_RETURN_IF_ERROR(visit(slots[slot], points[slot]));
    }
  }
  if (!it->status().ok() || damaged != 0) {
    LogError("a part of the old history is damaged; what can be read of it is kept",
             {{"partition", partition.string()}, {"damaged_entries", damaged}});
  }
  return Status::Ok();
}

}  // namespace proxy_telemetry::tsdb

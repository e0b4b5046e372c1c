#include "partition/dictionary.h"

#include <algorithm>

#include "coding.h"
#include "database.h"
#include "partition/keys.h"

namespace proxy_telemetry::tsdb {
namespace {

void PutLabels(const Labels& labels, std::string& out) {
  PutVarint(labels.size(), out);
  for (const Label& label : labels) {
    PutString(label.name, out);
    PutString(label.value, out);
  }
}

bool GetLabels(std::string_view& input, Labels& labels) {
  std::uint64_t count = 0;
  if (!GetVarint(input, count) || count > input.size()) return false;
  std::vector<Label> list;
  list.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string_view name;
    std::string_view value;
    if (!GetString(input, name) || !GetString(input, value) || value.empty()) return false;
    if (!list.empty() && list.back().name >= name) return false;
    list.push_back({std::string(name), std::string(value)});
  }
  labels = Labels(std::move(list));
  return true;
}

}  // namespace

Status Dictionary::Load(leveldb::Iterator& it) {
  Status damaged = Status::Corruption("a record of its series is damaged or missing");
  const std::string first_column(1, kColumnTag);
  for (it.Seek(first_column); it.Valid() && it.key().starts_with(first_column); it.Next()) {
    if (!LoadColumn(Bytes(it.key()), Bytes(it.value()), Gaps::kRefused)) return damaged;
  }
  const std::string first_group(1, kGroupTag);
  for (it.Seek(first_group); it.Valid() && it.key().starts_with(first_group); it.Next()) {
    if (!LoadGroup(Bytes(it.key()), Bytes(it.value()), Gaps::kRefused)) return damaged;
  }
  if (!it.status().ok()) return Status::Corruption(it.status().ToString());
  return Status::Ok();
}

// A record that cannot be read is a gap.
void Dictionary::LoadReadable(leveldb::Iterator& it) {
  for (const char tag : {kColumnTag, kGroupTag}) {
    const std::string first(1, tag);
    for (it.Seek(first); it.Valid() && it.key().starts_with(first); it.Next()) {
      const std::string_view key = Bytes(it.key());
      const std::string_view value = Bytes(it.value());
      static_cast<void>(tag == kColumnTag ? LoadColumn(key, value, Gaps::kAllowed)
                                          : LoadGroup(key, value, Gaps::kAllowed));
    }
  }
}

// Numbers count from 0 without gaps, so that a record lost is found out.
bool Dictionary::LoadColumn(std::string_view key, std::string_view value, Gaps gaps) {
  std::uint32_t number = 0;
  Labels labels;
  if (!CheckCrc(key, value) || !ParseColumnKey(key, number) || number < columns_.size()) return false;
  if (number > columns_.size() && gaps == Gaps::kRefused) return false;
  if (!GetLabels(value, labels) || !value.empty()) return false;
  columns_.resize(number);
  columns_.push_back(registry_->columns().Intern(labels));
  return column_numbers_.emplace(columns_.back().get(), number).second;
}

bool Dictionary::LoadGroup(std::string_view key, std::string_view value, Gaps gaps) {
  std::uint32_t number = 0;
  std::uint32_t first = 0;
  if (!CheckCrc(key, value) || !ParseGroupKey(key, number, first)) return false;
  if (first == 0) {
    Labels labels;
    std::uint64_t ordinal = 0;
    if (number < entries_.size() || (number > entries_.size() && gaps == Gaps::kRefused)) return false;
    if (!GetLabels(value, labels) || !GetVarint(value, ordinal) || ordinal > UINT32_MAX) return false;
    entries_.resize(number);
    entries_.push_back({registry_->InternGroup(labels, static_cast<std::uint32_t>(ordinal)), nullptr});
  } else if (number + 1 != entries_.size() || !entries_[number].columns || entries_[number].columns->size() != first) {
    return false;
  }
  std::vector<ColumnPtr> columns;
  if (entries_[number].columns) columns = entries_[number].columns->columns();
  while (!value.empty()) {
    std::uint64_t begin = 0;
    std::uint64_t count = 0;
    if (!GetVarint(value, begin) || !GetVarint(value, count)) return false;
    if (count == 0 || count > kBlockColumnsMax - columns.size()) return false;
    const std::uint64_t known = begin > columns_.size() ? 0 : std::min<std::uint64_t>(count, columns_.size() - begin);
    const auto from = columns_.begin() + static_cast<std::ptrdiff_t>(known == 0 ? 0 : begin);
    const auto end = std::find(from, from + static_cast<std::ptrdiff_t>(known), nullptr);
    columns.insert(columns.end(), from, end);
    if (static_cast<std::uint64_t>(end - from) == count) continue;
    if (gaps == Gaps::kRefused) return false;
    break;
  }
  if (columns.size() == first) return false;
  entries_[number].columns = registry_->columns().Intern(std::move(columns));
  return true;
}

std::uint32_t Dictionary::Add(const std::shared_ptr<Group>& group) {
  entries_.push_back({group, nullptr});
  return static_cast<std::uint32_t>(entries_.size() - 1);
}

std::uint32_t Dictionary::NumberOf(const ColumnPtr& column) {
  const auto number = static_cast<std::uint32_t>(columns_.size());
  const auto [found, is_new] = column_numbers_.emplace(column.get(), number);
  if (!is_new) return found->second;
  columns_.push_back(column);
  const std::string key = ColumnKey(number);
  std::string value;
  PutLabels(column->labels, value);
  SealWithCrc(key, 0, value);
  pending_.emplace_back(key, std::move(value));
  return number;
}

void Dictionary::Extend(std::uint32_t number, const ColumnListPtr& columns) {
  Entry& entry = entries_[number];
  if (entry.columns == columns) return;
  std::vector<ColumnPtr> all;
  if (entry.columns) all = entry.columns->columns();
  const std::size_t first = all.size();
  for (const ColumnPtr& column : columns->columns()) {
    if (!entry.columns || !entry.columns->Find(column.get())) all.push_back(column);
  }
  if (all.size() == first) return;
  const std::string key = GroupKey(number, static_cast<std::uint32_t>(first));
  std::string value;
  if (first == 0) {
    PutLabels(entry.group->labels, value);
    PutVarint(entry.group->ordinal, value);
  }
  for (std::size_t i = first; i < all.size();) {
    const std::uint32_t begin = NumberOf(all[i]);
    std::uint32_t count = 1;
    while (i + count < all.size() && NumberOf(all[i + count]) == begin + count) ++count;
    PutVarint(begin, value);
    PutVarint(count, value);
    i += count;
  }
  SealWithCrc(key, 0, value);
  pending_.emplace_back(key, std::move(value));
  entry.columns = columns->columns() == all ? columns : registry_->columns().Intern(std::move(all));
}

void Dictionary::AddPending(leveldb::WriteBatch& batch) const {
  for (const auto& [key, value] : pending_) batch.Put(key, value);
}

}  // namespace proxy_telemetry::tsdb

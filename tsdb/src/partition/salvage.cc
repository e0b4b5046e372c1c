#include "partition/salvage.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "codec/block.h"
#include "database.h"
#include "partition/dictionary.h"
#include "partition/keys.h"
#include "partition/partition.h"

namespace proxy_telemetry::tsdb {
namespace {

// Encoded blocks wait in memory until they are committed.
constexpr std::size_t kBlocksPerCommit = 256;

bool TakeNumber(std::string_view& text, std::int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// The blocks of a damaged database, one by one.
class BlockSalvage {
 public:
  BlockSalvage(const Dictionary& dictionary, const Superblock& superblock, Registry& registry)
      : dictionary_(dictionary), superblock_(superblock), registry_(registry) {}

  // False when it must be left out.
  bool Read(std::string_view key, std::string_view value) {
    std::int64_t last_ms = 0;
    if (!ParseBlockKey(key, group_, last_ms) || group_ >= dictionary_.size()) return false;
    const Dictionary::Entry& entry = dictionary_[group_];
    if (!entry.group || !entry.columns) return false;
    if (!reader_.Open(key, value, entry.columns->shape()) || reader_.columns() > entry.columns->size()) return false;
    if (!reader_.ReadTimestamps(content_.ts_ms) || content_.ts_ms.back() != last_ms) return false;
    const auto [known, is_first] = last_ms_.emplace(group_, INT64_MIN);
    const std::int64_t first_ms = content_.ts_ms.front();
    if (first_ms < superblock_.start_ms || last_ms >= superblock_.end_ms || first_ms <= known->second) return false;
    content_.columns.resize(reader_.columns());
    for (std::size_t i = 0; i < content_.columns.size(); ++i) {
      if (!reader_.ReadColumn(i, content_.columns[i].values, content_.columns[i].present)) return false;
    }
    known->second = last_ms;
    return true;
  }

  const std::shared_ptr<Group>& group() const { return dictionary_[group_].group; }
  // A block from before the group grew has fewer.
  ColumnListPtr columns() const {
    const std::vector<ColumnPtr>& all = dictionary_[group_].columns->columns();
    return registry_.columns().Intern(
        std::vector<ColumnPtr>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(content_.columns.size())));
  }
  const BlockContent& content() const { return content_; }

 private:
  const Dictionary& dictionary_;
  const Superblock& superblock_;
  Registry& registry_;
  BlockReader reader_;
  BlockContent content_;
  std::uint32_t group_ = 0;
  std::unordered_map<std::uint32_t, std::int64_t> last_ms_;  // by group: of the block before
};

// The newest record of totals that can be read.
std::optional<Totals> ReadTotals(leveldb::Iterator& it) {
  std::optional<Totals> newest;
  const std::string first(1, kTotalsTag);
  for (it.Seek(first); it.Valid() && it.key().starts_with(first); it.Next()) {
    Totals totals;
    if (DecodeTotals(Bytes(it.key()), Bytes(it.value()), totals)) newest = totals;
  }
  return newest;
}

}  // namespace

std::optional<Superblock> SuperblockFromName(const std::filesystem::path& partition) {
  const std::string name = partition.filename().string();
  std::string_view rest = name;
  Superblock superblock;
  if (!TakeNumber(rest, superblock.start_ms) || !rest.starts_with('-')) return std::nullopt;
  rest.remove_prefix(1);
  if (!TakeNumber(rest, superblock.end_ms) || superblock.start_ms >= superblock.end_ms) return std::nullopt;
  if (!rest.empty() && !rest.starts_with('-')) return std::nullopt;
  return superblock;
}

Result<Salvaged> SalvagePartition(StoreEnv& env, const std::filesystem::path& damaged,
                                  const std::filesystem::path& making, const Superblock& superblock) {
  PT_ASSIGN_OR_RETURN(const std::shared_ptr<leveldb::DB> db, OpenDatabase(env, damaged, DatabaseMode::kRepaired));
  const DatabaseSnapshot snapshot(db);
  const auto it = snapshot.NewIterator();
  // Of its own: groups of the store must not know of partitions that are none.
  const auto registry = std::make_shared<Registry>(superblock.group_labels);
  Dictionary dictionary(*registry);
  dictionary.LoadReadable(*it);
  PT_ASSIGN_OR_RETURN(const std::shared_ptr<Partition> made, Partition::CreateBulk(env, making, superblock, *registry));
  Salvaged salvaged;
  BlockSalvage block(dictionary, superblock, *registry);
  const std::string first(1, kBlockTag);
  for (it->Seek(first); it->Valid() && it->key().starts_with(first); it->Next()) {
    if (!block.Read(Bytes(it->key()), Bytes(it->value()))) continue;
    made->AddBlock(block.group(), block.columns(), block.content());
    if (++salvaged.blocks % kBlocksPerCommit == 0) PT_RETURN_IF_ERROR(made->Commit(false));
  }
  PT_RETURN_IF_ERROR(made->Commit(true));
  made->Sort();
  PT_RETURN_IF_ERROR(made->Seal(true));
  if (const std::optional<Totals> totals = ReadTotals(*it)) {
    salvaged.blocks_lost = totals->blocks - std::min(totals->blocks, salvaged.blocks);
  }
  return salvaged;
}

}  // namespace proxy_telemetry::tsdb

#include "verify_blocks.h"

#include <leveldb/table.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/unix_time.h"
#include "codec/block.h"
#include "env/store_env.h"
#include "partition/keys.h"

namespace proxy_telemetry::tsdb {
namespace {

class Checker {
 public:
  Checker(StoreEnv& env, const Partition& partition)
      : env_(env), partition_(partition), entries_(partition.Entries()) {}

  std::vector<BlockDamage> Run(const std::function<void(std::uint64_t)>& progress) {
    const auto snapshot = partition_.snapshot();
    const auto it = snapshot->NewIterator();
    const std::string first(1, kBlockTag);
    for (it->Seek(first); it->Valid() && it->key().starts_with(first); it->Next()) {
      ++found_.blocks;
      CheckBlock(Bytes(it->key()), Bytes(it->value()));
      progress(block_samples_);
    }
    if (!it->status().ok()) CheckTables(it->status().ToString());
    CompareTotals();
    if (damages_ > kBlockDamagesMax) {
      Note(partition_.path(), "and " + std::to_string(damages_ - kBlockDamagesMax) + " more damaged blocks", true);
    }
    return std::move(found_damages_);
  }

 private:
  void Note(const std::filesystem::path& path, std::string what, bool always = false) {
    if (always || ++damages_ <= kBlockDamagesMax) found_damages_.push_back({path, std::move(what)});
  }

  void CheckBlock(std::string_view key, std::string_view value) {
    block_samples_ = 0;
    std::uint32_t group = 0;
    std::int64_t last_ms = 0;
    if (!ParseBlockKey(key, group, last_ms) || group >= entries_.size()) {
      Note(partition_.path(), "a block has a key that names no group");
      return;
    }
    const std::string name =
        "the block of " + entries_[group].group->labels.ToString() + " up to " + FormatUtc(last_ms) + " ";
    if (!block_.Open(key, value, entries_[group].columns->shape())) {
      Note(partition_.path(), name + "is damaged: its checksum or its frame is wrong");
      return;
    }
    if (!Decodes(entries_[group].columns->size())) {
      Note(partition_.path(), name + "is damaged: it cannot be decoded");
      return;
    }
    const bool is_in_order = group != group_ || block_.first_ts_ms() > last_ms_;
    const bool is_inside = block_.first_ts_ms() >= partition_.start_ms() && block_.last_ts_ms() < partition_.end_ms();
    if (!is_in_order) Note(partition_.path(), name + "covers the time of the one before");
    if (!is_inside || block_.last_ts_ms() != last_ms) Note(partition_.path(), name + "is not where it belongs");
    group_ = group;
    last_ms_ = last_ms;
    block_samples_ = block_.samples();
    found_.samples += block_samples_;
  }

  bool Decodes(std::size_t columns) {
    if (block_.columns() > columns || !block_.ReadTimestamps(ts_ms_)) return false;
    for (std::size_t i = 0; i < block_.columns(); ++i) {
      if (!block_.ReadColumn(i, values_, present_)) return false;
    }
    return true;
  }

  // Which of the tables it is, LevelDB does not say.
  void CheckTables(const std::string& reason) {
    std::vector<std::string> names;
    static_cast<void>(env_.GetChildren(partition_.path().string(), &names).ok());
    std::sort(names.begin(), names.end());
    bool is_told = false;
    for (const std::string& name : names) {
      if (!name.ends_with(".ldb")) continue;
      const std::string damage = TableDamage((partition_.path() / name).string());
      if (damage.empty()) continue;
      is_told = true;
      Note(partition_.path() / name, damage, true);
    }
    if (!is_told) Note(partition_.path(), reason, true);
  }

  std::string TableDamage(const std::string& path) {
    std::uint64_t size = 0;
    leveldb::RandomAccessFile* opened = nullptr;
    leveldb::Status status = env_.GetFileSize(path, &size);
    if (status.ok()) status = env_.NewRandomAccessFile(path, &opened);
    if (!status.ok()) return status.ToString();
    const std::unique_ptr<leveldb::RandomAccessFile> file(opened);
    leveldb::Options options;
    options.paranoid_checks = true;
    leveldb::Table* table = nullptr;
    status = leveldb::Table::Open(options, file.get(), size, &table);
    const std::unique_ptr<leveldb::Table> owner(table);
    if (!status.ok()) return status.ToString();
    leveldb::ReadOptions read;
    read.verify_checksums = true;
    read.fill_cache = false;
    const std::unique_ptr<leveldb::Iterator> it(table->NewIterator(read));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
    }
    return it->status().ok() ? std::string() : it->status().ToString();
  }

  void CompareTotals() {
    const Totals told = partition_.totals();
    const auto compare = [&](const char* of_what, std::uint64_t expected, std::uint64_t found) {
      if (expected == found) return;
      Note(partition_.path(),
           std::to_string(expected) + " " + of_what + " were written and " + std::to_string(found) + " can be read",
           true);
    };
    compare("blocks", told.blocks, found_.blocks);
    compare("samples", told.samples, found_.samples);
  }

  StoreEnv& env_;
  const Partition& partition_;
  const std::vector<Dictionary::Entry> entries_;
  Totals found_;
  std::size_t damages_ = 0;
  std::vector<BlockDamage> found_damages_;
  std::uint32_t group_ = UINT32_MAX;
  std::int64_t last_ms_ = 0;
  std::uint64_t block_samples_ = 0;
  BlockReader block_;
  std::vector<std::int64_t> ts_ms_;
  std::vector<double> values_;
  Presence present_;
};

}  // namespace

std::vector<BlockDamage> CheckBlocks(StoreEnv& env, const Partition& partition,
                                     const std::function<void(std::uint64_t)>& progress) {
  return Checker(env, partition).Run(progress);
}

}  // namespace proxy_telemetry::tsdb

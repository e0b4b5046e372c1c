#include "database.h"

#include <leveldb/cache.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "env/overlay_env.h"
#include "env/quiet_env.h"
#include "env/store_env.h"
#include "table_footer.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::size_t kWriteBufferBytes = std::size_t{2} << 20;
constexpr std::size_t kBulkWriteBufferBytes = std::size_t{8} << 20;
constexpr int kOpenFilesMax = 64;
// A block of samples is about this large: with LevelDB's usual size three of them would be checked to read one.
constexpr std::size_t kTableBlockBytes = 1024;
// What the recovery of a log may hold in memory when nothing may be written.
constexpr std::size_t kOverlayBytesMax = std::size_t{64} << 20;
// The same for a repair, that makes new tables of logs and damaged tables.
constexpr std::size_t kRepairBytesMax = std::size_t{256} << 20;

// Nothing that is read through mmap is cached, and no table of ours is compressed: a cache would hold nothing.
leveldb::Cache* NoCache() {
  static leveldb::Cache* const kCache = leveldb::NewLRUCache(0);
  return kCache;
}

leveldb::Options OptionsFor(DatabaseMode mode) {
  leveldb::Options options;
  options.paranoid_checks = true;
  options.compression = leveldb::kNoCompression;
  options.block_size = kTableBlockBytes;
  options.block_cache = NoCache();
  options.write_buffer_size = mode == DatabaseMode::kBulk ? kBulkWriteBufferBytes : kWriteBufferBytes;
  options.max_open_files = kOpenFilesMax;
  return options;
}

}  // namespace

Status CreateDatabase(StoreEnv& env, const std::filesystem::path& directory) {
  QuietEnv quiet(&env);
  leveldb::Options options = OptionsFor(DatabaseMode::kWritable);
  options.env = &quiet;
  options.create_if_missing = true;
  options.error_if_exists = true;
  leveldb::DB* db = nullptr;
  PT_RETURN_IF_ERROR(FromLevelDb(leveldb::DB::Open(options, directory.string(), &db), directory));
  delete db;
  return Status::Ok();
}

// Never told to create: with a lost CURRENT that would delete every table the directory still holds.
Result<std::shared_ptr<leveldb::DB>> OpenDatabase(StoreEnv& env, const std::filesystem::path& directory,
                                                  DatabaseMode mode) {
  std::shared_ptr<leveldb::Env> own;
  std::shared_ptr<OverlayEnv> overlay;
  if (mode == DatabaseMode::kReadOnly || mode == DatabaseMode::kRepaired) {
    const bool repair = mode == DatabaseMode::kRepaired;
    own = overlay = std::make_shared<OverlayEnv>(&env, repair ? kRepairBytesMax : kOverlayBytesMax);
  } else {
    own = std::make_shared<QuietEnv>(&env);
  }
  leveldb::Options options = OptionsFor(mode);
  options.env = own.get();
  // One may be what a crash left of a table being made, that nobody needs: without it LevelDB tells.
  PT_ASSIGN_OR_RETURN(const std::vector<std::string> bad_tables, TablesWithBadFooters(env, directory));
  if (overlay) {
    for (const std::string& path : bad_tables)
      PT_RETURN_IF_ERROR(FromEnv(overlay->RemoveFile(path), "leave out " + path));
  } else if (!bad_tables.empty()) {
    PT_RETURN_IF_ERROR(OpenDatabase(env, directory, DatabaseMode::kReadOnly).status());
  }
  if (mode == DatabaseMode::kRepaired) {
    // With paranoid_checks, as it else takes damaged blocks of tables for sound ones, and aborts.
    PT_RETURN_IF_ERROR(FromLevelDb(leveldb::RepairDB(directory.string(), options), directory));
  }
  leveldb::DB* db = nullptr;
  PT_RETURN_IF_ERROR(FromLevelDb(leveldb::DB::Open(options, directory.string(), &db), directory));
  if (overlay) overlay->Freeze();
  // The database must go before the Env it uses.
  return std::shared_ptr<leveldb::DB>(db, [own](leveldb::DB* closing) { delete closing; });
}

Status CheckHasLog(StoreEnv& env, const std::filesystem::path& directory) {
  std::vector<std::string> names;
  PT_RETURN_IF_ERROR(FromEnv(env.GetChildren(directory.string(), &names), "list " + directory.string()));
  for (const std::string& name : names) {
    if (name.ends_with(".log")) return Status::Ok();
  }
  return Status::Corruption(directory.string() + ": its log is missing");
}

void SeekToLastBefore(leveldb::Iterator& it, std::string_view key) {
  it.Seek({key.data(), key.size()});
  if (it.Valid()) {
    it.Prev();
  } else {
    it.SeekToLast();
  }
}

Status FromLevelDb(const leveldb::Status& status, const std::filesystem::path& directory) {
  if (status.ok()) return Status::Ok();
  const std::string text = status.ToString();
  // A table that ends before its own directory says so; other errors of the system are no damage.
  const bool is_cut = text.ends_with(std::generic_category().message(EINVAL));
  const bool damaged = status.IsCorruption() || status.IsNotFound() || status.IsInvalidArgument() || is_cut;
  std::string message = directory.string() + ": " + text;
  return damaged ? Status::Corruption(std::move(message)) : Status::IoError(std::move(message));
}

}  // namespace proxy_telemetry::tsdb

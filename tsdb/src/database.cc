#include "database.h"

#include <leveldb/cache.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::size_t kWriteBufferBytes = 4 << 20;
constexpr int kOpenFilesMax = 64;

Result<std::unique_ptr<leveldb::DB>> Open(const std::filesystem::path& directory, leveldb::Cache* cache, bool create) {
  leveldb::Options options;
  options.create_if_missing = create;
  options.error_if_exists = create;
  options.paranoid_checks = true;
  options.write_buffer_size = kWriteBufferBytes;
  options.max_open_files = kOpenFilesMax;
  options.block_cache = cache;
  leveldb::DB* db = nullptr;
  PT_RETURN_IF_ERROR(FromLevelDb(leveldb::DB::Open(options, directory.string(), &db), directory));
  return std::unique_ptr<leveldb::DB>(db);
}

}  // namespace

Status CreateDatabase(const std::filesystem::path& directory) { return Open(directory, nullptr, true).status(); }

// Never told to create: with a lost CURRENT that would delete every table the directory still holds.
Result<std::unique_ptr<leveldb::DB>> OpenDatabase(const std::filesystem::path& directory, leveldb::Cache* cache) {
  return Open(directory, cache, false);
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

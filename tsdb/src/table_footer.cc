#include "table_footer.h"

#include <array>
#include <cstdint>
#include <memory>

#include "coding.h"
#include "database.h"
#include "env/store_env.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::size_t kFooterBytes = 48;
constexpr std::size_t kHandlesBytes = 40;  // of two parts, filled up; the magic number follows
constexpr std::uint64_t kTrailerBytes = 5;

// A part of a table: where it begins and how long it is, without its trailer.
bool IsWithin(std::string_view& handles, std::uint64_t file_bytes) {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  if (!GetVarint(handles, offset) || !GetVarint(handles, bytes)) return false;
  return offset <= file_bytes && bytes <= file_bytes - offset && kTrailerBytes <= file_bytes - offset - bytes;
}

Result<bool> HasGoodFooter(StoreEnv& env, const std::string& path) {
  std::uint64_t file_bytes = 0;
  PT_RETURN_IF_ERROR(FromEnv(env.GetFileSize(path, &file_bytes), "look at " + path));
  if (file_bytes < kFooterBytes) return true;
  leveldb::RandomAccessFile* opened = nullptr;
  PT_RETURN_IF_ERROR(FromEnv(env.NewRandomAccessFile(path, &opened), "open " + path));
  const std::unique_ptr<leveldb::RandomAccessFile> file(opened);
  std::array<char, kFooterBytes> scratch = {};
  leveldb::Slice footer;
  PT_RETURN_IF_ERROR(
      FromEnv(file->Read(file_bytes - kFooterBytes, kFooterBytes, &footer, scratch.data()), "read " + path));
  std::string_view handles = Bytes(footer).substr(0, kHandlesBytes);
  return IsWithin(handles, file_bytes) && IsWithin(handles, file_bytes);
}

}  // namespace

Result<std::vector<std::string>> TablesWithBadFooters(StoreEnv& env, const std::filesystem::path& directory) {
  std::vector<std::string> names;
  PT_RETURN_IF_ERROR(FromEnv(env.GetChildren(directory.string(), &names), "list " + directory.string()));
  std::vector<std::string> bad;
  for (const std::string& name : names) {
    if (!name.ends_with(".ldb") && !name.ends_with(".sst")) continue;
    const std::string path = directory / name;
    PT_ASSIGN_OR_RETURN(const bool is_good, HasGoodFooter(env, path));
    if (!is_good) bad.push_back(path);
  }
  return bad;
}

}  // namespace proxy_telemetry::tsdb

#include "partition/seal.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coding.h"
#include "crc32c.h"
#include "env/store_env.h"
#include "files.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::string_view kMagic = "PTSDBSL\n";
constexpr std::uint32_t kSealVersion = 1;
constexpr std::size_t kSealBytesMax = std::size_t{64} << 10;
// Logs are small, the other files smaller.
constexpr std::size_t kCheckedBytesMax = std::size_t{64} << 20;
// A table's index is at its end: that of another table is another.
constexpr std::size_t kTableTailBytes = 4096;

bool IsCounted(const std::string& name) {
  return name != kSealName && name != "LOG" && name != "LOG.old" && name != "LOCK" && !name.ends_with(".tmp") &&
         !name.ends_with(".dbtmp") && name != "." && name != "..";
}

Result<std::uint32_t> TailCrc(StoreEnv& env, const std::string& path, std::uint64_t size) {
  if (size == 0) return std::uint32_t{0};
  leveldb::RandomAccessFile* opened = nullptr;
  PT_RETURN_IF_ERROR(FromEnv(env.NewRandomAccessFile(path, &opened), "open " + path));
  const std::unique_ptr<leveldb::RandomAccessFile> file(opened);
  std::string scratch(std::min<std::uint64_t>(size, kTableTailBytes), '\0');
  leveldb::Slice tail;
  PT_RETURN_IF_ERROR(FromEnv(file->Read(size - scratch.size(), scratch.size(), &tail, scratch.data()), "read " + path));
  return Crc32c({tail.data(), tail.size()});
}

Result<std::vector<SealedFile>> ListFiles(StoreEnv& env, const std::filesystem::path& directory) {
  std::vector<std::string> names;
  const leveldb::Status listed = env.GetChildren(directory.string(), &names);
  if (!listed.ok()) return Status::IoError("list " + directory.string() + ": " + listed.ToString());
  std::erase_if(names, [](const std::string& name) { return !IsCounted(name); });
  std::sort(names.begin(), names.end());
  std::vector<SealedFile> files;
  for (const std::string& name : names) {
    SealedFile& file = files.emplace_back();
    file.name = name;
    const leveldb::Status sized = env.GetFileSize((directory / name).string(), &file.size);
    if (!sized.ok()) return Status::IoError("size of " + (directory / name).string() + ": " + sized.ToString());
    if (name.ends_with(".ldb")) {
      PT_ASSIGN_OR_RETURN(file.crc, TailCrc(env, (directory / name).string(), file.size));
      continue;
    }
    if (file.size > kCheckedBytesMax)
      return Status::Corruption((directory / name).string() + " is larger than it can be");
    PT_ASSIGN_OR_RETURN(const std::string content, ReadSmallFile(env, directory / name, file.size));
    file.crc = Crc32c(content);
  }
  return files;
}

}  // namespace

std::string EncodeSeal(const SealContent& content) {
  std::string bytes(kMagic);
  PutFixed32(kSealVersion, bytes);
  PutVarint(content.complete ? 1 : 0, bytes);
  PutVarint(content.files.size(), bytes);
  for (const SealedFile& file : content.files) {
    PutString(file.name, bytes);
    PutVarint(file.size, bytes);
    PutFixed32(file.crc, bytes);
  }
  SealWithCrc({}, 0, bytes);
  return bytes;
}

bool DecodeSeal(std::string_view bytes, SealContent& content) {
  if (!CheckCrc({}, bytes) || !bytes.starts_with(kMagic)) return false;
  bytes.remove_prefix(kMagic.size());
  std::uint32_t version = 0;
  std::uint64_t complete = 0;
  std::uint64_t count = 0;
  if (!GetFixed32(bytes, version) || version != kSealVersion) return false;
  if (!GetVarint(bytes, complete) || complete > 1 || !GetVarint(bytes, count)) return false;
  content.complete = complete == 1;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string_view name;
    SealedFile file;
    if (!GetString(bytes, name) || !GetVarint(bytes, file.size) || !GetFixed32(bytes, file.crc)) return false;
    file.name = name;
    content.files.push_back(std::move(file));
  }
  return bytes.empty();
}

Status WriteSeal(StoreEnv& env, const std::filesystem::path& directory, bool complete) {
  PT_ASSIGN_OR_RETURN(std::vector<SealedFile> files, ListFiles(env, directory));
  return WriteFileAtomically(env, directory / kSealName, EncodeSeal({complete, std::move(files)}));
}

Result<bool> CheckSeal(StoreEnv& env, const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / kSealName;
  PT_ASSIGN_OR_RETURN(const std::string content, ReadSmallFile(env, path, kSealBytesMax));
  SealContent sealed;
  if (!DecodeSeal(content, sealed)) return Status::Corruption(path.string() + " is damaged");
  PT_ASSIGN_OR_RETURN(const std::vector<SealedFile> found, ListFiles(env, directory));
  for (const SealedFile& file : sealed.files) {
    const auto same_name =
        std::find_if(found.begin(), found.end(), [&file](const SealedFile& other) { return other.name == file.name; });
    if (same_name == found.end()) return Status::Corruption((directory / file.name).string() + " is missing");
    if (*same_name != file) return Status::Corruption((directory / file.name).string() + " was changed or cut");
  }
  return sealed.complete;
}

Status RemoveSeal(StoreEnv& env, const std::filesystem::path& directory) {
  const std::string path = directory / kSealName;
  if (!env.FileExists(path)) return Status::Ok();
  const leveldb::Status removed = env.RemoveFile(path);
  if (!removed.ok()) return Status::IoError("remove " + path + ": " + removed.ToString());
  return env.SyncDirectory(directory);
}

}  // namespace proxy_telemetry::tsdb

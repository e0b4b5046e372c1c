#include "superblock.h"

#include "coding.h"
#include "files.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::string_view kMagic = "PTSDBPT\n";
constexpr std::size_t kSuperblockBytesMax = 4096;

}  // namespace

Result<std::string> EncodeSuperblock(const Superblock& superblock) {
  std::string content(kMagic);
  PutFixed32(kFormatVersion, content);
  for (const std::int64_t time_ms :
       {superblock.start_ms, superblock.end_ms, superblock.created_ms, superblock.resolution_ms}) {
    PutFixed64(SortableFromSigned(time_ms), content);
  }
  PutVarint(superblock.group_labels.size(), content);
  for (const std::string& name : superblock.group_labels) PutString(name, content);
  SealWithCrc({}, 0, content);
  if (content.size() > kSuperblockBytesMax)
    return Status::InvalidArgument("the names of the group labels are too long");
  return content;
}

Result<Superblock> DecodeSuperblock(std::string_view content) {
  const Status damaged = Status::Corruption("damaged");
  if (!CheckCrc({}, content) || !content.starts_with(kMagic)) return damaged;
  content.remove_prefix(kMagic.size());
  std::uint32_t version = 0;
  if (!GetFixed32(content, version)) return damaged;
  if (version < kFormatVersion) {
    return Status::Unsupported("format version " + std::to_string(version) + " is read from another place only");
  }
  if (version > kFormatVersion) {
    return Status::Unsupported("format version " + std::to_string(version) + ", this program knows up to " +
                               std::to_string(kFormatVersion) + "; use the newer proxy-telemetry that wrote it");
  }
  Superblock superblock;
  for (std::int64_t* time_ms :
       {&superblock.start_ms, &superblock.end_ms, &superblock.created_ms, &superblock.resolution_ms}) {
    std::uint64_t sortable = 0;
    if (!GetFixed64(content, sortable)) return damaged;
    *time_ms = SignedFromSortable(sortable);
  }
  std::uint64_t label_count = 0;
  if (!GetVarint(content, label_count)) return damaged;
  for (std::uint64_t i = 0; i < label_count; ++i) {
    std::string_view name;
    if (!GetString(content, name)) return damaged;
    superblock.group_labels.emplace_back(name);
  }
  if (!content.empty() || superblock.start_ms >= superblock.end_ms) return damaged;
  return superblock;
}

Status WriteSuperblock(StoreEnv& env, const std::filesystem::path& partition, const Superblock& superblock) {
  PT_ASSIGN_OR_RETURN(const std::string content, EncodeSuperblock(superblock));
  return WriteFileAtomically(env, partition / kSuperblockName, content);
}

Result<Superblock> ReadSuperblock(StoreEnv& env, const std::filesystem::path& partition) {
  const std::filesystem::path path = partition / kSuperblockName;
  PT_ASSIGN_OR_RETURN(const std::string content, ReadSmallFile(env, path, kSuperblockBytesMax));
  auto superblock = DecodeSuperblock(content);
  if (!superblock.ok()) return superblock.status().Prefixed(path.string());
  return superblock;
}

}  // namespace proxy_telemetry::tsdb

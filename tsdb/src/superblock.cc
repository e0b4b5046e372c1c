#include "superblock.h"

#include <string>
#include <string_view>

#include "coding.h"
#include "files.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::string_view kMagic = "PTSDBPT\n";
constexpr std::size_t kSuperblockBytesMax = 4096;

}  // namespace

Status WriteSuperblock(const std::filesystem::path& partition, const Superblock& superblock) {
  std::string content(kMagic);
  PutFixed32(kFormatVersion, content);
  for (const std::int64_t time_ms : {superblock.start_ms, superblock.end_ms, superblock.created_ms}) {
    PutFixed64(SortableFromSigned(time_ms), content);
  }
  PutVarint(superblock.group_labels.size(), content);
  for (const std::string& name : superblock.group_labels) PutString(name, content);
  SealWithCrc({}, 0, content);
  if (content.size() > kSuperblockBytesMax)
    return Status::InvalidArgument("the names of the group labels are too long");
  return WriteFileAtomically(partition / kSuperblockName, content);
}

Result<Superblock> ReadSuperblock(const std::filesystem::path& partition) {
  const std::filesystem::path path = partition / kSuperblockName;
  PT_ASSIGN_OR_RETURN(const std::string content, ReadSmallFile(path, kSuperblockBytesMax));
  std::string_view input = content;
  const Status damaged = Status::Corruption(path.string() + " is damaged");
  if (!CheckCrc({}, input) || !input.starts_with(kMagic)) return damaged;
  input.remove_prefix(kMagic.size());
  std::uint32_t version = 0;
  if (!GetFixed32(input, version)) return damaged;
  if (version > kFormatVersion) {
    return Status::Unsupported(path.string() + " has format version " + std::to_string(version) +
                               ", this program knows up to " + std::to_string(kFormatVersion) +
                               "; use the newer proxy-telemetry that wrote it");
  }
  Superblock superblock;
  for (std::int64_t* time_ms : {&superblock.start_ms, &superblock.end_ms, &superblock.created_ms}) {
    std::uint64_t sortable = 0;
    if (!GetFixed64(input, sortable)) return damaged;
    *time_ms = SignedFromSortable(sortable);
  }
  std::uint64_t label_count = 0;
  if (!GetVarint(input, label_count)) return damaged;
  for (std::uint64_t i = 0; i < label_count; ++i) {
    std::string_view name;
    if (!GetString(input, name)) return damaged;
    superblock.group_labels.emplace_back(name);
  }
  if (!input.empty() || superblock.start_ms >= superblock.end_ms) return damaged;
  return superblock;
}

}  // namespace proxy_telemetry::tsdb

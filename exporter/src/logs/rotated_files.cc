#include "logs/rotated_files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

namespace proxy_telemetry {
namespace {

namespace fs = std::filesystem;

// Numbers and dates, behind a '.' or '-'; Caddy says why it rotated.
bool IsRotationMark(std::string_view mark) {
  for (const std::string_view why : {"-size", "-time", "-manual"}) {
    if (mark.ends_with(why)) mark.remove_suffix(why.size());
  }
  const auto is_mark = [](char c) {
    return (c >= '0' && c <= '9') || c == 'T' || c == '.' || c == '-' || c == '_' || c == ':';
  };
  return mark.size() > 1 && (mark.front() == '.' || mark.front() == '-') &&
         std::all_of(mark.begin(), mark.end(), is_mark) && mark.find_first_of("0123456789") != std::string_view::npos;
}

void AddNeighbours(const fs::path& folder, std::set<std::string>& seen, std::vector<NeighbourFile>& files) {
  std::error_code error;
  std::size_t looked_at = 0;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (++looked_at > kNeighboursMax) return;
    const std::string path = at->path().string();
    struct statx file{};
    if (statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_TYPE | STATX_INO | STATX_BTIME, &file) != 0) continue;
    if (!S_ISREG(file.stx_mode) || !seen.insert(path).second) continue;
    const bool has_birth = (file.stx_mask & STATX_BTIME) != 0;
    files.push_back(
        {path, file.stx_ino, has_birth ? file.stx_btime.tv_sec * 1000 + file.stx_btime.tv_nsec / 1'000'000 : 0});
  }
}

// The youngest last.
std::vector<NeighbourFile> ListOnce(const std::string& log_path) {
  std::vector<NeighbourFile> files;
  std::set<std::string> seen;
  const fs::path parent = fs::path(log_path).parent_path();
  AddNeighbours(parent.empty() ? "." : parent, seen, files);
  std::error_code error;
  if (const fs::path target = fs::canonical(log_path, error); !error && target.parent_path() != parent) {
    AddNeighbours(target.parent_path(), seen, files);
  }
  std::sort(files.begin(), files.end(), [](const NeighbourFile& a, const NeighbourFile& b) {
    return std::pair(a.born_ms, a.path) < std::pair(b.born_ms, b.path);
  });
  return files;
}

}  // namespace

bool IsRotatedName(std::string_view log, std::string_view name) {
  if (name.starts_with(log) && IsRotationMark(name.substr(log.size()))) return true;
  const std::size_t dot = log.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view stem = log.substr(0, dot);
  const std::string_view extension = log.substr(dot);
  return name.size() > log.size() && name.starts_with(stem) && name.ends_with(extension) &&
         IsRotationMark(name.substr(stem.size(), name.size() - log.size()));
}

std::vector<NeighbourFile> NeighbourFiles(const std::string& log_path) {
  std::vector<NeighbourFile> files = ListOnce(log_path);
  for (int listing = 1; listing < kListingsMax; ++listing) {
    std::vector<NeighbourFile> again = ListOnce(log_path);
    if (again == files) break;
    files = std::move(again);
  }
  return files;
}

std::vector<NeighbourFile> RotatedFiles(const std::string& log_path) {
  std::vector<NeighbourFile> files = NeighbourFiles(log_path);
  const std::string log = fs::path(log_path).filename().string();
  std::erase_if(
      files, [&](const NeighbourFile& file) { return !IsRotatedName(log, fs::path(file.path).filename().string()); });
  return files;
}

}  // namespace proxy_telemetry

#include "file_names.h"

#include <dirent.h>
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

namespace proxy_telemetry {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

}  // namespace

std::string DirectoryOf(std::string_view pattern) {
  const std::size_t slash = pattern.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(slash == 0 ? "/" : pattern.substr(0, slash));
}

std::vector<std::string> FilesMatching(const std::string& pattern) {
  const std::size_t name_begin = pattern.rfind('/') + 1;
  const std::string name_pattern = pattern.substr(name_begin);
  if (name_pattern.find_first_of("*?[") == std::string::npos) {
    if (access(pattern.c_str(), F_OK) == 0) return {pattern};
    return {};
  }
  std::vector<std::string> paths;
  const std::unique_ptr<DIR, CloseDirectory> directory(opendir(DirectoryOf(pattern).c_str()));
  if (!directory) return paths;
  while (const dirent* entry = readdir(directory.get())) {  // NOLINT(concurrency-mt-unsafe): the stream is our own
    if (fnmatch(name_pattern.c_str(), entry->d_name, 0) != 0) continue;
    paths.push_back(pattern.substr(0, name_begin) + entry->d_name);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace proxy_telemetry

// ScratchDir: an empty directory of the test's own, gone with it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace proxy_telemetry {

class ScratchDir {
 public:
  // In memory where that can be: many small synced writes then take no time.
  ScratchDir() : ScratchDir(std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp") {}
  explicit ScratchDir(const std::filesystem::path& parent) {
    std::string name = parent / "pt-test-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) abort();
    path_ = name;
  }
  ~ScratchDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Writes the file and returns its path.
  std::string Write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace proxy_telemetry

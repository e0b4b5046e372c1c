// FileSd: target groups from the files of file_sd_configs, kept up to date.
//
// Files are read when something happens in their directories (inotify) and every refresh_interval, by a thread of its
// own that is there while any job has such files: neither a slow disk nor a long file costs the collector a round. A
// file that cannot be read or is wrong keeps the groups it had; a file that is gone has none. Said once in the log
// per change. All methods are for any thread; `on_change` runs on the FileSd's.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "config/config.h"
#include "exporter/discovered_groups.h"

namespace proxy_telemetry {

// Of all jobs together; what is beyond is left out and logged.
inline constexpr std::size_t kTargetFilesMax = 10'000;
inline constexpr std::size_t kTargetFilesBytesMax = std::size_t{64} << 20U;
// Events come in swarms: files are read this long after the first.
inline constexpr int kFileEventsSettleMs = 100;

inline constexpr const char* kFilePathLabel = "__meta_filepath";

class FileSd {
 public:
  // `on_change`: Groups() are others than before, and not by SetJobs().
  explicit FileSd(std::function<void()> on_change);
  ~FileSd();
  FileSd(const FileSd&) = delete;
  FileSd& operator=(const FileSd&) = delete;

  // No change is told from now on; not called by on_change.
  void Stop() EXCLUDES(mutex_);

  // From now on the files of these jobs. Reads them before it returns.
  void SetJobs(const Config& config) EXCLUDES(mutex_);
  DiscoveredGroups Groups() const EXCLUDES(mutex_);
  // Broken or unreadable when last looked at.
  std::size_t refused_files() const { return refused_files_; }

 private:
  struct File {
    std::string text;  // as last read without error
    std::vector<TargetGroup> groups;
    std::string error;  // "" when it was good when last looked at
  };
  using JobFiles = std::vector<std::pair<std::string, std::string>>;  // job, path

  void Run();
  // Waits for something to do; false: stop.
  bool WaitForWork() EXCLUDES(mutex_);
  void DrainEvents() const;
  int RefreshIntervalMs() const EXCLUDES(mutex_);
  // True when groups changed.
  bool Refresh() REQUIRES(mutex_);
  JobFiles ListFiles() REQUIRES(mutex_);
  bool ReadFile(const std::string& path, std::size_t bytes_left, File& file);
  void WatchDirectories() REQUIRES(mutex_);

  const std::function<void()> on_change_;
  std::atomic<std::size_t> refused_files_ = 0;
  int inotify_ = -1;  // -1: the system has none to give, files are read every refresh_interval only
  int wakeup_ = -1;
  mutable Mutex mutex_;
  std::vector<std::pair<std::string, FileSdConfig>> jobs_ GUARDED_BY(mutex_);
  std::map<std::string, File> files_ GUARDED_BY(mutex_);
  JobFiles job_files_ GUARDED_BY(mutex_);
  std::map<std::string, int> watches_ GUARDED_BY(mutex_);  // by directory
  std::set<std::string> unwatched_ GUARDED_BY(mutex_);     // directories that could not be: said in the log
  bool too_many_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace proxy_telemetry

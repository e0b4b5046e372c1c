#include "file_sd.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include "base/log.h"
#include "config/file.h"
#include "config/loader.h"
#include "file_names.h"

namespace proxy_telemetry {
namespace {

// Not IN_MODIFY: a file that is being written is not read before its writer closes it.
constexpr std::uint32_t kEvents =
    IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

std::string ErrorOf(const TargetGroupsResult& result, const std::string& path) {
  std::string error = FormatConfigError(path, result.errors.front());
  if (result.errors.size() > 1) error += " (and " + std::to_string(result.errors.size() - 1) + " more)";
  return error;
}

bool WaitReadable(int fd, int timeout_ms) {
  pollfd waiting{fd, POLLIN, 0};
  return poll(&waiting, 1, timeout_ms) == 1;
}

}  // namespace

FileSd::FileSd(std::function<void()> on_change) : on_change_(std::move(on_change)) {}

FileSd::~FileSd() {
  Stop();
  if (inotify_ >= 0) close(inotify_);
  if (wakeup_ >= 0) close(wakeup_);
}

void FileSd::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  if (!thread_.joinable()) return;
  eventfd_write(wakeup_, 1);
  thread_.join();
}

void FileSd::SetJobs(const Config& config) {
  MutexLock lock(mutex_);
  jobs_.clear();
  for (const ScrapeConfig& job : config.scrape_configs) {
    for (const FileSdConfig& files : job.file_sd_configs) jobs_.emplace_back(job.job_name, files);
  }
  if (!jobs_.empty() && !thread_.joinable()) {
    inotify_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (inotify_ < 0) {
      LogWarn("target files are read every refresh_interval only: no inotify",
              {{"reason", Status::FromErrno(errno, "inotify_init1").message()}});
    }
    wakeup_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    thread_ = std::thread([this] { Run(); });
  }
  Refresh();
  // The thread may have slept for an interval that is another one now.
  if (wakeup_ >= 0) eventfd_write(wakeup_, 1);
}

DiscoveredGroups FileSd::Groups() const {
  MutexLock lock(mutex_);
  DiscoveredGroups groups;
  for (const auto& [job, path] : job_files_) {
    std::vector<TargetGroup>& of_job = groups[job];
    for (const TargetGroup& group : files_.at(path).groups) {
      of_job.push_back(group);
      of_job.back().labels[kFilePathLabel] = path;
    }
  }
  return groups;
}

void FileSd::Run() {
  pthread_setname_np(pthread_self(), "file-sd");
  while (WaitForWork()) {
    bool changed = false;
    {
      MutexLock lock(mutex_);
      changed = Refresh();
    }
    if (changed) on_change_();
  }
}

bool FileSd::WaitForWork() {
  while (true) {
    std::array<pollfd, 2> waiting{{{wakeup_, POLLIN, 0}, {inotify_, POLLIN, 0}}};
    const int ready = poll(waiting.data(), waiting.size(), RefreshIntervalMs());
    {
      MutexLock lock(mutex_);
      if (stopping_) return false;
    }
    if (ready == 0) return true;
    if (waiting[1].revents != 0) {
      WaitReadable(wakeup_, kFileEventsSettleMs);
      DrainEvents();
      return true;
    }
    // SetJobs has read everything itself; the interval begins anew.
    eventfd_t count = 0;
    eventfd_read(wakeup_, &count);
  }
}

void FileSd::DrainEvents() const {
  alignas(inotify_event) std::array<char, 16384> buffer;
  while (read(inotify_, buffer.data(), buffer.size()) > 0) {
  }
}

int FileSd::RefreshIntervalMs() const {
  MutexLock lock(mutex_);
  std::int64_t shortest_ms = std::numeric_limits<int>::max();
  for (const auto& [job, files] : jobs_) shortest_ms = std::min(shortest_ms, files.refresh_interval_ms);
  return static_cast<int>(shortest_ms);
}

FileSd::JobFiles FileSd::ListFiles() {
  JobFiles listed;
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& [job, files] : jobs_) {
    for (const std::string& pattern : files.files) {
      for (std::string& path : FilesMatching(pattern)) {
        std::pair<std::string, std::string> file(job, std::move(path));
        if (seen.insert(file).second) listed.push_back(std::move(file));
      }
    }
  }
  const bool too_many = listed.size() > kTargetFilesMax;
  if (too_many && !too_many_) {
    LogError("too many target files; the last ones are left out",
             {{"files", listed.size()}, {"allowed", kTargetFilesMax}});
  }
  too_many_ = too_many;
  listed.resize(std::min(listed.size(), kTargetFilesMax));
  return listed;
}

bool FileSd::Refresh() {
  WatchDirectories();
  JobFiles listed = ListFiles();
  bool changed = listed != job_files_;
  std::map<std::string, File> files;
  std::size_t bytes_left = kTargetFilesBytesMax;
  for (const auto& [job, path] : listed) {
    if (files.contains(path)) continue;
    const auto before = files_.find(path);
    File file = before == files_.end() ? File{} : std::move(before->second);
    changed = ReadFile(path, bytes_left, file) || changed;
    bytes_left -= std::min(bytes_left, file.text.size());
    files.emplace(path, std::move(file));
  }
  refused_files_ = static_cast<std::size_t>(
      std::count_if(files.begin(), files.end(), [](const auto& file) { return !file.second.error.empty(); }));
  files_ = std::move(files);
  job_files_ = std::move(listed);
  return changed;
}

// True when the groups may be others than before.
bool FileSd::ReadFile(const std::string& path, std::size_t bytes_left, File& file) {
  const std::size_t bytes_max = std::min(bytes_left, kTargetFileBytesMax);
  Result<std::string> text = ReadSmallFile(path, FileKind::kRegular, bytes_max);
  std::string error;
  bool changed = false;
  if (!text.ok()) {
    error = path + ": " + text.status().message();
    if (text.status().code() == StatusCode::kResourceExhausted && bytes_max < kTargetFileBytesMax) {
      error += ", what is left of " + std::to_string(kTargetFilesBytesMax) + " for all target files";
    }
  } else if (*text != file.text) {
    TargetGroupsResult result = ParseTargetGroups(*text);
    if (result.groups) {
      file.text = std::move(*text);
      file.groups = std::move(*result.groups);
      changed = true;
    } else {
      error = ErrorOf(result, path);
    }
  }
  if (error != file.error) {
    if (error.empty()) {
      LogInfo("target file is good again", {{"file", path}});
    } else {
      LogError("target file refused; its targets stay as they were", {{"error", error}});
    }
  }
  file.error = std::move(error);
  return changed;
}

void FileSd::WatchDirectories() {
  if (inotify_ < 0) return;
  std::map<std::string, int> watches;
  std::set<std::string> unwatched;
  for (const auto& [job, files] : jobs_) {
    for (const std::string& pattern : files.files) {
      const std::string directory = DirectoryOf(pattern);
      if (watches.contains(directory) || unwatched.contains(directory)) continue;
      // The same number again for a directory that is watched already.
      const int watch = inotify_add_watch(inotify_, directory.c_str(), kEvents);
      if (watch >= 0) {
        watches.emplace(directory, watch);
        continue;
      }
      if (!unwatched_.contains(directory)) {
        LogWarn("directory of target files cannot be watched; looking again every refresh_interval",
                {{"directory", directory}, {"reason", Status::FromErrno(errno, "inotify_add_watch").message()}});
      }
      unwatched.insert(directory);
    }
  }
  std::set<int> used;
  for (const auto& [directory, watch] : watches) used.insert(watch);
  for (const auto& [directory, watch] : watches_) {
    if (!used.contains(watch)) inotify_rm_watch(inotify_, watch);
  }
  watches_ = std::move(watches);
  unwatched_ = std::move(unwatched);
}

}  // namespace proxy_telemetry

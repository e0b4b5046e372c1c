#include "files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>
#include <vector>

#include "env/store_env.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr mode_t kFileMode = 0640;
constexpr int kDepthMax = 16;  // of directories in directories; the store's are less deep

Status WriteAndSync(StoreEnv& env, const std::string& path, std::string_view content) {
  leveldb::WritableFile* opened = nullptr;
  PT_RETURN_IF_ERROR(FromEnv(env.NewWritableFile(path, &opened), "create " + path));
  const std::unique_ptr<leveldb::WritableFile> file(opened);
  PT_RETURN_IF_ERROR(FromEnv(file->Append({content.data(), content.size()}), "write " + path));
  PT_RETURN_IF_ERROR(FromEnv(file->Sync(), "sync " + path));
  return FromEnv(file->Close(), "close " + path);
}

// The names in a directory; false if it is none.
bool ListDirectory(StoreEnv& env, const std::string& directory, std::vector<std::string>& names) {
  if (!env.GetChildren(directory, &names).ok()) return false;
  std::erase_if(names, [](const std::string& name) { return name == "." || name == ".."; });
  return true;
}

Status RemoveTree(StoreEnv& env, const std::filesystem::path& path, int depth) {
  std::error_code error;
  std::vector<std::string> names;
  if (std::filesystem::is_symlink(path, error) || depth == kDepthMax || !ListDirectory(env, path.string(), names)) {
    const leveldb::Status removed = env.RemoveFile(path.string());
    return removed.IsNotFound() ? Status::Ok() : FromEnv(removed, "remove " + path.string());
  }
  Status first;
  for (const std::string& name : names) {
    Status removed = RemoveTree(env, path / name, depth + 1);
    if (first.ok()) first = std::move(removed);
  }
  const leveldb::Status removed = env.RemoveDir(path.string());
  return first.ok() && !removed.IsNotFound() ? FromEnv(removed, "remove " + path.string()) : first;
}

std::uint64_t DirectoryBytes(StoreEnv& env, const std::filesystem::path& directory, int depth) {
  std::vector<std::string> names;
  if (depth == kDepthMax || !ListDirectory(env, directory.string(), names)) {
    std::uint64_t bytes = 0;
    return env.GetFileSize(directory.string(), &bytes).ok() ? bytes : 0;
  }
  std::uint64_t bytes = 0;
  for (const std::string& name : names) bytes += DirectoryBytes(env, directory / name, depth + 1);
  return bytes;
}

}  // namespace

Status WriteFileAtomically(StoreEnv& env, const std::filesystem::path& path, std::string_view content) {
  const std::string temporary = path.string() + ".tmp";
  Status written = WriteAndSync(env, temporary, content);
  if (written.ok()) return Rename(env, temporary, path);
  // On a full disk even a few bytes less matter. What is left behind is overwritten by the next one.
  static_cast<void>(env.RemoveFile(temporary).ok());
  return written;
}

Result<std::string> ReadSmallFile(StoreEnv& env, const std::filesystem::path& path, std::size_t bytes_max) {
  leveldb::SequentialFile* opened = nullptr;
  const leveldb::Status found = env.NewSequentialFile(path.string(), &opened);
  if (found.IsNotFound()) return Status::NotFound("open " + path.string() + ": " + found.ToString());
  PT_RETURN_IF_ERROR(FromEnv(found, "open " + path.string()));
  const std::unique_ptr<leveldb::SequentialFile> file(opened);
  std::string content;
  std::string scratch(bytes_max + 1, '\0');
  while (content.size() <= bytes_max) {
    leveldb::Slice read;
    PT_RETURN_IF_ERROR(
        FromEnv(file->Read(scratch.size() - content.size(), &read, scratch.data()), "read " + path.string()));
    if (read.empty()) return content;
    content.append(read.data(), read.size());
  }
  return Status::Corruption(path.string() + " is larger than it can be");
}

Status MakeDirectory(StoreEnv& env, const std::filesystem::path& directory) {
  if (directory.empty()) return Status::InvalidArgument("make directory: it has no name");
  const std::filesystem::path parent = directory.has_parent_path() ? directory.parent_path() : ".";
  std::vector<std::string> names;
  if (parent != directory && !env.FileExists(parent.string())) PT_RETURN_IF_ERROR(MakeDirectory(env, parent));
  const leveldb::Status made = env.CreateDir(directory.string());
  if (made.ok()) return env.SyncDirectory(parent);
  if (ListDirectory(env, directory.string(), names)) return Status::Ok();
  return FromEnv(made, "make directory " + directory.string());
}

Status Rename(StoreEnv& env, const std::filesystem::path& from, const std::filesystem::path& to) {
  const std::string what = "rename " + from.string() + " to " + to.string();
  PT_RETURN_IF_ERROR(FromEnv(env.RenameFile(from.string(), to.string()), what));
  return env.SyncDirectory(to.parent_path());
}

Status RemoveTree(StoreEnv& env, const std::filesystem::path& path) { return RemoveTree(env, path, 0); }

std::uint64_t DirectoryBytes(StoreEnv& env, const std::filesystem::path& directory) {
  return DirectoryBytes(env, directory, 0);
}

Result<DirectoryLock> DirectoryLock::Take(const std::filesystem::path& directory) {
  return Take(directory, O_RDWR | O_CREAT);
}

Result<DirectoryLock> DirectoryLock::TakeExisting(const std::filesystem::path& directory) {
  return Take(directory, O_RDONLY);
}

Result<DirectoryLock> DirectoryLock::Take(const std::filesystem::path& directory, int flags) {
  const std::string path = directory / "LOCK";
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, kFileMode);
  if (fd < 0) return Status::FromErrno(errno, "open " + path);
  DirectoryLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return Status::FromErrno(errno, "lock " + path);
  return Status::Unavailable("another proxy-telemetry has " + directory.string() +
                             " open; stop it, or give this one another --storage.path");
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace proxy_telemetry::tsdb

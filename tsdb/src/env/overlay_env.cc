#include "env/overlay_env.h"

#include <algorithm>
#include <utility>

#include "env/quiet_env.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr std::size_t kCopyBytes = 64 << 10;

class HeldLock : public leveldb::FileLock {
 public:
  explicit HeldLock(std::string path) : path_(std::move(path)) {}
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

// One name for one file: no dots, no slash at the end.
std::string Normal(const std::string& path) {
  std::string normal = std::filesystem::path(path).lexically_normal().string();
  while (normal.size() > 1 && normal.ends_with('/')) normal.pop_back();
  return normal;
}

std::string ParentOf(const std::string& normal) { return std::filesystem::path(normal).parent_path().string(); }

leveldb::Status Missing(const std::string& path) { return leveldb::Status::NotFound(path, "No such file"); }

}  // namespace

OverlayEnv::OverlayEnv(leveldb::Env* base, std::uint64_t bytes_max)
    : StoreEnv(base), budget_(std::make_shared<MemoryBudget>(bytes_max)) {}

void OverlayEnv::Freeze() {
  const MutexLock lock(mutex_);
  frozen_ = true;
}

OverlayEnv::Entry OverlayEnv::Find(const std::string& path) {
  const std::string normal = Normal(path);
  const auto found = entries_.find(normal);
  if (found != entries_.end()) return found->second;
  return {nullptr, target()->FileExists(normal) ? normal : ""};
}

leveldb::Status OverlayEnv::NewSequentialFile(const std::string& path, leveldb::SequentialFile** file) {
  *file = nullptr;
  const MutexLock lock(mutex_);
  const Entry entry = Find(path);
  if (!entry.Exists()) return Missing(path);
  if (entry.memory == nullptr) return target()->NewSequentialFile(entry.base, file);
  *file = NewMemoryReader(entry.memory);
  return leveldb::Status::OK();
}

leveldb::Status OverlayEnv::NewRandomAccessFile(const std::string& path, leveldb::RandomAccessFile** file) {
  *file = nullptr;
  const MutexLock lock(mutex_);
  const Entry entry = Find(path);
  if (!entry.Exists()) return Missing(path);
  if (entry.memory == nullptr) return target()->NewRandomAccessFile(entry.base, file);
  *file = NewMemoryRandomReader(entry.memory);
  return leveldb::Status::OK();
}

leveldb::Status OverlayEnv::NewWritableFile(const std::string& path, leveldb::WritableFile** file) {
  *file = nullptr;
  const MutexLock lock(mutex_);
  if (frozen_) return leveldb::Status::IOError(path, "the database is open for reading only");
  auto memory = std::make_shared<MemoryFile>(budget_);
  entries_[Normal(path)] = {memory, ""};
  *file = NewMemoryWriter(std::move(memory), path, budget_);
  return leveldb::Status::OK();
}

leveldb::Status OverlayEnv::NewAppendableFile(const std::string& path, leveldb::WritableFile** file) {
  *file = nullptr;
  const MutexLock lock(mutex_);
  if (frozen_) return leveldb::Status::IOError(path, "the database is open for reading only");
  const Entry entry = Find(path);
  std::shared_ptr<MemoryFile> memory = entry.memory;
  if (memory == nullptr) {
    const leveldb::Status copied = CopyUp(path, entry, memory);
    if (!copied.ok()) return copied;
  }
  entries_[Normal(path)] = {memory, ""};
  *file = NewMemoryWriter(std::move(memory), path, budget_);
  return leveldb::Status::OK();
}

leveldb::Status OverlayEnv::CopyUp(const std::string& path, const Entry& entry, std::shared_ptr<MemoryFile>& copy) {
  copy = std::make_shared<MemoryFile>(budget_);
  if (!entry.Exists()) return leveldb::Status::OK();
  leveldb::SequentialFile* opened = nullptr;
  leveldb::Status status = target()->NewSequentialFile(entry.base, &opened);
  const std::unique_ptr<leveldb::SequentialFile> from(opened);
  const std::unique_ptr<leveldb::WritableFile> to(NewMemoryWriter(copy, path, budget_));
  std::string scratch(kCopyBytes, '\0');
  leveldb::Slice read;
  while (status.ok()) {
    status = from->Read(scratch.size(), &read, scratch.data());
    if (!status.ok() || read.empty()) return status;
    status = to->Append(read);
  }
  return status;
}

bool OverlayEnv::FileExists(const std::string& path) {
  const MutexLock lock(mutex_);
  return made_directories_.contains(Normal(path)) || Find(path).Exists();
}

leveldb::Status OverlayEnv::GetChildren(const std::string& directory, std::vector<std::string>* names) {
  names->clear();
  const MutexLock lock(mutex_);
  const std::string normal = Normal(directory);
  std::vector<std::string> of_base;
  leveldb::Status status = target()->GetChildren(normal, &of_base);
  if (!status.ok() && !made_directories_.contains(normal)) return status;
  std::set<std::string> all(of_base.begin(), of_base.end());
  for (const auto& [path, entry] : entries_) {
    if (ParentOf(path) != normal) continue;
    const std::string name = std::filesystem::path(path).filename().string();
    if (entry.Exists()) {
      all.insert(name);
    } else {
      all.erase(name);
    }
  }
  for (const std::string& path : made_directories_) {
    if (ParentOf(path) == normal) all.insert(std::filesystem::path(path).filename().string());
  }
  names->assign(all.begin(), all.end());
  return leveldb::Status::OK();
}

leveldb::Status OverlayEnv::RemoveFile(const std::string& path) {
  const MutexLock lock(mutex_);
  if (!Find(path).Exists()) return Missing(path);
  entries_[Normal(path)] = {};
  return leveldb::Status::OK();
}

leveldb::Status OverlayEnv::CreateDir(const std::string& directory) {
  const MutexLock lock(mutex_);
  const std::string normal = Normal(directory);
  if (Find(normal).Exists() || !made_directories_.insert(normal).second) {
    return leveldb::Status::IOError(directory, "File exists");
  }
  return leveldb::Status::OK();
}

leveldb::Status OverlayEnv::RemoveDir(const std::string& directory) {
  const MutexLock lock(mutex_);
  if (made_directories_.erase(Normal(directory)) != 0) return leveldb::Status::OK();
  return leveldb::Status::NotSupported(directory, "the database is open for reading only");
}

leveldb::Status OverlayEnv::GetFileSize(const std::string& path, std::uint64_t* size) {
  *size = 0;
  const MutexLock lock(mutex_);
  const Entry entry = Find(path);
  if (!entry.Exists()) return Missing(path);
  if (entry.memory == nullptr) return target()->GetFileSize(entry.base, size);
  *size = entry.memory->size();
  return leveldb::Status::OK();
}

leveldb::Status OverlayEnv::RenameFile(const std::string& from, const std::string& to) {
  const MutexLock lock(mutex_);
  const Entry entry = Find(from);
  if (!entry.Exists()) return Missing(from);
  if (Normal(from) == Normal(to)) return leveldb::Status::OK();
  entries_[Normal(to)] = entry;
  entries_[Normal(from)] = {};
  return leveldb::Status::OK();
}

leveldb::Status OverlayEnv::LockFile(const std::string& path, leveldb::FileLock** lock) {
  *lock = nullptr;
  const MutexLock held(mutex_);
  if (!locked_.insert(Normal(path)).second) return leveldb::Status::IOError(path, "is locked already");
  *lock = new HeldLock(Normal(path));
  return leveldb::Status::OK();
}

leveldb::Status OverlayEnv::UnlockFile(leveldb::FileLock* lock) {
  const std::unique_ptr<HeldLock> held(static_cast<HeldLock*>(lock));
  const MutexLock guard(mutex_);
  locked_.erase(held->path());
  return leveldb::Status::OK();
}

leveldb::Status OverlayEnv::NewLogger(const std::string& /*path*/, leveldb::Logger** logger) {
  *logger = new NullLogger();
  return leveldb::Status::OK();
}

leveldb::Status OverlayEnv::GetTestDirectory(std::string* /*path*/) {
  return leveldb::Status::NotSupported("an overlay makes no directories");
}

Status OverlayEnv::SyncDirectory(const std::filesystem::path& /*directory*/) { return Status::Ok(); }

std::uint64_t OverlayEnv::FreeBytes(const std::filesystem::path& /*path*/) {
  return budget_->bytes_max() - std::min(budget_->bytes_max(), budget_->used());
}

std::uint64_t OverlayEnv::SizeBytes(const std::filesystem::path& /*path*/) { return budget_->bytes_max(); }

}  // namespace proxy_telemetry::tsdb

#include "fault_env.h"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include "env/quiet_env.h"

namespace proxy_telemetry::tsdb {
namespace {

leveldb::Status NoSpace(const std::string& path) {
  return leveldb::Status::IOError(path, std::generic_category().message(ENOSPC));
}

}  // namespace

class FaultEnv::File : public leveldb::WritableFile {
 public:
  File(FaultEnv& env, std::string path, leveldb::WritableFile* base, std::shared_ptr<NameJournal::File> tracked)
      : env_(env), path_(std::move(path)), base_(base), tracked_(std::move(tracked)) {}

  leveldb::Status Append(const leveldb::Slice& data) override {
    const MutexLock lock(env_.mutex_);
    leveldb::Status status = env_.Count(path_);
    if (!status.ok()) return status;
    const std::uint64_t bytes = env_.TakeSpace(data.size());
    status = base_->Append(leveldb::Slice(data.data(), bytes));
    if (status.ok()) tracked_->written += bytes;
    return status.ok() && bytes < data.size() ? NoSpace(path_) : status;
  }

  leveldb::Status Flush() override { return base_->Flush(); }

  leveldb::Status Sync() override {
    const MutexLock lock(env_.mutex_);
    leveldb::Status status = env_.Count(path_);
    if (status.ok()) status = base_->Sync();
    if (!status.ok()) return status;
    const std::filesystem::path path(path_);
    // As LevelDB's own Env does.
    if (path.filename().string().starts_with("MANIFEST")) env_.journal_.SyncDirectory(path.parent_path());
    env_.journal_.SyncFile(tracked_);
    return status;
  }

  leveldb::Status Close() override {
    const MutexLock lock(env_.mutex_);
    const leveldb::Status counted = env_.Count(path_);
    const leveldb::Status closed = base_->Close();
    return counted.ok() ? closed : counted;
  }

 private:
  FaultEnv& env_;
  const std::string path_;
  const std::unique_ptr<leveldb::WritableFile> base_;
  const std::shared_ptr<NameJournal::File> tracked_;
};

void FaultEnv::SetFault(std::uint64_t first, std::uint64_t last, Error error) {
  const MutexLock lock(mutex_);
  operations_ = 0;
  failures_ = 0;
  first_fault_ = first;
  last_fault_ = last;
  error_ = error;
}

std::uint64_t FaultEnv::operations() const {
  const MutexLock lock(mutex_);
  return operations_;
}

std::uint64_t FaultEnv::failures() const {
  const MutexLock lock(mutex_);
  return failures_;
}

void FaultEnv::SetFreeBytes(std::uint64_t bytes) {
  const MutexLock lock(mutex_);
  free_bytes_ = bytes;
}

std::uint64_t FaultEnv::FreeBytes(const std::filesystem::path& path) {
  const std::uint64_t really_free = StoreEnv::FreeBytes(path);
  const MutexLock lock(mutex_);
  return std::min(really_free, free_bytes_);
}

void FaultEnv::PowerOffAt(std::uint64_t operation) {
  const MutexLock lock(mutex_);
  operations_ = 0;
  power_off_at_ = operation;
}

void FaultEnv::Lose(Loss loss, std::mt19937_64& random) {
  const MutexLock lock(mutex_);
  journal_.Lose(loss, random);
  power_off_at_ = kUnlimited;
  first_fault_ = 0;
}

leveldb::Status FaultEnv::Count(const std::string& path) {
  ++operations_;
  if (operations_ >= power_off_at_) return leveldb::Status::IOError(path, "the power is off");
  if (first_fault_ == 0 || operations_ < first_fault_ || operations_ > last_fault_) return leveldb::Status::OK();
  ++failures_;
  return error_ == Error::kNoSpace ? NoSpace(path) : leveldb::Status::IOError(path, "injected");
}

leveldb::Status FaultEnv::CountCreation(const std::string& path) {
  const leveldb::Status status = Count(path);
  return status.ok() && free_bytes_ == 0 ? NoSpace(path) : status;
}

std::uint64_t FaultEnv::TakeSpace(std::uint64_t bytes) {
  if (free_bytes_ == kUnlimited) return bytes;
  const std::uint64_t taken = std::min(bytes, free_bytes_);
  free_bytes_ -= taken;
  return taken;
}

void FaultEnv::GiveSpaceOf(const std::string& path) {
  std::error_code error;
  if (free_bytes_ == kUnlimited || !std::filesystem::is_regular_file(path, error)) return;
  const std::uint64_t size = std::filesystem::file_size(path, error);
  if (!error) free_bytes_ += size;
}

leveldb::Status FaultEnv::Opened(leveldb::Status status, const std::string& path,
                                 std::shared_ptr<NameJournal::File> file, leveldb::WritableFile** opened) {
  if (status.ok()) *opened = new File(*this, path, *opened, std::move(file));
  return status;
}

leveldb::Status FaultEnv::NewWritableFile(const std::string& path, leveldb::WritableFile** file) {
  *file = nullptr;
  const MutexLock lock(mutex_);
  const leveldb::Status status = CountCreation(path);
  if (!status.ok()) return status;
  GiveSpaceOf(path);
  auto tracked = journal_.Create(path);
  return Opened(target()->NewWritableFile(path, file), path, std::move(tracked), file);
}

leveldb::Status FaultEnv::NewAppendableFile(const std::string& path, leveldb::WritableFile** file) {
  *file = nullptr;
  const MutexLock lock(mutex_);
  const leveldb::Status status = CountCreation(path);
  if (!status.ok()) return status;
  auto tracked = journal_.OpenToAppend(path);
  return Opened(target()->NewAppendableFile(path, file), path, std::move(tracked), file);
}

leveldb::Status FaultEnv::RemoveFile(const std::string& path) {
  const MutexLock lock(mutex_);
  const leveldb::Status status = Count(path);
  if (!status.ok()) return status;
  GiveSpaceOf(path);
  return journal_.Remove(path) ? status : leveldb::Status::NotFound(path, "No such file");
}

leveldb::Status FaultEnv::CreateDir(const std::string& directory) {
  const MutexLock lock(mutex_);
  const leveldb::Status status = CountCreation(directory);
  if (!status.ok()) return status;
  journal_.MakeDirectory(directory);
  return StoreEnv::CreateDir(directory);
}

leveldb::Status FaultEnv::RemoveDir(const std::string& directory) {
  const MutexLock lock(mutex_);
  const leveldb::Status status = Count(directory);
  if (!status.ok()) return status;
  journal_.RemoveDirectory(directory);
  return target()->RemoveDir(directory);
}

leveldb::Status FaultEnv::RenameFile(const std::string& from, const std::string& to) {
  const MutexLock lock(mutex_);
  const leveldb::Status status = Count(from);
  if (!status.ok()) return status;
  std::error_code error;
  if (!std::filesystem::exists(from, error)) return leveldb::Status::NotFound(from, "No such file");
  GiveSpaceOf(to);
  return journal_.Rename(from, to) ? status : leveldb::Status::IOError(from, "cannot be renamed to " + to);
}

leveldb::Status FaultEnv::NewLogger(const std::string& /*path*/, leveldb::Logger** logger) {
  *logger = new NullLogger();
  return leveldb::Status::OK();
}

Status FaultEnv::SyncDirectory(const std::filesystem::path& directory) {
  const MutexLock lock(mutex_);
  PT_RETURN_IF_ERROR(FromEnv(Count(directory.string()), "sync " + directory.string()));
  PT_RETURN_IF_ERROR(StoreEnv::SyncDirectory(directory));
  journal_.SyncDirectory(directory);
  return Status::Ok();
}

}  // namespace proxy_telemetry::tsdb

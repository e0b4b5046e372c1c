#include "env/memory_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace proxy_telemetry::tsdb {
namespace {

class Writer : public leveldb::WritableFile {
 public:
  Writer(std::shared_ptr<MemoryFile> file, std::string path, std::shared_ptr<MemoryBudget> budget)
      : file_(std::move(file)), path_(std::move(path)), budget_(std::move(budget)) {}

  leveldb::Status Append(const leveldb::Slice& data) override {
    if (file_->Append(data)) return leveldb::Status::OK();
    return leveldb::Status::IOError(path_, "is kept in memory, where there is no room for more than " +
                                               std::to_string(budget_->bytes_max()) + " bytes");
  }
  leveldb::Status Close() override { return leveldb::Status::OK(); }
  leveldb::Status Flush() override { return leveldb::Status::OK(); }
  leveldb::Status Sync() override { return leveldb::Status::OK(); }

 private:
  const std::shared_ptr<MemoryFile> file_;
  const std::string path_;
  const std::shared_ptr<MemoryBudget> budget_;
};

class SequentialReader : public leveldb::SequentialFile {
 public:
  explicit SequentialReader(std::shared_ptr<const MemoryFile> file) : file_(std::move(file)) {}

  leveldb::Status Read(std::size_t size, leveldb::Slice* result, char* scratch) override {
    const std::size_t got = file_->Read(offset_, size, scratch);
    offset_ += got;
    *result = leveldb::Slice(scratch, got);
    return leveldb::Status::OK();
  }
  leveldb::Status Skip(std::uint64_t bytes) override {
    const std::uint64_t size = file_->size();
    offset_ = bytes > size - std::min(size, offset_) ? size : offset_ + bytes;
    return leveldb::Status::OK();
  }

 private:
  const std::shared_ptr<const MemoryFile> file_;
  std::uint64_t offset_ = 0;
};

class RandomReader : public leveldb::RandomAccessFile {
 public:
  explicit RandomReader(std::shared_ptr<const MemoryFile> file) : file_(std::move(file)) {}

  leveldb::Status Read(std::uint64_t offset, std::size_t size, leveldb::Slice* result, char* scratch) const override {
    *result = leveldb::Slice(scratch, file_->Read(offset, size, scratch));
    return leveldb::Status::OK();
  }

 private:
  const std::shared_ptr<const MemoryFile> file_;
};

}  // namespace

bool MemoryBudget::Take(std::uint64_t bytes) {
  if (used_.fetch_add(bytes) + bytes <= bytes_max_) return true;
  used_ -= bytes;
  return false;
}

MemoryFile::~MemoryFile() { budget_->GiveBack(chunks_.size() * kChunkBytes); }

bool MemoryFile::Append(const leveldb::Slice& data) {
  const MutexLock lock(mutex_);
  const std::size_t chunks = (size_ + data.size() + kChunkBytes - 1) / kChunkBytes;
  const std::size_t more = chunks - chunks_.size();
  if (!budget_->Take(more * kChunkBytes)) return false;

  while (chunks_.size() < chunks) chunks_.push_back(std::make_unique<Chunk>());
  for (std::size_t done = 0; done < data.size();) {
    const std::size_t at = size_ % kChunkBytes;
    const std::size_t count = std::min(kChunkBytes - at, data.size() - done);
    std::memcpy(chunks_[size_ / kChunkBytes]->data() + at, data.data() + done, count);
    done += count;
    size_ += count;
  }
  return true;
}

std::size_t MemoryFile::Read(std::uint64_t offset, std::size_t size, char* out) const {
  const MutexLock lock(mutex_);
  if (offset >= size_) return 0;
  const std::size_t count = std::min<std::uint64_t>(size, size_ - offset);
  for (std::size_t done = 0; done < count;) {
    const std::size_t at = (offset + done) % kChunkBytes;
    const std::size_t here = std::min(kChunkBytes - at, count - done);
    std::memcpy(out + done, chunks_[(offset + done) / kChunkBytes]->data() + at, here);
    done += here;
  }
  return count;
}

std::uint64_t MemoryFile::size() const {
  const MutexLock lock(mutex_);
  return size_;
}

leveldb::WritableFile* NewMemoryWriter(std::shared_ptr<MemoryFile> file, const std::string& path,
                                       std::shared_ptr<MemoryBudget> budget) {
  return new Writer(std::move(file), path, std::move(budget));
}

leveldb::SequentialFile* NewMemoryReader(std::shared_ptr<const MemoryFile> file) {
  return new SequentialReader(std::move(file));
}

leveldb::RandomAccessFile* NewMemoryRandomReader(std::shared_ptr<const MemoryFile> file) {
  return new RandomReader(std::move(file));
}

}  // namespace proxy_telemetry::tsdb

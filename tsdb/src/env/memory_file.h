// MemoryFile: a file that is nowhere but in memory, and the readers and writers that LevelDB has of it.
#pragma once

#include <leveldb/env.h>
#include <leveldb/slice.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"

namespace proxy_telemetry::tsdb {

// What all files of one OverlayEnv may take together.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  // False when that is more than there is; nothing is taken then.
  bool Take(std::uint64_t bytes);
  void GiveBack(std::uint64_t bytes) { used_ -= bytes; }
  std::uint64_t used() const { return used_; }
  std::uint64_t bytes_max() const { return bytes_max_; }

 private:
  const std::uint64_t bytes_max_;
  std::atomic<std::uint64_t> used_{0};
};

// Lives as long as a reader, a writer or a name has it. Thread-safe.
class MemoryFile {
 public:
  explicit MemoryFile(std::shared_ptr<MemoryBudget> budget) : budget_(std::move(budget)) {}
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  // False when the budget is spent; the file then ends where it did.
  bool Append(const leveldb::Slice& data);
  // Copies at most `size` bytes; returns how many there were.
  std::size_t Read(std::uint64_t offset, std::size_t size, char* out) const;
  std::uint64_t size() const;

 private:
  static constexpr std::size_t kChunkBytes = 4096;
  using Chunk = std::array<char, kChunkBytes>;

  const std::shared_ptr<MemoryBudget> budget_;
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<Chunk>> chunks_ GUARDED_BY(mutex_);
  std::uint64_t size_ GUARDED_BY(mutex_) = 0;
};

// Each holds the file. `path`: for messages.
leveldb::WritableFile* NewMemoryWriter(std::shared_ptr<MemoryFile> file, const std::string& path,
                                       std::shared_ptr<MemoryBudget> budget);
leveldb::SequentialFile* NewMemoryReader(std::shared_ptr<const MemoryFile> file);
leveldb::RandomAccessFile* NewMemoryRandomReader(std::shared_ptr<const MemoryFile> file);

}  // namespace proxy_telemetry::tsdb

// LogTail: one open log file, read line by line from some place on. LogFile decides which file that is.
//
// Single thread; never waits.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "logs/log_file.h"

namespace proxy_telemetry {

// An inode's number in 52 bits, which a sample of the history holds exactly: some file systems use all 64.
std::uint64_t InodeKey(std::uint64_t inode);

// A line that is longer than this may never end: then the file is no log, and somebody should know.
inline constexpr std::uint64_t kEndlessLineBytes = std::uint64_t{1} << 20U;

class LogTail {
 public:
  // Regular files only. Stands at the beginning.
  static Result<std::unique_ptr<LogTail>> Open(const std::string& path);
  ~LogTail();
  LogTail(const LogTail&) = delete;
  LogTail& operator=(const LogTail&) = delete;

  // Behind the last whole line.
  void SeekToEnd();
  void SeekTo(std::uint64_t offset);
  // At the beginning, as if nothing had been read.
  void StartAgain();
  // Hands whole lines on, up to about `bytes_max`; returns how many bytes were read.
  std::size_t Read(std::size_t bytes_max, LineSink& sink);
  // What was read is there no more: the file was cut back, and maybe filled again.
  bool WasCutBack() const;
  // Nothing of it was read yet, and it is not as it was when that was asked last.
  bool IsUnreadButChanged();

  std::uint64_t inode() const { return file_.st_ino; }
  bool IsSameFile(const struct stat& other) const;
  // Whether this file still has what had been read when `position` was taken: it, or a copy of it.
  bool HasReadPart(const LogFile::Position& position) const;
  LogFile::Position position() const;

  // When something was read last, and whether all there was, for who drains it.
  std::int64_t last_read_ms = 0;
  bool was_at_end = false;
  // When it had the log's name last, Unix; for a file met later under another name, when it was made.
  std::int64_t named_ms = 0;
  std::int64_t born_ms = 0;  // of a file that was met under another name

 private:
  LogTail(int fd, const struct stat& file, std::string path);

  std::uint64_t Size() const;
  std::string Bytes(std::uint64_t from, std::uint64_t to) const;
  void Split(std::string_view piece, LineSink& sink);
  void Skip(std::size_t bytes);
  void Remember(std::string_view piece);

  const int fd_;
  const struct stat file_;
  const std::string path_;
  std::uint64_t read_ = 0;
  std::string partial_;        // of the line that has no end yet
  bool skipping_ = false;      // that line is too long
  std::uint64_t skipped_ = 0;  // bytes of it
  timespec changed_{};
  // As they were read, up to kFingerprintBytes of each: a file cut back may be full again by the time one looks.
  std::string head_;       // where the file begins
  std::string before_;     // before what is read next
  std::string line_ends_;  // before the line that has no end yet
};

}  // namespace proxy_telemetry

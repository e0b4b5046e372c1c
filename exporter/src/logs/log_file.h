// LogFile: follows a log file that grows, is renamed and made anew, or is copied and cut back to nothing.
//
// Where it stands are Positions that can be kept and taken up again by a later run, also when the file was rotated
// meanwhile, more than once even. Lines of a renamed file are read until nothing has been written to it for kDrainMs: a
// proxy goes on writing to it until it is told. Of a file that was cut back, what was not read yet is looked for in its
// copy. Compressed files are not read. Single thread; never waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace proxy_telemetry {

// A longer line is left out and counted.
inline constexpr std::size_t kLogFileLineBytesMax = std::size_t{64} << 10U;
// By how much of its beginning, and of what is before the position, a file is known again.
inline constexpr std::size_t kFingerprintBytes = 256;
inline constexpr std::int64_t kDrainMs = 600'000;
// Renamed files that are still read beside the current one.
inline constexpr std::size_t kDrainingMax = 2;
// A log that is away for so long is missed.
inline constexpr std::int64_t kMissedMs = 60'000;
// By how much a file's time of birth may lie before it was made: file systems take the time of the system's last tick.
inline constexpr std::int64_t kBirthSlackMs = 20;
// A copy of the log may be begun so long before the log is cut back.
inline constexpr std::int64_t kCopyMs = 60'000;

// Where the lines of a file go.
class LineSink {
 public:
  virtual ~LineSink() = default;
  // Without its newline; valid during the call.
  virtual void OnLine(std::string_view line) = 0;
  // One that is longer than allowed.
  virtual void OnOverlongLine() = 0;
};

class LogTail;
struct NeighbourFile;

class LogFile {
 public:
  // The first byte that no sink has seen yet.
  struct Position {
    std::uint64_t inode = 0;  // its InodeKey()
    std::uint64_t offset = 0;
    std::uint64_t fingerprint = 0;  // of the bytes read first and of those read last, below 2^52
    std::int64_t named_ms = 0;      // when the file had the log's name last; what was made later was never read
  };

  // `from_beginning`: of a file met without a position, all lines count, else those written from then on.
  LogFile(std::string path, bool from_beginning);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  // Goes on where an earlier run was, as positions() gave it. Before the first Read(). What was written to a file that
  // cannot be found any more is lost, which the log says.
  void Resume(std::vector<Position> positions);

  // Hands whole lines to `sink`, up to about `bytes_max`; returns how many bytes were read.
  std::size_t Read(std::size_t bytes_max, std::int64_t steady_now_ms, LineSink& sink);

  // Why the file cannot be read now; ok while it can.
  const Status& status() const { return status_; }
  // Of the current file, then of the renamed ones that are still read; none while nothing was ever read.
  std::vector<Position> positions() const;

 private:
  void Open();
  void OpenFirst(std::unique_ptr<LogTail> tail);
  std::size_t ReadDraining(std::size_t bytes_max, std::int64_t steady_now_ms, LineSink& sink);
  void NoteCutBack();
  void NoteUnreadCopy();
  void NoteAway(std::int64_t steady_now_ms);
  bool FollowRotation(bool at_end, std::int64_t steady_now_ms);
  bool IsRead(std::uint64_t inode) const;
  std::unique_ptr<LogTail> FindAgain(const Position& position) const;
  std::unique_ptr<LogTail> FindCopy(const Position& position) const;
  std::unique_ptr<LogTail> OldestSince(std::int64_t named_ms) const;
  std::unique_ptr<LogTail> OpenFirstOf(const std::function<std::vector<NeighbourFile>()>& list,
                                       const std::function<bool(const NeighbourFile&)>& wanted,
                                       const Position* position) const;

  const std::string path_;
  const bool from_beginning_;
  Status status_;
  std::vector<Position> stored_;               // to be taken up at the first opening
  bool met_before_ = false;                    // what comes under this name now is new as a whole
  std::optional<std::int64_t> away_since_ms_;  // steady; nothing has the log's name
  bool is_missed_ = false;
  std::unique_ptr<LogTail> current_;
  std::vector<std::unique_ptr<LogTail>> draining_;
};

}  // namespace proxy_telemetry

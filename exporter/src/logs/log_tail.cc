#include "logs/log_tail.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"

namespace proxy_telemetry {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} << 10U;
constexpr std::uint64_t kFoldMask = (std::uint64_t{1} << 52U) - 1;

std::uint64_t Fold(std::uint64_t number) { return (number ^ (number >> 52U)) & kFoldMask; }

std::uint64_t FingerprintOf(std::string_view head, std::string_view before) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const std::string_view bytes : {head, before}) {
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return Fold(hash);
}

// The last bytes of `text` followed by `more`.
std::string LastBytes(std::string_view text, std::string_view more) {
  if (more.size() >= kFingerprintBytes) return std::string(more.substr(more.size() - kFingerprintBytes));
  const std::size_t room = kFingerprintBytes - more.size();
  std::string last(text.substr(text.size() - std::min(text.size(), room)));
  return last.append(more);
}

std::uint64_t Back(std::uint64_t offset) { return offset - std::min<std::uint64_t>(offset, kFingerprintBytes); }

}  // namespace

std::uint64_t InodeKey(std::uint64_t inode) { return Fold(inode); }

Result<std::unique_ptr<LogTail>> LogTail::Open(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    const Status failure = Status::FromErrno(errno, "open " + path);
    return errno == ENOENT ? Status::NotFound(path + " is not there yet") : failure;
  }
  struct stat file{};
  if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) {
    close(fd);
    return Status::InvalidArgument(path + " is no regular file; use listen: for what is sent");
  }
  return std::unique_ptr<LogTail>(new LogTail(fd, file, path));
}

LogTail::LogTail(int fd, const struct stat& file, std::string path)
    : fd_(fd), file_(file), path_(std::move(path)), changed_(file.st_ctim) {}

LogTail::~LogTail() { close(fd_); }

std::uint64_t LogTail::Size() const {
  struct stat now{};
  return fstat(fd_, &now) == 0 ? static_cast<std::uint64_t>(now.st_size) : 0;
}

// Fewer where the file ends before.
std::string LogTail::Bytes(std::uint64_t from, std::uint64_t to) const {
  std::string bytes(to - from, '\0');
  const ssize_t got = pread(fd_, bytes.data(), bytes.size(), static_cast<off_t>(from));
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return bytes;
}

void LogTail::SeekToEnd() {
  const std::uint64_t size = Size();
  const std::uint64_t from = size - std::min<std::uint64_t>(size, kLogFileLineBytesMax);
  const std::string end = Bytes(from, size);
  const std::size_t newline = end.rfind('\n');
  // Without any newline: the only line has just begun, or it is too long anyway.
  SeekTo(newline == std::string::npos ? from : from + newline + 1);
}

void LogTail::SeekTo(std::uint64_t offset) {
  read_ = offset;
  head_ = Bytes(0, std::min<std::uint64_t>(offset, kFingerprintBytes));
  before_ = line_ends_ = Bytes(Back(offset), offset);
}

void LogTail::StartAgain() {
  SeekTo(0);
  partial_.clear();
  skipping_ = false;
}

bool LogTail::WasCutBack() const {
  return Size() < read_ || Bytes(0, head_.size()) != head_ || Bytes(read_ - before_.size(), read_) != before_;
}

bool LogTail::IsUnreadButChanged() {
  struct stat now{};
  if (read_ > 0 || fstat(fd_, &now) != 0) return false;
  const timespec before = std::exchange(changed_, now.st_ctim);
  return before.tv_sec != changed_.tv_sec || before.tv_nsec != changed_.tv_nsec;
}

std::size_t LogTail::Read(std::size_t bytes_max, LineSink& sink) {
  std::vector<char> buffer(kReadBytes);
  std::size_t total = 0;
  while (total < bytes_max) {
    const ssize_t got = pread(fd_, buffer.data(), buffer.size(), static_cast<off_t>(read_));
    if (got <= 0) break;
    const std::string_view piece(buffer.data(), static_cast<std::size_t>(got));
    Split(piece, sink);
    Remember(piece);
    read_ += piece.size();
    total += piece.size();
  }
  return total;
}

void LogTail::Remember(std::string_view piece) {
  if (read_ == head_.size()) head_.append(piece.substr(0, kFingerprintBytes - head_.size()));
  const std::size_t newline = piece.rfind('\n');
  if (newline != std::string_view::npos) line_ends_ = LastBytes(before_, piece.substr(0, newline + 1));
  before_ = LastBytes(before_, piece);
}

void LogTail::Skip(std::size_t bytes) {
  const bool was_endless = skipped_ >= kEndlessLineBytes;
  skipped_ += bytes;
  if (was_endless || skipped_ < kEndlessLineBytes) return;
  LogWarn("a line of an access log has no end: nothing of the file is read until a newline comes; is it a text file?",
          {{"file", path_}, {"bytes", skipped_}});
}

void LogTail::Split(std::string_view piece, LineSink& sink) {
  while (!piece.empty()) {
    const std::size_t newline = piece.find('\n');
    const std::string_view part = piece.substr(0, newline);
    if (!skipping_ && partial_.size() + part.size() > kLogFileLineBytesMax) {
      skipping_ = true;
      skipped_ = partial_.size();
      partial_.clear();
    }
    if (newline == std::string_view::npos) {
      if (skipping_) {
        Skip(part.size());
      } else {
        partial_ += part;
      }
      return;
    }
    if (skipping_) {
      sink.OnOverlongLine();
    } else if (partial_.empty()) {
      sink.OnLine(part);
    } else {
      partial_ += part;
      sink.OnLine(partial_);
    }
    skipping_ = false;
    partial_.clear();
    piece.remove_prefix(newline + 1);
  }
}

bool LogTail::IsSameFile(const struct stat& other) const {
  return other.st_ino == file_.st_ino && other.st_dev == file_.st_dev;
}

bool LogTail::HasReadPart(const LogFile::Position& position) const {
  const std::uint64_t offset = position.offset;
  return Size() >= offset && FingerprintOf(Bytes(0, std::min<std::uint64_t>(offset, kFingerprintBytes)),
                                           Bytes(Back(offset), offset)) == position.fingerprint;
}

LogFile::Position LogTail::position() const {
  LogFile::Position position;
  position.inode = InodeKey(file_.st_ino);
  position.offset = read_ - (skipping_ ? skipped_ : partial_.size());
  position.fingerprint = FingerprintOf(std::string_view(head_).substr(0, position.offset), line_ends_);
  position.named_ms = named_ms;
  return position;
}

}  // namespace proxy_telemetry

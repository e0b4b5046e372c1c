#include "logs/log_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "logs/log_tail.h"
#include "logs/rotated_files.h"

namespace proxy_telemetry {
namespace {

// The machine's own, as the file system's times are.
std::int64_t FileTimeNowMs() { return Clock::System().WallMs(); }

}  // namespace

LogFile::LogFile(std::string path, bool from_beginning) : path_(std::move(path)), from_beginning_(from_beginning) {}

LogFile::~LogFile() = default;

void LogFile::Resume(std::vector<Position> positions) { stored_ = std::move(positions); }

bool LogFile::IsRead(std::uint64_t inode) const {
  return (current_ && current_->inode() == inode) ||
         std::any_of(draining_.begin(), draining_.end(), [&](const auto& tail) { return tail->inode() == inode; });
}

// The file that `position` was taken of, whatever it is called now.
std::unique_ptr<LogTail> LogFile::FindAgain(const Position& position) const {
  return OpenFirstOf([&] { return NeighbourFiles(path_); },
                     [&](const NeighbourFile& file) {
                       // One made later has the inode of one that is gone.
                       return InodeKey(file.inode) == position.inode &&
                              file.born_ms <= position.named_ms + kBirthSlackMs;
                     },
                     &position);
}

// A copy that was made of the file before it was cut back: it has what was read, and maybe more.
std::unique_ptr<LogTail> LogFile::FindCopy(const Position& position) const {
  if (position.offset == 0) return nullptr;
  const auto youngest_first = [&] {
    std::vector<NeighbourFile> files = RotatedFiles(path_);
    std::reverse(files.begin(), files.end());
    return files;
  };
  return OpenFirstOf(
      youngest_first,
      [&](const NeighbourFile& file) {
        return file.born_ms >= position.named_ms - kCopyMs && InodeKey(file.inode) != position.inode;
      },
      &position);
}

// Of the files that had the log's name after `named_ms` and behind the current one, and have it no more, the one that
// had it first.
std::unique_ptr<LogTail> LogFile::OldestSince(std::int64_t named_ms) const {
  struct stat named{};
  const bool has_named = stat(path_.c_str(), &named) == 0;
  const std::int64_t since_ms = std::max(named_ms - kBirthSlackMs, current_ ? current_->born_ms + 1 : 0);
  return OpenFirstOf(
      [&] { return RotatedFiles(path_); },
      [&](const NeighbourFile& file) { return file.born_ms >= since_ms && !(has_named && file.inode == named.st_ino); },
      nullptr);
}

// The first of `list()` that is wanted, not read already and, with a position, still has what was read then. What is
// renamed before it could be opened is listed anew.
std::unique_ptr<LogTail> LogFile::OpenFirstOf(const std::function<std::vector<NeighbourFile>()>& list,
                                              const std::function<bool(const NeighbourFile&)>& wanted,
                                              const Position* position) const {
  bool was_renamed = true;
  for (int listing = 0; was_renamed && listing < kListingsMax; ++listing) {
    was_renamed = false;
    for (const NeighbourFile& file : list()) {
      if (!wanted(file) || IsRead(file.inode)) continue;
      auto tail = LogTail::Open(file.path);
      was_renamed = was_renamed || !tail.ok() || (*tail)->inode() != file.inode;
      if (was_renamed) break;
      if (position != nullptr && !(*tail)->HasReadPart(*position)) continue;
      (*tail)->named_ms = (*tail)->born_ms = file.born_ms;
      return std::move(*tail);
    }
  }
  return nullptr;
}

// The first opening of this run: where the one before stopped, or at the file's end.
void LogFile::OpenFirst(std::unique_ptr<LogTail> tail) {
  tail->named_ms = FileTimeNowMs();
  if (stored_.empty()) {
    if (!from_beginning_) tail->SeekToEnd();
    current_ = std::move(tail);
    return;
  }
  for (std::size_t i = 1; i < stored_.size(); ++i) {
    std::unique_ptr<LogTail> renamed = FindAgain(stored_[i]);
    if (!renamed) continue;
    renamed->SeekTo(stored_[i].offset);
    draining_.push_back(std::move(renamed));
  }
  const Position stored = stored_.front();
  if (InodeKey(tail->inode()) == stored.inode && tail->HasReadPart(stored)) {
    // Nothing of it was read: whether it was copied and cut back since, only a copy tells.
    if (stored.offset == 0) current_ = OldestSince(stored.named_ms);
    if (!current_) current_ = std::move(tail);
    current_->SeekTo(stored.offset);
  } else {
    current_ = FindAgain(stored);
    if (!current_) current_ = FindCopy(stored);
    if (current_) {
      current_->SeekTo(stored.offset);
      current_->named_ms = stored.named_ms;
    }
  }
  if (!current_) {
    LogWarn(
        "the log file that was read before is gone, removed or compressed: what was written to it since is lost; "
        "going on with the files after it",
        {{"file", path_}});
    current_ = OldestSince(stored.named_ms);
    if (!current_) current_ = std::move(tail);
  }
  stored_.clear();
}

void LogFile::Open() {
  auto tail = LogTail::Open(path_);
  status_ = tail.status();
  if (!tail.ok()) {
    // What is made from now on is new as a whole.
    if (tail.status().code() == StatusCode::kNotFound && stored_.empty()) met_before_ = true;
    return;
  }
  if (met_before_) {
    current_ = std::move(*tail);
    current_->named_ms = FileTimeNowMs();
  } else {
    OpenFirst(std::move(*tail));
  }
  met_before_ = true;
}

std::size_t LogFile::ReadDraining(std::size_t bytes_max, std::int64_t steady_now_ms, LineSink& sink) {
  // A renamed file that is cut back is another one's from then on.
  std::erase_if(draining_, [](const auto& tail) { return tail->WasCutBack(); });
  std::size_t total = 0;
  for (const auto& tail : draining_) {
    const std::size_t got = tail->Read(bytes_max, sink);
    if (got > 0 || tail->last_read_ms == 0) tail->last_read_ms = steady_now_ms;
    tail->was_at_end = got < bytes_max;
    total += got;
  }
  std::erase_if(draining_, [&](const auto& tail) { return steady_now_ms - tail->last_read_ms >= kDrainMs; });
  return total;
}

std::size_t LogFile::Read(std::size_t bytes_max, std::int64_t steady_now_ms, LineSink& sink) {
  std::size_t total = ReadDraining(bytes_max, steady_now_ms, sink);
  if (!current_) Open();
  while (current_ && total < bytes_max) {
    if (current_->WasCutBack()) NoteCutBack();
    if (current_->IsUnreadButChanged()) NoteUnreadCopy();
    const std::size_t got = current_->Read(bytes_max - total, sink);
    total += got;
    if (!FollowRotation(got == 0, steady_now_ms) && got == 0) break;
  }
  return total;
}

// What was not read of it is in its copy, if there is one; the file itself comes behind that.
void LogFile::NoteCutBack() {
  const Position position = current_->position();
  std::unique_ptr<LogTail> copy = FindCopy(position);
  if (!copy) return current_->StartAgain();
  copy->SeekTo(position.offset);
  copy->named_ms = FileTimeNowMs();
  current_ = std::move(copy);
}

// Lines that came and went before any of them was read: only a copy has them.
void LogFile::NoteUnreadCopy() {
  struct stat now{};
  if (stat(path_.c_str(), &now) != 0 || !current_->IsSameFile(now)) return;
  if (std::unique_ptr<LogTail> copy = OldestSince(current_->named_ms)) current_ = std::move(copy);
}

// Between a rename and the proxy's new file that is usual; for long it is not.
void LogFile::NoteAway(std::int64_t steady_now_ms) {
  if (!away_since_ms_) away_since_ms_ = steady_now_ms;
  if (is_missed_ || steady_now_ms - *away_since_ms_ < kMissedMs) return;
  is_missed_ = true;
  LogWarn(
      "the log file is gone; its lines are read on as long as the proxy has it open: tell the proxy to open it anew",
      {{"file", path_}});
}

// Only `at_end` of the current file: so the position kept is never ahead of what was read. True when there is another
// current file now.
bool LogFile::FollowRotation(bool at_end, std::int64_t steady_now_ms) {
  struct stat now{};
  const std::int64_t now_ms = FileTimeNowMs();
  if (stat(path_.c_str(), &now) != 0) {
    NoteAway(steady_now_ms);
    return false;
  }
  away_since_ms_.reset();
  is_missed_ = false;
  if (current_->IsSameFile(now)) {
    current_->named_ms = now_ms;
    status_ = Status::Ok();
    return false;
  }
  if (!at_end) return false;
  std::unique_ptr<LogTail> next = OldestSince(current_->named_ms);
  if (!next) {
    auto named = LogTail::Open(path_);
    status_ = named.status();
    if (!named.ok() || !(*named)->IsSameFile(now)) return false;
    next = std::move(*named);
    next->named_ms = now_ms;
  }
  current_->last_read_ms = steady_now_ms;
  current_->was_at_end = true;
  draining_.push_back(std::move(current_));
  // The oldest one goes, but none of which something is still to be read: those of an earlier run were not yet.
  const auto last = std::prev(draining_.end());
  const auto oldest = std::find_if(draining_.begin(), last, [](const auto& tail) { return tail->was_at_end; });
  if (draining_.size() > kDrainingMax && oldest != last) draining_.erase(oldest);
  current_ = std::move(next);
  return true;
}

std::vector<LogFile::Position> LogFile::positions() const {
  if (!current_) return stored_;
  std::vector<Position> positions{current_->position()};
  for (const auto& tail : draining_) positions.push_back(tail->position());
  return positions;
}

}  // namespace proxy_telemetry

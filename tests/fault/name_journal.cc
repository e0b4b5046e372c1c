#include "name_journal.h"

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

namespace proxy_telemetry::tsdb {
namespace {

namespace fs = std::filesystem;

bool IsFile(const std::string& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

}  // namespace

NameJournal::NameJournal(fs::path aside) : aside_(std::move(aside)) { fs::create_directories(aside_); }

NameJournal::~NameJournal() {
  std::error_code ignored;
  fs::remove_all(aside_, ignored);
}

std::shared_ptr<NameJournal::File> NameJournal::Tracked(const std::string& path) {
  std::shared_ptr<File>& file = files_[path];
  if (file == nullptr) {
    const std::uint64_t size = fs::file_size(path);
    file = std::make_shared<File>(File{size, size});
  }
  return file;
}

void NameJournal::PutAside(const std::string& path, Change& change) {
  if (!IsFile(path)) return;
  change.lost = Tracked(path);
  change.aside = aside_ / std::to_string(next_aside_++);
  fs::rename(path, change.aside);
  files_.erase(path);
}

void NameJournal::TakeBack(const std::string& path, const Change& change) {
  // Its directory may have been removed behind the journal's back.
  std::error_code error = std::make_error_code(std::errc::no_such_file_or_directory);
  if (!change.aside.empty()) fs::rename(change.aside, path, error);
  if (!error) files_[path] = change.lost;
}

std::shared_ptr<NameJournal::File> NameJournal::Create(const std::string& path) {
  Change change{Kind::kCreate, path, "", "", std::make_shared<File>(), nullptr};
  PutAside(path, change);
  files_[path] = change.file;
  changes_.push_back(change);
  return change.file;
}

std::shared_ptr<NameJournal::File> NameJournal::OpenToAppend(const std::string& path) {
  return IsFile(path) ? Tracked(path) : Create(path);
}

void NameJournal::MakeDirectory(const std::string& path) {
  if (!fs::exists(path)) changes_.push_back({Kind::kMakeDirectory, path, "", "", nullptr, nullptr});
}

void NameJournal::RemoveDirectory(const std::string& path) {
  if (fs::is_directory(path) && fs::is_empty(path)) {
    changes_.push_back({Kind::kRemoveDirectory, path, "", "", nullptr, nullptr});
  }
}

bool NameJournal::Remove(const std::string& path) {
  if (!IsFile(path)) return false;
  Change change{Kind::kRemove, path, "", "", nullptr, nullptr};
  PutAside(path, change);
  changes_.push_back(std::move(change));
  return true;
}

bool NameJournal::Rename(const std::string& from, const std::string& to) {
  if (!fs::exists(from)) return false;
  Change change{Kind::kRename, from, to, "", IsFile(from) ? Tracked(from) : nullptr, nullptr};
  PutAside(to, change);
  std::error_code error;
  fs::rename(from, to, error);
  if (error) {
    TakeBack(to, change);
    return false;
  }
  MoveNames(from, to);
  changes_.push_back(std::move(change));
  return true;
}

// Of a file, or of all below a directory.
void NameJournal::MoveNames(const std::string& from, const std::string& to) {
  std::vector<std::pair<std::string, std::shared_ptr<File>>> moved;
  for (auto it = files_.begin(); it != files_.end();) {
    if (it->first == from || it->first.starts_with(from + "/")) {
      moved.emplace_back(to + it->first.substr(from.size()), it->second);
      it = files_.erase(it);
    } else {
      ++it;
    }
  }
  for (auto& [path, file] : moved) files_[path] = file;
}

void NameJournal::SyncFile(const std::shared_ptr<File>& file) {
  file->synced = file->written;
  std::size_t durable = 0;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    if (changes_[i].file == file) durable = i + 1;
  }
  Decide(durable);
}

void NameJournal::SyncDirectory(const fs::path& directory) {
  const auto is_in = [&directory](const std::string& path) {
    return !path.empty() &&
           fs::path(path).parent_path().lexically_normal() == (directory / "").lexically_normal().parent_path();
  };
  std::size_t durable = 0;
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    if (is_in(changes_[i].path) || is_in(changes_[i].to)) durable = i + 1;
  }
  Decide(durable);
}

// The first ones are durable.
void NameJournal::Decide(std::size_t changes) {
  for (; changes > 0; --changes) {
    if (!changes_.front().aside.empty()) fs::remove(changes_.front().aside);
    changes_.pop_front();
  }
}

void NameJournal::Undo(const Change& change) {
  std::error_code ignored;
  switch (change.kind) {
    case Kind::kCreate:
      fs::remove(change.path, ignored);
      files_.erase(change.path);
      return TakeBack(change.path, change);
    case Kind::kRemove:
      return TakeBack(change.path, change);
    case Kind::kRename:
      fs::rename(change.to, change.path, ignored);
      MoveNames(change.to, change.path);
      return TakeBack(change.to, change);
    case Kind::kMakeDirectory:
      fs::remove_all(change.path, ignored);
      return;
    case Kind::kRemoveDirectory:
      fs::create_directory(change.path, ignored);
      return;
  }
}

void NameJournal::Lose(Loss loss, std::mt19937_64& random) {
  std::size_t kept = changes_.size();
  if (loss == Loss::kBytesAndNames) kept = 0;
  if (loss == Loss::kSome) kept = random() % (changes_.size() + 1);
  for (; changes_.size() > kept; changes_.pop_back()) Undo(changes_.back());
  Decide(changes_.size());
  for (const auto& [path, file] : files_) {
    if (!IsFile(path)) continue;
    const std::uint64_t size = fs::file_size(path);
    if (size <= file->synced) continue;
    fs::resize_file(path, file->synced + (loss == Loss::kSome ? random() % (size - file->synced + 1) : 0));
  }
  files_.clear();
}

}  // namespace proxy_telemetry::tsdb

// NameJournal: which names and bytes a power cut would take back, and taking them back.
//
// The model is a journaling file system, as weak as one may be (XFS; ext4 keeps more):
//  - Creations, renames and removals happen in order; a power cut keeps a first part of them.
//  - The sync of a file makes its bytes durable, and those of its names, with all that happened before the last of
//    them. Not what happened behind: a renamed CURRENT stays undecided when another file is synced.
//  - The sync of a directory makes all durable that happened up to the last change in it.
// POSIX promises less: there a new file needs a sync of its directory too. LevelDB does not survive that: it syncs
// the directory with its MANIFEST only, and writes to logs that are newer.
//
// What is removed or overwritten goes to a directory aside until that is durable. One thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>

namespace proxy_telemetry::tsdb {

enum class Loss {
  kBytes,          // all bytes that were not synced; no names
  kBytesAndNames,  // all that was not synced
  kSome,           // a random part of what was not synced
};

class NameJournal {
 public:
  struct File {
    std::uint64_t written = 0;
    std::uint64_t synced = 0;
  };

  // `aside` is made: on the file system of the journal's files, but not among them.
  explicit NameJournal(std::filesystem::path aside);
  ~NameJournal();
  NameJournal(const NameJournal&) = delete;
  NameJournal& operator=(const NameJournal&) = delete;

  // Call before the thing is done, as something may have to be put aside. The last two do it themselves.
  std::shared_ptr<File> Create(const std::string& path);
  std::shared_ptr<File> OpenToAppend(const std::string& path);
  void MakeDirectory(const std::string& path);
  void RemoveDirectory(const std::string& path);
  bool Remove(const std::string& path);
  bool Rename(const std::string& from, const std::string& to);

  void SyncFile(const std::shared_ptr<File>& file);
  void SyncDirectory(const std::filesystem::path& directory);
  std::size_t undecided() const { return changes_.size(); }

  // On disk is then what is there after a power cut, all of it durable. Nothing may be open.
  void Lose(Loss loss, std::mt19937_64& random);

 private:
  enum class Kind { kCreate, kRemove, kRename, kMakeDirectory, kRemoveDirectory };
  struct Change {
    Kind kind;
    std::string path;            // the old one of a rename
    std::string to;              // the new one
    std::string aside;           // what was at the path that is new or gone; or empty
    std::shared_ptr<File> file;  // that was created or renamed
    std::shared_ptr<File> lost;  // what aside is
  };

  std::shared_ptr<File> Tracked(const std::string& path);
  void PutAside(const std::string& path, Change& change);
  void TakeBack(const std::string& path, const Change& change);
  void MoveNames(const std::string& from, const std::string& to);
  void Undo(const Change& change);
  void Decide(std::size_t changes);

  const std::filesystem::path aside_;
  std::uint64_t next_aside_ = 0;
  std::deque<Change> changes_;                          // that a power cut may take back
  std::map<std::string, std::shared_ptr<File>> files_;  // by path; others are durable
};

}  // namespace proxy_telemetry::tsdb

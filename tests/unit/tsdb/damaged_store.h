// DamagedStore: a history with something of every kind in it, copies of it that are damaged, and what comes of them.
//
// Partitions of ten minutes: the first is over and sealed, the others have tables and a log; a tier of a minute; two
// segments of the head's log. Once closed cleanly, and once as kill -9 would leave it.
#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "contents.h"
#include "support/scratch_dir.h"

namespace proxy_telemetry::tsdb {

enum class End { kClosed, kKilled };

// Relative to the store.
inline constexpr const char* kPast = "raw/0-600000";
inline constexpr const char* kRecent = "raw/600000-1200000";
inline constexpr const char* kNewest = "raw/1200000-1800000";
inline constexpr const char* kTier = "60s";
inline constexpr const char* kHead = "head";

struct Outcome {
  std::string what;
  std::string file;
  std::size_t lost = 0;      // points that are missing, of all samples and of the tier
  bool told = false;         // by the cursor or a counter
  bool whole = true;         // every round of every host is there or not
  bool from_the_end = true;  // what is missing of a series is newer than what is there
  std::uint64_t repaired = 0;
};

class DamagedStore {
 public:
  DamagedStore();

  std::filesystem::path Original(End end) const {
    return scratch_.path() / (end == End::kClosed ? "closed" : "killed");
  }
  // Files below `folder` whose name has `part` in it, relative to the store.
  std::vector<std::filesystem::path> Files(End end, const std::string& folder, const std::string& part) const;
  std::string Content(End end, const std::filesystem::path& file) const;
  std::size_t samples() const { return samples_; }

  // Opens a copy to which `damage` was done, and checks all that must hold whatever it was: the store opens, no value
  // is wrong, it takes further samples and keeps what it had.
  Outcome Open(End end, const std::string& what, const std::function<void(const std::filesystem::path&)>& damage) const;
  // The same, with `content` in the place of that of `file`.
  Outcome Open(End end, const std::string& what, const std::filesystem::path& file, const std::string& content) const;

  static StoreOptions OptionsFor(const std::filesystem::path& path);

 private:
  void Fill();
  void AppendTick(Store& store, std::int64_t tick);
  void CheckPoints(const Contents& read, Outcome& outcome) const;
  std::size_t CountMissing(const Contents& read, const Contents& expected) const;
  void CheckGoesOn(const std::filesystem::path& path, std::unique_ptr<Store> store, const Contents& before,
                   bool reading_met_damage) const;

  const ScratchDir scratch_;
  Contents appended_;
  Contents tier_;  // what is read of the tier when nothing is damaged
  std::size_t samples_ = 0;
};

void WriteBytes(const std::filesystem::path& path, const std::string& bytes);

// Prints how many lost something, and each that was silent; returns how many were.
std::size_t Silent(const std::vector<Outcome>& outcomes, const std::string& what);

}  // namespace proxy_telemetry::tsdb

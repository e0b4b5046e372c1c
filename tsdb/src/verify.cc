#include "tsdb/verify.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "bulk/swap.h"
#include "catalog/registry.h"
#include "env/store_env.h"
#include "files.h"
#include "head/head_log.h"
#include "rollup.h"
#include "store_impl.h"
#include "verify_blocks.h"

namespace proxy_telemetry::tsdb {
namespace {

constexpr const char* kRepairAdvice =
    "verify --repair sets it aside in quarantine/ and keeps what can be read of it; so does the next start for what "
    "does not open";
constexpr const char* kUnreadableAdvice = "look at the system's log and at the permissions, then verify again";
constexpr const char* kVersionAdvice = "use the version of the program that wrote it";

// 0 for raw, -1 for what is no tier's directory.
std::int64_t ResolutionOf(const std::string& name) {
  if (name == "raw") return 0;
  std::int64_t seconds = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), seconds);
  const bool is_tier = parsed.ec == std::errc() && parsed.ptr + 1 == name.data() + name.size() && name.ends_with('s');
  return is_tier && seconds > 0 && seconds < INT64_MAX / 1000 ? seconds * 1000 : -1;
}

std::vector<std::filesystem::path> Children(const std::filesystem::path& directory) {
  std::error_code error;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool IsLeftover(const std::string& name) {
  return name.starts_with(kTrashPrefix) || name.ends_with(Partition::kMakingSuffix);
}

class Examiner {
 public:
  Examiner(const StoreOptions& options, ExamineDepth depth, std::function<void(const ExamineProgress&)> progress)
      : root_(options.path),
        env_(options.env != nullptr ? *options.env : StoreEnv::System()),
        depth_(depth),
        on_progress_(std::move(progress)),
        registry_(std::make_shared<Registry>(options.group_labels)) {}

  Result<StoreFacts> Run() {
    std::error_code error;
    if (!std::filesystem::is_directory(root_, error)) {
      if (error && error != std::errc::no_such_file_or_directory && error != std::errc::not_a_directory) {
        return Status::IoError("look at " + root_.string() + ": " + error.message());
      }
      return Status::NotFound("there is no directory " + root_.string());
    }
    // Not to be made here: a store has one as soon as anybody has it open.
    std::optional<DirectoryLock> lock;
    if (std::filesystem::exists(root_ / "LOCK", error)) {
      PT_ASSIGN_OR_RETURN(DirectoryLock taken, DirectoryLock::TakeExisting(root_));
      lock.emplace(std::move(taken));
    }
    PT_RETURN_IF_ERROR(ListPartitions());
    for (std::size_t i = 0; i < facts_.partitions.size(); ++i) LookAtPartition(facts_.partitions[i]);
    PT_RETURN_IF_ERROR(LookAtLog());
    LookBeside();
    for (const std::shared_ptr<Group>& group : groups_) {
      MutexLock lock_group(group->mutex);
      for (const Series& series : group->series) facts_.series += series.IsKept() ? 1 : 0;
    }
    return std::move(facts_);
  }

 private:
  void Note(FindingKind kind, const std::filesystem::path& path, std::string what, const char* advice) {
    facts_.findings.push_back({kind, path, std::move(what), advice});
  }

  void NoteStatus(const std::filesystem::path& path, const Status& status) {
    switch (status.code()) {
      case StatusCode::kCorruption:
      case StatusCode::kNotFound:
        return Note(FindingKind::kDamage, path, status.message(), kRepairAdvice);
      case StatusCode::kUnsupported:
        return Note(FindingKind::kNotReadable, path, status.message(), kVersionAdvice);
      default:
        return Note(FindingKind::kNotReadable, path, status.message(), kUnreadableAdvice);
    }
  }

  Status ListPartitions() {
    std::error_code error;
    std::filesystem::directory_iterator readable(root_, error);
    if (error) return Status::IoError("list " + root_.string() + ": " + error.message());
    bool is_store = std::filesystem::exists(root_ / "head", error);
    for (const std::filesystem::path& tier : Children(root_)) {
      const std::int64_t resolution_ms = ResolutionOf(tier.filename().string());
      if (resolution_ms < 0) continue;
      is_store = true;
      for (const std::filesystem::path& path : Children(tier)) {
        if (IsLeftover(path.filename().string())) {
          Note(FindingKind::kNote, path, "a leftover of what was being made or removed", "the next start removes it");
        } else if (std::filesystem::is_directory(path, error)) {
          PartitionFacts& facts = facts_.partitions.emplace_back();
          facts.path = path;
          facts.resolution_ms = resolution_ms;
          facts.bytes = DirectoryBytes(env_, path);
          progress_.bytes_total += facts.bytes;
        }
      }
    }
    if (!is_store) return Status::NotFound("there is no history in " + root_.string());
    const auto by_name = [](const PartitionFacts& a, const PartitionFacts& b) {
      return std::pair(a.resolution_ms, a.path) < std::pair(b.resolution_ms, b.path);
    };
    std::sort(facts_.partitions.begin(), facts_.partitions.end(), by_name);
    return Status::Ok();
  }

  void LookAtPartition(PartitionFacts& facts) {
    const Result<std::shared_ptr<Partition>> opened = Partition::Open(env_, facts.path, *registry_);
    if (!opened.ok()) return NoteStatus(facts.path, opened.status());
    const Partition& partition = **opened;
    if (partition.superblock().resolution_ms != facts.resolution_ms) {
      return Note(FindingKind::kDamage, facts.path, "its superblock is of another tier", kRepairAdvice);
    }
    facts.is_open = true;
    facts.start_ms = partition.start_ms();
    facts.end_ms = partition.end_ms();
    facts.is_complete = partition.is_complete();
    const Totals totals = partition.totals();
    facts.blocks = totals.blocks;
    facts.samples = totals.samples;
    if (totals.blocks != 0) {
      facts.min_ts_ms = totals.min_ts_ms;
      facts.max_ts_ms = totals.max_ts_ms;
    }
    for (const PartitionFacts& other : facts_.partitions) {
      const bool is_before = &other < &facts && other.is_open && other.resolution_ms == facts.resolution_ms;
      if (!is_before || other.start_ms >= facts.end_ms || facts.start_ms >= other.end_ms) continue;
      Note(FindingKind::kDamage, facts.path, "covers the time of " + other.path.string() + "; is it a copy?",
           kRepairAdvice);
    }
    NoteSeries(partition, facts);
    if (depth_ == ExamineDepth::kEverything) CheckBlocksOf(partition, facts);
  }

  void CheckBlocksOf(const Partition& partition, PartitionFacts& facts) {
    const std::uint64_t before = progress_.bytes;
    std::uint64_t blocks = 0;
    const std::vector<BlockDamage> damages = CheckBlocks(env_, partition, [&](std::uint64_t samples) {
      // Of blocks that say nothing of their size: as if all had the same.
      progress_.bytes =
          before + facts.bytes * std::min(++blocks, facts.blocks) / std::max<std::uint64_t>(1, facts.blocks);
      progress_.samples += samples;
      on_progress_(progress_);
    });
    progress_.bytes = before + facts.bytes;
    facts.has_damaged_blocks = !damages.empty();
    for (const BlockDamage& damage : damages) Note(FindingKind::kDamage, damage.path, damage.what, kRepairAdvice);
  }

  // Also: until when the log's rows are known to be in raw partitions.
  void NoteSeries(const Partition& partition, PartitionFacts& facts) {
    const std::vector<Dictionary::Entry> entries = partition.Entries();
    facts.groups = entries.size();
    const auto snapshot = partition.snapshot();
    const auto it = snapshot->NewIterator();
    for (std::uint32_t id = 0; id < entries.size(); ++id) {
      const std::shared_ptr<Group>& group = entries[id].group;
      groups_.insert(group);
      MutexLock lock(group->mutex);
      for (const ColumnPtr& column : entries[id].columns->columns()) {
        if (column->labels.Has(kRollupLabel)) continue;
        if (Series* series = group->FindOrAdd(column)) series->kept_from = 0;
      }
      if (facts.resolution_ms != 0) continue;
      const Result<std::int64_t> last_ms = Partition::LastTimestampIn(*it, id);
      group->closed_until_ms = std::max(group->closed_until_ms, last_ms.ok() ? *last_ms : partition.end_ms() - 1);
    }
  }

  Status LookAtLog() {
    const std::filesystem::path path = root_ / "head";
    std::error_code error;
    if (!std::filesystem::exists(path, error)) return Status::Ok();
    for (const std::filesystem::path& segment : Children(path)) {
      if (IsLeftover(segment.filename().string())) {
        Note(FindingKind::kNote, segment, "a leftover of what was being made or removed", "the next start removes it");
      } else {
        ++facts_.log.segments;
      }
    }
    facts_.log.bytes = DirectoryBytes(env_, path);
    HeadLog log(env_, path, *registry_);
    const auto replayed = log.Replay([this](const LoggedRow& row) { CountRow(row); },
                                     [this](const std::filesystem::path& segment, const Status& reason) {
                                       NoteStatus(segment, reason);
                                       return Status::Ok();
                                     });
    if (!replayed.ok()) {
      NoteStatus(path, replayed.status());
      return Status::Ok();
    }
    facts_.log.records = replayed->records;
    return Status::Ok();
  }

  void CountRow(const LoggedRow& logged) {
    groups_.insert(logged.group);
    MutexLock lock(logged.group->mutex);
    if (logged.row.ts_ms <= logged.group->closed_until_ms) return;
    LogFacts& log = facts_.log;
    log.min_ts_ms = log.rows == 0 ? logged.row.ts_ms : std::min(log.min_ts_ms, logged.row.ts_ms);
    log.max_ts_ms = log.rows == 0 ? logged.row.ts_ms : std::max(log.max_ts_ms, logged.row.ts_ms);
    ++log.rows;
    for (std::size_t slot = 0; slot < logged.row.slots; ++slot) {
      if (logged.row.present[slot] == 0) continue;
      ++log.samples;
      logged.group->series[slot].kept_from = 0;
    }
  }

  void LookBeside() {
    for (const std::filesystem::path& path : Children(root_)) {
      const std::string name = path.filename().string();
      const std::uint64_t bytes = DirectoryBytes(env_, path);
      if (name != "quarantine") facts_.bytes += bytes;
      if (name == kSwapName) {
        const Result<std::vector<SwapStep>> steps = ReadSwap(env_, root_);
        if (!steps.ok()) {
          NoteStatus(path, steps.status());
        } else {
          Note(FindingKind::kNote, path, "an import was cut off while it took effect", "the next start finishes it");
        }
      } else if (name == kImportFolder && !std::filesystem::exists(root_ / kSwapName)) {
        Note(FindingKind::kNote, path, "the rest of an import that was cut off", "the next start removes it");
      } else if (name.starts_with(kTrashPrefix)) {
        Note(FindingKind::kNote, path, "a leftover of what was being removed", "the next start removes it");
      }
    }
    for (const std::filesystem::path& path : Children(root_ / "quarantine")) {
      facts_.quarantine.push_back({path, DirectoryBytes(env_, path)});
    }
  }

  const std::filesystem::path root_;
  StoreEnv& env_;
  const ExamineDepth depth_;
  const std::function<void(const ExamineProgress&)> on_progress_;
  const std::shared_ptr<Registry> registry_;
  std::set<std::shared_ptr<Group>> groups_;
  StoreFacts facts_;
  ExamineProgress progress_;
};

}  // namespace

Result<StoreFacts> ExamineStore(const StoreOptions& options, ExamineDepth depth,
                                const std::function<void(const ExamineProgress&)>& progress) {
  return Examiner(options, depth, progress).Run();
}

std::vector<TierOptions> TiersOnDisk(const std::filesystem::path& store) {
  std::vector<std::int64_t> resolutions;
  for (const std::filesystem::path& path : Children(store)) {
    const std::int64_t resolution_ms = ResolutionOf(path.filename().string());
    if (resolution_ms > 0 && !Children(path).empty()) resolutions.push_back(resolution_ms);
  }
  std::sort(resolutions.begin(), resolutions.end());
  std::vector<TierOptions> tiers;
  for (const std::int64_t resolution_ms : resolutions) {
    if (tiers.empty() || resolution_ms % tiers.back().resolution_ms == 0) tiers.push_back({resolution_ms, 0});
  }
  return tiers;
}

}  // namespace proxy_telemetry::tsdb

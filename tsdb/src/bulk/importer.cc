#include "bulk/importer.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "env/store_env.h"
#include "files.h"
#include "rollup.h"
#include "span.h"

namespace proxy_telemetry::tsdb {
namespace {

// Blocks that wait in memory for one write.
constexpr std::size_t kPendingBlocksMax = 1024;
constexpr const char* kStagingName = "staging";

// What `content` has before that time; the rest stays.
GroupContent TakeBefore(std::int64_t end_ms, GroupContent& content) {
  const std::vector<std::int64_t>& ts_ms = content.content.ts_ms;
  if (ts_ms.empty() || ts_ms.back() < end_ms) return std::exchange(content, {});
  const auto ticks = static_cast<std::size_t>(std::lower_bound(ts_ms.begin(), ts_ms.end(), end_ms) - ts_ms.begin());
  if (ticks == 0) return {};
  GroupContent before{content.columns, CutTicks(content.content, 0, ticks)};
  content.content = CutTicks(content.content, ticks, ts_ms.size());
  return before;
}

}  // namespace

Result<std::unique_ptr<Importer>> Importer::Begin(const StoreOptions& options) {
  PT_ASSIGN_OR_RETURN(std::unique_ptr<StoreImpl> store, StoreImpl::Open(options));
  PT_RETURN_IF_ERROR(store->Flush());
  // A partition that is replaced must not be written any more: what does so would write into the new one.
  {
    MutexLock lock(store->mutex_);
    store->state_.reset();
  }
  for (StoreImpl::Tier& tier : store->tiers_) {
    for (const auto& partition : tier.partitions) {
      partition->DropSnapshot();
      if (partition->is_writable()) {
        PT_RETURN_IF_ERROR(partition->Seal(false));
      } else {
        partition->RefreshSnapshot();
      }
    }
  }
  StoreEnv& env = store->env_;
  PT_ASSIGN_OR_RETURN(
      std::unique_ptr<ImportStaging> staging,
      ImportStaging::Make(env, options.path / kImportFolder / kStagingName, store->tiers_.front().span_ms));
  return std::unique_ptr<Importer>(std::make_unique<ImporterImpl>(std::move(store), std::move(staging)));
}

ImporterImpl::~ImporterImpl() {
  if (swapped_) return;
  targets_.clear();
  staging_.reset();
  const Status removed = RemoveTree(store_->env_, Root() / kImportFolder);
  if (!removed.ok()) LogWarn("what an import left goes with the next start", {{"reason", removed.message()}});
}

std::filesystem::path ImporterImpl::Root() const { return store_->options_.path; }
ColumnTable& ImporterImpl::table() const { return store_->registry_->columns(); }

std::uint32_t ImporterImpl::AddSeries(const Labels& labels) { return staging_->AddSeries(store_->Intern(labels)); }

Status ImporterImpl::Add(std::uint32_t series, std::span<const Point> points) {
  for (const Point& point : points) {
    if (point.ts_ms < kTimestampMinMs || point.ts_ms > kTimestampMaxMs) {
      return Status::InvalidArgument("timestamp " + std::to_string(point.ts_ms) + " ms is out of range");
    }
  }
  return staging_->Add(series, points);
}

Result<ImportResult> ImporterImpl::Commit(const std::function<void(double)>& progress) {
  PT_RETURN_IF_ERROR(staging_->Finish());
  ImportResult result;
  result.series = staging_->series();
  targets_.resize(store_->tiers_.size());
  const std::size_t count = staging_->partitions().size();
  for (std::size_t i = 0; i < count;) {
    PT_RETURN_IF_ERROR(FinishTargets(RawStartMs(i), result));
    const Spans spans = SpansFrom(i);
    PT_RETURN_IF_ERROR(MergeSpans(spans, result, [&](double share) {
      const double done = static_cast<double>(spans.first) + share * static_cast<double>(spans.last - spans.first);
      progress(done / static_cast<double>(count));
    }));
    i = spans.last;
  }
  PT_RETURN_IF_ERROR(FinishTargets(INT64_MAX, result));
  if (steps_.empty()) return result;
  staging_.reset();
  swapped_ = true;
  const Status swapped = Swap(store_->env_, Root(), steps_);
  if (swapped.ok()) return result;
  if (!store_->env_.FileExists((Root() / kSwapName).string())) return swapped;
  return Status::Unavailable("all samples are on disk, but they could not take effect: " + swapped.message() +
                             "; the next start of the program brings them in");
}

// Where the first raw partition begins that samples of that span are merged with, if that is before the span.
std::int64_t ImporterImpl::RawStartMs(std::size_t span) const {
  const std::int64_t start_ms = staging_->partitions()[span];
  for (const auto& old : store_->tiers_.front().partitions) {
    if (old->end_ms() > start_ms) return std::min(start_ms, old->start_ms());
  }
  return start_ms;
}

// Spans that have a raw partition in common (of a configuration with longer ones) are merged in one go.
ImporterImpl::Spans ImporterImpl::SpansFrom(std::size_t first) const {
  Spans spans{first, first + 1};
  const std::vector<std::int64_t>& starts = staging_->partitions();
  while (spans.last < starts.size() && RawStartMs(spans.last) < starts[spans.last - 1] + staging_->span_ms())
    ++spans.last;
  return spans;
}

// The partition of a tier that is being made for that time.
Result<ImporterImpl::Target*> ImporterImpl::TargetFor(std::size_t tier_index, std::int64_t ts_ms) {
  StoreImpl::Tier& tier = store_->tiers_[tier_index];
  auto& targets = targets_[tier_index];
  auto next = targets.upper_bound(ts_ms);
  if (next != targets.begin()) {
    Target& target = std::prev(next)->second;
    if (ts_ms < target.made->end_ms()) return &target;
  }
  Superblock superblock;
  superblock.start_ms = SpanStartMs(ts_ms, tier.span_ms);
  superblock.end_ms = superblock.start_ms + tier.span_ms;
  superblock.created_ms = Clock::System().WallMs();
  superblock.resolution_ms = tier.options.resolution_ms;
  superblock.group_labels = store_->options_.group_labels;
  Target target;
  target.folder = tier.path.filename().string();
  for (const auto& old : tier.partitions) {
    if (ts_ms >= old->start_ms() && ts_ms < old->end_ms()) {
      target.old = old;
      superblock.start_ms = old->start_ms();
      superblock.end_ms = old->end_ms();
      break;
    }
    // One of an earlier configuration may have another span.
    if (old->end_ms() <= ts_ms) superblock.start_ms = std::max(superblock.start_ms, old->end_ms());
    if (old->start_ms() > ts_ms) superblock.end_ms = std::min(superblock.end_ms, old->start_ms());
  }
  const std::string name = std::to_string(superblock.start_ms) + "-" + std::to_string(superblock.end_ms);
  const std::filesystem::path path = Root() / kImportFolder / target.folder / name;
  PT_ASSIGN_OR_RETURN(target.made, Partition::CreateBulk(store_->env_, path, superblock, *store_->registry_));
  return &targets.emplace(superblock.start_ms, std::move(target)).first->second;
}

// Staged samples, together with what the raw partitions of their time have.
Status ImporterImpl::MergeSpans(const Spans& spans, ImportResult& result, const std::function<void(double)>& progress) {
  std::vector<std::shared_ptr<Group>> groups;
  for (std::size_t i = spans.first; i < spans.last; ++i) {
    for (auto& group : staging_->GroupsIn(staging_->partitions()[i])) groups.push_back(std::move(group));
  }
  if (spans.last - spans.first > 1) {
    std::sort(groups.begin(), groups.end());
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  }
  for (std::size_t i = 0; i < groups.size(); ++i) {
    MergeCounts counts;
    PT_ASSIGN_OR_RETURN(GroupContent staged, TakeStaged(spans, *groups[i], counts));
    PT_RETURN_IF_ERROR(MergeGroup(groups[i], std::move(staged), counts));
    result.samples += counts.added;
    result.known += counts.known;
    result.conflicts += counts.conflicts;
    progress(static_cast<double>(i + 1) / static_cast<double>(groups.size()));
  }
  return Status::Ok();
}

Result<GroupContent> ImporterImpl::TakeStaged(const Spans& spans, const Group& group, MergeCounts& counts) {
  GroupContent all;
  for (std::size_t i = spans.first; i < spans.last; ++i) {
    PT_ASSIGN_OR_RETURN(GroupContent staged, staging_->Take(staging_->partitions()[i], group, table(), counts));
    MergeCounts ignored;
    all = Merge(all, std::move(staged), table(), ignored);
  }
  return all;
}

Status ImporterImpl::MergeGroup(const std::shared_ptr<Group>& group, GroupContent staged, MergeCounts& counts) {
  while (!staged.empty()) {
    PT_ASSIGN_OR_RETURN(Target * target, TargetFor(0, staged.content.ts_ms.front()));
    GroupContent part = TakeBefore(target->made->end_ms(), staged);
    target->merged.insert(group.get());
    PT_ASSIGN_OR_RETURN(const GroupContent old,
                        ReadOld(*target, *group, target->made->start_ms(), target->made->end_ms()));
    const GroupContent merged = Merge(old, std::move(part), table(), counts);
    PT_RETURN_IF_ERROR(Write(*target, group, merged));
    PT_RETURN_IF_ERROR(WriteTiers(group, merged, *target));
  }
  return Status::Ok();
}

Result<GroupContent> ImporterImpl::ReadOld(const Target& target, Group& group, std::int64_t start_ms,
                                           std::int64_t end_ms) const {
  if (!target.old) return GroupContent{};
  std::uint32_t id = kNoPlace;
  {
    MutexLock lock(group.mutex);
    id = group.PlaceIn(target.old->number());
  }
  if (id == kNoPlace) return GroupContent{};
  return ReadContent(*target.old, id, start_ms, end_ms);
}

// Tier rows of the time of one raw partition. The merged samples tell all, unless the tier has some that they lack
// (raw ones that are expired): then its rows stay beside the new ones.
Status ImporterImpl::WriteTiers(const std::shared_ptr<Group>& group, const GroupContent& merged, const Target& raw) {
  for (std::size_t tier = 1; tier < store_->tiers_.size(); ++tier) {
    RolledUp rolled = RollUp(merged.columns, merged.content, store_->tiers_[tier].options.resolution_ms, table());
    GroupContent rest{rolled.columns, std::move(rolled.content)};
    std::int64_t from_ms = raw.made->start_ms();
    while (from_ms < raw.made->end_ms()) {
      PT_ASSIGN_OR_RETURN(Target * target, TargetFor(tier, from_ms));
      const std::int64_t to_ms = std::min(raw.made->end_ms(), target->made->end_ms());
      GroupContent part = TakeBefore(to_ms, rest);
      PT_ASSIGN_OR_RETURN(const GroupContent old, ReadOld(*target, *group, from_ms, to_ms));
      if (!Contains(merged, old)) {
        MergeCounts ignored;
        part = Merge(old, std::move(part), table(), ignored);
      }
      if (!part.empty()) PT_RETURN_IF_ERROR(Write(*target, group, part));
      target->covered[group.get()].push_back({from_ms, to_ms});
      from_ms = to_ms;
    }
  }
  return Status::Ok();
}

Status ImporterImpl::Write(Target& target, const std::shared_ptr<Group>& group, const GroupContent& content) {
  const std::size_t ticks = content.content.ts_ms.size();
  const std::size_t block_ticks = store_->options_.block_ticks;
  for (std::size_t from = 0; from < ticks;) {
    // No short block at the end: it would cost as much as a long one.
    const std::size_t left = ticks - from;
    const std::size_t take = left <= block_ticks ? left : left < 2 * block_ticks ? (left + 1) / 2 : block_ticks;
    GroupContent part{content.columns, CutTicks(content.content, from, from + take)};
    part.columns = DropAbsentColumns(part.columns, part.content, table());
    target.made->AddBlock(group, part.columns, part.content);
    if (++target.pending_blocks % kPendingBlocksMax == 0) PT_RETURN_IF_ERROR(target.made->Commit(false));
    from += take;
  }
  return Status::Ok();
}

Status ImporterImpl::CopyRest(std::size_t tier, Target& target) {
  if (!target.old) return Status::Ok();
  const std::vector<Dictionary::Entry> entries = target.old->Entries();
  for (std::uint32_t id = 0; id < entries.size(); ++id) {
    const Group* group = entries[id].group.get();
    if (tier == 0 && target.merged.contains(group)) continue;
    std::int64_t from_ms = target.old->start_ms();
    auto covered = target.covered[group];
    covered.push_back({target.old->end_ms(), target.old->end_ms()});
    std::sort(covered.begin(), covered.end());
    for (const auto& [start_ms, end_ms] : covered) {
      if (from_ms < start_ms) {
        PT_ASSIGN_OR_RETURN(const GroupContent content, ReadContent(*target.old, id, from_ms, start_ms));
        PT_RETURN_IF_ERROR(Write(target, entries[id].group, content));
      }
      from_ms = std::max(from_ms, end_ms);
    }
  }
  return Status::Ok();
}

Status ImporterImpl::FinishTargets(std::int64_t end_ms, ImportResult& result) {
  for (std::size_t tier = 0; tier < targets_.size(); ++tier) {
    auto& targets = targets_[tier];
    while (!targets.empty() && targets.begin()->second.made->end_ms() <= end_ms) {
      PT_RETURN_IF_ERROR(FinishTarget(tier, targets.begin()->second));
      targets.erase(targets.begin());
      if (tier == 0) ++result.partitions;
    }
  }
  return Status::Ok();
}

Status ImporterImpl::FinishTarget(std::size_t tier, Target& target) {
  PT_RETURN_IF_ERROR(CopyRest(tier, target));
  PT_RETURN_IF_ERROR(target.made->Commit(true));
  target.made->Sort();
  target.made->DropSnapshot();
  PT_RETURN_IF_ERROR(target.made->Seal(target.made->end_ms() <= Clock::System().WallMs()));
  const std::string name = target.made->path().filename().string();
  if (target.old && target.old->path().filename() != name) {
    steps_.push_back({"", target.folder + "/" + target.old->path().filename().string()});
  }
  steps_.push_back({std::string(kImportFolder) + "/" + target.folder + "/" + name, target.folder + "/" + name});
  return Status::Ok();
}

}  // namespace proxy_telemetry::tsdb

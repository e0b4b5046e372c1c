// ImporterImpl: see tsdb/import.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "bulk/content.h"
#include "bulk/staging.h"
#include "bulk/swap.h"
#include "store_impl.h"
#include "tsdb/import.h"

namespace proxy_telemetry::tsdb {

class ImporterImpl final : public Importer {
 public:
  ImporterImpl(std::unique_ptr<StoreImpl> store, std::unique_ptr<ImportStaging> staging)
      : store_(std::move(store)), staging_(std::move(staging)) {}
  // Without a Commit(), what waits on disk goes.
  ~ImporterImpl() override;

  std::uint32_t AddSeries(const Labels& labels) override;
  Status Add(std::uint32_t series, std::span<const Point> points) override;
  Result<ImportResult> Commit(const std::function<void(double)>& progress) override;

 private:
  // A partition that is being made, and the one it replaces.
  struct Target {
    std::shared_ptr<Partition> made;
    std::shared_ptr<Partition> old;           // null: there is none
    std::string folder;                       // of its tier, below the store
    std::unordered_set<const Group*> merged;  // raw: groups that are complete
    // Tier: by group, the times of which its rows are made.
    std::unordered_map<const Group*, std::vector<std::pair<std::int64_t, std::int64_t>>> covered;
    std::size_t pending_blocks = 0;
  };
  // Of the partitions for which samples wait, those from first to before last.
  struct Spans {
    std::size_t first;
    std::size_t last;
  };

  std::filesystem::path Root() const;
  ColumnTable& table() const;
  Spans SpansFrom(std::size_t first) const;
  std::int64_t RawStartMs(std::size_t span) const;
  Result<Target*> TargetFor(std::size_t tier, std::int64_t ts_ms);
  Status MergeSpans(const Spans& spans, ImportResult& result, const std::function<void(double)>& progress);
  Result<GroupContent> TakeStaged(const Spans& spans, const Group& group, MergeCounts& counts);
  Status MergeGroup(const std::shared_ptr<Group>& group, GroupContent staged, MergeCounts& counts);
  Result<GroupContent> ReadOld(const Target& target, Group& group, std::int64_t start_ms, std::int64_t end_ms) const;
  Status WriteTiers(const std::shared_ptr<Group>& group, const GroupContent& merged, const Target& raw);
  Status Write(Target& target, const std::shared_ptr<Group>& group, const GroupContent& content);
  // What the old partition has that nothing was merged with.
  Status CopyRest(std::size_t tier, Target& target);
  // The targets that end by then are complete: they are closed, and their part of the swap noted.
  Status FinishTargets(std::int64_t end_ms, ImportResult& result);
  Status FinishTarget(std::size_t tier, Target& target);

  const std::unique_ptr<StoreImpl> store_;
  std::unique_ptr<ImportStaging> staging_;
  // By tier, then by start. std::map: a Target stays where it is.
  std::vector<std::map<std::int64_t, Target>> targets_;
  std::vector<SwapStep> steps_;
  bool swapped_ = false;
};

}  // namespace proxy_telemetry::tsdb

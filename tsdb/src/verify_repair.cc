// RepairStore: see tsdb/verify.h.
#include <algorithm>
#include <utility>

#include "store_impl.h"
#include "tsdb/verify.h"
#include "verify_blocks.h"

namespace proxy_telemetry::tsdb {

Status RepairStore(const StoreOptions& options, const StoreFacts& facts) {
  PT_ASSIGN_OR_RETURN(const std::unique_ptr<Store> opened, Store::Open(options));
  // What Open() makes is always one.
  auto& store = static_cast<StoreImpl&>(*opened);
  const Status reason = Status::Corruption("blocks of it are damaged");
  for (StoreImpl::Tier& tier : store.tiers_) {
    for (const PartitionFacts& damaged : facts.partitions) {
      if (!damaged.has_damaged_blocks) continue;
      const auto found = std::find_if(tier.partitions.begin(), tier.partitions.end(),
                                      [&damaged](const auto& partition) { return partition->path() == damaged.path; });
      if (found == tier.partitions.end()) continue;
      std::shared_ptr<Partition> partition = *found;
      // Opening may have met the damage, and repaired it.
      if (CheckBlocks(store.env_, *partition, [](std::uint64_t) {}).empty()) continue;
      PT_RETURN_IF_ERROR(store.RepairOpen(tier, std::move(partition), reason));
    }
  }
  return Status::Ok();
}

}  // namespace proxy_telemetry::tsdb

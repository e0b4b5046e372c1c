// Upgrade: a store of format version 1 becomes one of today's.
#pragma once

#include "base/status.h"
#include "tsdb/store.h"

namespace proxy_telemetry::tsdb {

// Nothing to do is ok. The old partitions go when all of them is in the new ones: a crash before begins again.
Status UpgradeFromVersion1(const StoreOptions& options);

}  // namespace proxy_telemetry::tsdb

// TargetSpec: what a target is, made from the configuration and from what was discovered. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/labels.h"
#include "base/status.h"
#include "config/config.h"
#include "exporter/discovered_groups.h"
#include "exporter/relabel.h"
#include "exporter/target_status.h"

namespace proxy_telemetry {

// Of all jobs together; what is beyond is left out, with an error.
inline constexpr std::size_t kTargetsMax = 100'000;

struct TargetSpec {
  // That of its job, with scheme, path, parameters, interval and timeout as the target's labels say; without targets.
  std::shared_ptr<const ScrapeConfig> config;
  std::string address;
  Labels labels;                                                // of its series: job, instance and its own
  Labels discovered;                                            // before relabelling
  std::shared_ptr<const Relabeler> metric_relabeler = nullptr;  // null: no metric_relabel_configs

  // Equal exactly when a running target may go on as it is. What was discovered does not count.
  std::string Identity() const;
};

// A target that is there but cannot be scraped: shown as down.
struct RefusedTarget {
  TargetSpec spec;
  Status reason;
};

struct TargetSet {
  std::vector<TargetSpec> targets;  // in the configuration's order; no two have the same labels
  std::vector<RefusedTarget> refused;
  std::vector<DroppedTarget> dropped;
  std::int64_t host_silence_ms = 0;  // a host without requests for so long frees its place under host_limit
};

// The targets of a configuration: static ones first, then discovered ones, relabelled, job by job.
//
// As in Prometheus 2.42, but for three things: an address gets no default port; __metrics_path__ is only there where
// the configuration or the reader knows one; a target whose labels another one has already is refused, because their
// series would mix.
TargetSet TargetsOf(const Config& config, const DiscoveredGroups& discovered);

}  // namespace proxy_telemetry

// Collector::Loop: what the collector's thread does. See exporter/collector.h for the contract.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "exporter/collector.h"
#include "target.h"

namespace proxy_telemetry {

class Collector::Loop {
 public:
  Loop(Collector& owner, CollectorOptions options, CURLM* multi);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Goes on with the targets that the owner has been handed, if there are new ones.
  void ApplyNext();
  // Until the owner stops.
  void Run();
  void Wakeup();

 private:
  using Due = std::pair<std::int64_t, TargetId>;  // steady time in ms

  void Apply(TargetSet targets);
  void AddTarget(TargetSpec spec, std::string identity);
  void RemoveTarget(TargetId id);
  void ShowRefused(TargetSet& targets);
  void ShowStatus(const Target& target);
  void BeginDueRounds();
  void StartFetches(Target& target);
  void TakeDone();
  void Deliver(Target& target, const std::shared_ptr<const TargetRound>& round);
  void NoteFirstRound(TargetId id);
  void NoteFolded(const std::string& job);
  std::shared_ptr<HostLimit> LimitOf(const ScrapeConfig& job);
  int WaitMs() const;

  Collector& owner_;
  const CollectorOptions options_;
  CURLM* const multi_;
  TargetId last_id_ = 0;
  std::unordered_map<TargetId, std::unique_ptr<Target>> targets_;
  std::unordered_map<std::string, TargetId> by_identity_;
  std::unordered_map<std::string, std::shared_ptr<HostLimit>> host_limits_;  // by job
  std::int64_t host_silence_ms_ = 0;
  std::vector<TargetId> refused_;          // shown as down
  std::set<std::string> logged_refusals_;  // said once
  std::unordered_map<CURL*, std::pair<Target*, Fetch*>> active_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  std::vector<TargetId> first_rounds_open_;  // sorted
  bool first_rounds_over_ = false;
};

}  // namespace proxy_telemetry

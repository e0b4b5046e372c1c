// HostLimit and HostFolder: keep the hosts of a job that is scraped below its host_limit. What comes beyond is added up
// under the host "_other", so that the job's sums stay what they are.
//
// A host that is known keeps its place; one that had no request for the retention time frees it. HostLimit is shared by
// the targets of a job, a HostFolder is one target's. Single thread (the collector's).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "exporter/snapshot.h"

namespace proxy_telemetry {

// Counters of folded hosts that are remembered beyond twice those on the page: one that comes back goes on.
inline constexpr std::size_t kFoldedGoneMax = 10'000;
inline constexpr std::string_view kOtherHost = "_other";

class HostLimit {
 public:
  // `limit` 0 = any number of hosts; `silence_ms` 0 = a place is kept for ever.
  void Configure(std::uint64_t limit, std::int64_t silence_ms);

  bool is_on() const { return limit_ != 0; }
  // Whether `host` has a place, or gets one now.
  bool Admit(std::string_view host, std::int64_t now_ms);
  // A host with a place has had requests.
  void NoteActive(std::string_view host, std::int64_t now_ms);
  void CountFolded(double requests) { folded_ += requests; }
  // Requests counted under "_other" since the start.
  double folded() const { return folded_; }

 private:
  void Expire(std::int64_t now_ms);

  std::uint64_t limit_ = 0;
  std::int64_t silence_ms_ = 0;
  std::map<std::string, std::int64_t, std::less<>> last_active_ms_;  // of the hosts with a place
  std::int64_t next_expiry_ms_ = 0;  // before that no host can have been silent for too long
  double folded_ = 0;
};

class HostFolder {
 public:
  explicit HostFolder(std::shared_ptr<HostLimit> limit) : limit_(std::move(limit)) {}

  // Takes what belongs to hosts without a place out of `snapshot` and adds it to "_other": counters by their increases,
  // for a sum of them would fall when one goes away; gauges as they are. What is told per backend stays out. Of the
  // first page nothing is an increase: since when it counts is not known.
  void Fold(std::int64_t now_ms, Snapshot& snapshot);

  // Counters of folded hosts that it knows.
  std::size_t remembered() const { return folded_counters_.size(); }

 private:
  struct Folded {
    double value = 0;
    std::uint64_t round = 0;  // when it was on a page last
  };
  using Requests = std::unordered_map<std::string, double>;  // by host

  bool HasPlace(const std::string& host, double requests, std::int64_t now_ms);
  void ForgetOld();
  void FoldFamily(SnapshotFamily& family);
  void FoldCounter(const SnapshotSample& sample, const std::string& host, const std::string& other_key);

  std::shared_ptr<HostLimit> limit_;
  std::uint64_t round_ = 0;
  std::string requests_name_;                                // of the metric that tells the page's requests
  Requests admitted_;                                        // on the last page
  std::unordered_set<std::string> folded_hosts_;             // on the last page
  std::unordered_map<std::string, Folded> folded_counters_;  // by name and labels
  std::map<std::string, SnapshotSample> other_;              // counters of "_other", by name and labels
};

}  // namespace proxy_telemetry

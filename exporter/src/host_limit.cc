#include "host_limit.h"

#include <algorithm>
#include <array>
#include <utility>

#include "proxy_metrics.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kHost = "host";
// Labels that tell parts of a host apart; "_other" has no parts.
constexpr std::array<std::string_view, 4> kPartLabels{"host", "backend", "proxy", "route"};

const std::string* HostOf(const SnapshotSample& sample) {
  const auto found =
      std::find_if(sample.labels.begin(), sample.labels.end(), [](const Label& label) { return label.name == kHost; });
  return found == sample.labels.end() ? nullptr : &found->value;
}

std::string KeyOf(const SnapshotSample& sample) {
  std::string key = sample.name;
  for (const Label& label : sample.labels) key.append(1, '\0').append(label.name).append(1, '\0').append(label.value);
  return key;
}

bool IsPartLabel(const Label& label) {
  return std::find(kPartLabels.begin(), kPartLabels.end(), label.name) != kPartLabels.end();
}

bool IsOf(const SnapshotFamily& family, ProxyMetric metric) {
  return family.family.name == ProxyMetricFamily(metric).name;
}

// Which metric tells the requests of this page's hosts.
ProxyMetric RequestsMetric(const Snapshot& snapshot) {
  const bool counts_hosts = std::any_of(snapshot.families.begin(), snapshot.families.end(), [](const auto& family) {
    return IsOf(family, ProxyMetric::kHttpRequests) && !family.samples.empty();
  });
  return counts_hosts ? ProxyMetric::kHttpRequests : ProxyMetric::kBackendRequests;
}

// Hosts of the page with their requests, those of backends where a proxy counts no others. The busiest first: where
// there are more than places, the same ones get them after a restart.
std::vector<std::pair<std::string, double>> RequestsByHost(const Snapshot& snapshot) {
  std::unordered_map<std::string, double> by_host;
  std::unordered_map<std::string, double> of_backends;
  for (const SnapshotFamily& family : snapshot.families) {
    const bool counts_host = IsOf(family, ProxyMetric::kHttpRequests);
    const bool counts_backend = IsOf(family, ProxyMetric::kBackendRequests);
    for (const SnapshotSample& sample : family.samples) {
      const std::string* const host = HostOf(sample);
      if (host == nullptr) continue;
      by_host[*host] += counts_host ? sample.value : 0;
      if (counts_backend) of_backends[*host] += sample.value;
    }
  }
  for (auto& [host, requests] : by_host) {
    if (requests == 0) requests = of_backends[host];
  }
  std::vector<std::pair<std::string, double>> hosts(by_host.begin(), by_host.end());
  std::sort(hosts.begin(), hosts.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  return hosts;
}

}  // namespace

void HostLimit::Configure(std::uint64_t limit, std::int64_t silence_ms) {
  limit_ = limit;
  silence_ms_ = silence_ms;
  next_expiry_ms_ = 0;
}

bool HostLimit::Admit(std::string_view host, std::int64_t now_ms) {
  if (last_active_ms_.contains(host)) return true;
  if (last_active_ms_.size() >= limit_) Expire(now_ms);
  if (last_active_ms_.size() >= limit_) return false;
  last_active_ms_.emplace(host, now_ms);
  return true;
}

void HostLimit::NoteActive(std::string_view host, std::int64_t now_ms) {
  const auto found = last_active_ms_.find(host);
  if (found != last_active_ms_.end()) found->second = now_ms;
}

void HostLimit::Expire(std::int64_t now_ms) {
  if (silence_ms_ == 0 || now_ms < next_expiry_ms_) return;
  std::int64_t oldest_ms = now_ms;
  std::erase_if(last_active_ms_, [&](const auto& entry) {
    if (now_ms - entry.second >= silence_ms_) return true;
    oldest_ms = std::min(oldest_ms, entry.second);
    return false;
  });
  next_expiry_ms_ = oldest_ms + silence_ms_;
}

// One that was folded stays so as long as the target shows it: its count up to now is in "_other" already.
bool HostFolder::HasPlace(const std::string& host, double requests, std::int64_t now_ms) {
  if (folded_hosts_.contains(host) || !limit_->Admit(host, now_ms)) return false;
  const auto before = admitted_.find(host);
  if (before == admitted_.end() || before->second != requests) limit_->NoteActive(host, now_ms);
  return true;
}

void HostFolder::Fold(std::int64_t now_ms, Snapshot& snapshot) {
  if (!limit_->is_on()) return;
  ++round_;
  requests_name_ = ProxyMetricFamily(RequestsMetric(snapshot)).name;
  Requests admitted;
  std::unordered_set<std::string> folded;
  for (const auto& [host, requests] : RequestsByHost(snapshot)) {
    // What the proxy folded itself (Caddy does) is one sum with what is folded here.
    if (host != kOtherHost && HasPlace(host, requests, now_ms)) {
      admitted.emplace(host, requests);
    } else {
      folded.insert(host);
    }
  }
  folded_hosts_ = std::move(folded);
  if (!folded_hosts_.empty() || !other_.empty()) {
    for (SnapshotFamily& family : snapshot.families) FoldFamily(family);
    ForgetOld();
  }
  admitted_ = std::move(admitted);
}

// A host may be missing on a page and come back with the same count. Bounded, should names be invented all the time.
void HostFolder::ForgetOld() {
  const auto live =
      static_cast<std::size_t>(std::count_if(folded_counters_.begin(), folded_counters_.end(),
                                             [this](const auto& entry) { return entry.second.round == round_; }));
  if (folded_counters_.size() <= 2 * live + kFoldedGoneMax) return;
  std::erase_if(folded_counters_, [this](const auto& entry) { return entry.second.round != round_; });
}

void HostFolder::FoldFamily(SnapshotFamily& family) {
  const bool is_gauge = family.family.type == MetricType::kGauge;
  const bool is_per_backend = IsOf(family, ProxyMetric::kBackendUp) || family.family.type == MetricType::kSummary;
  std::map<std::string, SnapshotSample> sums;
  std::erase_if(family.samples, [&](const SnapshotSample& sample) {
    const std::string* const host = HostOf(sample);
    if (host == nullptr || !folded_hosts_.contains(*host)) return false;
    if (is_per_backend) return true;
    SnapshotSample other{sample.name, {{std::string(kHost), std::string(kOtherHost)}}, 0};
    for (const Label& label : sample.labels) {
      if (!IsPartLabel(label)) other.labels.push_back(label);
    }
    const std::string other_key = KeyOf(other);
    if (is_gauge) {
      sums.try_emplace(other_key, other).first->second.value += sample.value;
    } else {
      other_.try_emplace(other_key, other);
      FoldCounter(sample, *host, other_key);
    }
    return true;
  });
  for (auto& [key, sample] : sums) family.samples.push_back(std::move(sample));
  for (const auto& [key, sample] : other_) {
    if (sample.name == family.family.name ||
        (family.family.type == MetricType::kHistogram && sample.name.starts_with(family.family.name + "_"))) {
      family.samples.push_back(sample);
    }
  }
}

void HostFolder::FoldCounter(const SnapshotSample& sample, const std::string& host, const std::string& other_key) {
  const auto [known, is_new] = folded_counters_.try_emplace(KeyOf(sample));
  double increase = sample.value;
  if (!is_new && sample.value >= known->second.value) increase -= known->second.value;
  // Up to the last page it had series of its own; or there was no page before, whoever read the target then.
  if (is_new && (round_ == 1 || admitted_.contains(host))) increase = 0;
  known->second = {sample.value, round_};
  other_[other_key].value += increase;
  if (sample.name == requests_name_ && host != kOtherHost) limit_->CountFolded(increase);
}

}  // namespace proxy_telemetry

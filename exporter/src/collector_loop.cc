#include "collector_loop.h"

#include <algorithm>
#include <unordered_set>

#include "base/log.h"

namespace proxy_telemetry {
namespace {

constexpr int kWaitMaxMs = 1000;
// Kept-alive connections: one per target up to this, so that a round costs no handshake.
constexpr long kConnectionsMax = 4096;

}  // namespace

Collector::Loop::Loop(Collector& owner, CollectorOptions options, CURLM* multi)
    : owner_(owner), options_(std::move(options)), multi_(multi) {
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kConnectionsMax);
}

Collector::Loop::~Loop() {
  for (const auto& [easy, fetch] : active_) curl_multi_remove_handle(multi_, easy);
  targets_.clear();
  curl_multi_cleanup(multi_);
}

void Collector::Loop::Wakeup() { curl_multi_wakeup(multi_); }

void Collector::Loop::Apply(const Config& config) {
  std::unordered_set<TargetId> staying;
  std::vector<std::pair<TargetSpec, std::string>> coming;
  for (TargetSpec& spec : TargetsOf(config)) {
    std::string identity = spec.Identity();
    const auto found = by_identity_.find(identity);
    if (found != by_identity_.end()) {
      staying.insert(found->second);
    } else {
      coming.emplace_back(std::move(spec), std::move(identity));
    }
  }
  std::vector<TargetId> leaving;
  for (const auto& [id, target] : targets_) {
    if (!staying.contains(id)) leaving.push_back(id);
  }
  for (const TargetId id : leaving) RemoveTarget(id);
  for (auto& [spec, identity] : coming) AddTarget(std::move(spec), std::move(identity));
  owner_.targets_ = targets_.size();
}

void Collector::Loop::AddTarget(TargetSpec spec, std::string identity) {
  auto hosts = HostMapper::Make(spec.config->hosts);
  if (!hosts.ok()) {
    LogError("target left out: its hosts rules do not compile",
             {{"instance", spec.address}, {"reason", hosts.status().message()}});
    return;
  }
  const TargetId id = ++last_id_;
  auto target =
      std::make_unique<Target>(id, std::move(spec), std::move(*hosts), options_.intern, options_.clock->WallMs());
  options_.on_round(target->NotYetScraped());
  due_.emplace(options_.clock->SteadyMs(), id);
  by_identity_.emplace(std::move(identity), id);
  targets_.emplace(id, std::move(target));
  if (!first_rounds_over_) first_rounds_open_.push_back(id);
}

void Collector::Loop::RemoveTarget(TargetId id) {
  Target* const target = targets_.at(id).get();
  std::erase_if(active_, [this, target](const auto& entry) {
    if (entry.second.first != target) return false;
    curl_multi_remove_handle(multi_, entry.first);
    return true;
  });
  by_identity_.erase(target->spec().Identity());
  targets_.erase(id);
  options_.on_removed(id);
  NoteFirstRound(id);
}

void Collector::Loop::Run() {
  if (first_rounds_open_.empty()) NoteFirstRound(0);
  while (!owner_.stopping_) {
    std::shared_ptr<const Config> config;
    {
      MutexLock lock(owner_.mutex_);
      config = std::move(owner_.next_config_);
    }
    if (config) Apply(*config);
    BeginDueRounds();
    int running = 0;
    curl_multi_perform(multi_, &running);
    TakeDone();
    curl_multi_poll(multi_, nullptr, 0, WaitMs(), nullptr);
  }
}

int Collector::Loop::WaitMs() const {
  if (due_.empty()) return kWaitMaxMs;
  const std::int64_t wait_ms = due_.top().first - options_.clock->SteadyMs();
  return static_cast<int>(std::clamp<std::int64_t>(wait_ms, 0, kWaitMaxMs));
}

void Collector::Loop::BeginDueRounds() {
  const std::int64_t now_ms = options_.clock->SteadyMs();
  while (!due_.empty() && due_.top().first <= now_ms) {
    const TargetId id = due_.top().second;
    due_.pop();
    const auto found = targets_.find(id);
    if (found == targets_.end()) continue;
    Target& target = *found->second;
    if (target.busy()) {
      // Its timeout is about to end it; the next look is soon.
      ++owner_.missed_rounds_;
      due_.emplace(now_ms + target.spec().config->scrape_interval_ms, id);
      continue;
    }
    const std::int64_t wall_ms = options_.clock->WallMs();
    target.Begin(wall_ms, options_.clock->SteadyUs());
    due_.emplace(now_ms + target.schedule().DelayMs(wall_ms), id);
    StartFetches(target);
  }
}

void Collector::Loop::StartFetches(Target& target) {
  for (Fetch* fetch : target.NextFetches(options_.clock->SteadyUs())) {
    active_.emplace(fetch->easy(), std::pair(&target, fetch));
    curl_multi_add_handle(multi_, fetch->easy());
  }
  if (const auto round = target.TakeFinished()) Deliver(target, round);
}

void Collector::Loop::TakeDone() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const CURLcode code = message->data.result;
    const auto [target, fetch] = active_.at(easy);
    active_.erase(easy);
    curl_multi_remove_handle(multi_, easy);
    if (const auto round = target->OnFetched(*fetch, code, options_.clock->SteadyUs())) {
      Deliver(*target, round);
    } else {
      StartFetches(*target);
    }
  }
}

void Collector::Loop::Deliver(Target& target, const std::shared_ptr<const TargetRound>& round) {
  ++owner_.rounds_;
  if (!round->up) ++owner_.failed_rounds_;
  owner_.duplicate_samples_ += target.duplicates();
  options_.on_round(round);
  NoteFirstRound(target.id());
}

void Collector::Loop::NoteFirstRound(TargetId id) {
  if (first_rounds_over_) return;
  const auto found = std::lower_bound(first_rounds_open_.begin(), first_rounds_open_.end(), id);
  if (found != first_rounds_open_.end() && *found == id) first_rounds_open_.erase(found);
  if (!first_rounds_open_.empty()) return;
  first_rounds_over_ = true;
  options_.on_first_rounds_over();
}

}  // namespace proxy_telemetry

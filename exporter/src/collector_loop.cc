#include "collector_loop.h"

#include <algorithm>
#include <unordered_set>

#include "base/log.h"

namespace proxy_telemetry {
namespace {

constexpr int kWaitMaxMs = 1000;
// Kept-alive connections: one per target up to this, so that a round costs no handshake.
constexpr long kConnectionsMax = 4096;
// Of one configuration or set of files; a wrong rule may refuse thousands.
constexpr std::size_t kRefusalsLoggedMax = 20;

TargetStatus StatusOfRefused(const RefusedTarget& refused) {
  const ScrapeConfig& config = *refused.spec.config;
  TargetStatus status;
  status.job = config.job_name;
  status.discovered = refused.spec.discovered;
  status.labels = refused.spec.labels;
  status.source = SourceOf(MakeScrapePlan(config, refused.spec.address).front().fetches.front());
  status.health = TargetHealth::kDown;
  status.last_error = refused.reason;
  status.interval_ms = config.scrape_interval_ms;
  status.timeout_ms = config.scrape_timeout_ms;
  return status;
}

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

void Collector::Loop::ApplyNext() {
  std::unique_ptr<TargetSet> targets;
  {
    MutexLock lock(owner_.mutex_);
    targets = std::move(owner_.next_targets_);
  }
  if (targets) Apply(std::move(*targets));
}

void Collector::Loop::Apply(TargetSet targets) {
  host_silence_ms_ = targets.host_silence_ms;
  for (const TargetSpec& spec : targets.targets) LimitOf(*spec.config);
  std::unordered_set<TargetId> staying;
  std::vector<std::pair<TargetSpec, std::string>> coming;
  for (TargetSpec& spec : targets.targets) {
    std::string identity = spec.Identity();
    const auto found = by_identity_.find(identity);
    if (found != by_identity_.end()) {
      staying.insert(found->second);
      Target& target = *targets_.at(found->second);
      if (target.spec().discovered == spec.discovered) continue;
      target.set_discovered(std::move(spec.discovered));
      ShowStatus(target);
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
  ShowRefused(targets);
}

void Collector::Loop::ShowStatus(const Target& target) {
  if (options_.statuses != nullptr) options_.statuses->Publish(target.id(), target.MakeStatus());
}

// They are made anew each time: nothing about them is worth keeping.
void Collector::Loop::ShowRefused(TargetSet& targets) {
  std::set<std::string> logged;
  std::size_t news = 0;
  const auto log = [&](const std::string& job, const Labels& labels, const std::string& reason) {
    std::string key = job + '\n' + labels.ToString() + '\n' + reason;
    if (!logged_refusals_.contains(key) && ++news <= kRefusalsLoggedMax) {
      LogError("target left out", {{"job", job}, {"target", labels.ToString()}, {"reason", reason}});
    }
    logged.insert(std::move(key));
  };
  for (const DroppedTarget& dropped : targets.dropped) {
    if (!dropped.error.empty()) log(dropped.job, dropped.discovered, dropped.error);
  }
  for (const RefusedTarget& refused : targets.refused) {
    log(refused.spec.config->job_name, refused.spec.labels, refused.reason.message());
  }
  if (news > kRefusalsLoggedMax) {
    LogError("more targets left out; /api/v1/targets has them", {{"targets", news - kRefusalsLoggedMax}});
  }
  owner_.refused_targets_ = logged.size();
  logged_refusals_ = std::move(logged);
  if (options_.statuses == nullptr) return;
  options_.statuses->SetDropped(std::move(targets.dropped));
  for (const TargetId id : refused_) options_.statuses->Remove(id);
  refused_.clear();
  for (const RefusedTarget& refused : targets.refused) {
    refused_.push_back(++last_id_);
    options_.statuses->Publish(last_id_, std::make_shared<const TargetStatus>(StatusOfRefused(refused)));
  }
}

void Collector::Loop::AddTarget(TargetSpec spec, std::string identity) {
  auto hosts = HostMapper::Make(spec.config->hosts);
  if (!hosts.ok()) {
    LogError("target left out: its hosts rules do not compile",
             {{"instance", spec.address}, {"reason", hosts.status().message()}});
    return;
  }
  const TargetId id = ++last_id_;
  std::shared_ptr<HostLimit> limit = LimitOf(*spec.config);
  auto target = std::make_unique<Target>(id, std::move(spec), std::move(*hosts), std::move(limit), options_.intern,
                                         options_.clock->WallMs());
  options_.on_round(target->NotYetScraped());
  ShowStatus(*target);
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
  if (options_.statuses != nullptr) options_.statuses->Remove(id);
  NoteFirstRound(id);
}

void Collector::Loop::Run() {
  if (first_rounds_open_.empty()) NoteFirstRound(0);
  while (!owner_.stopping_) {
    ApplyNext();
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
  NoteFolded(target.spec().config->job_name);
  ShowStatus(target);
  NoteFirstRound(target.id());
}

// Of a job there is one, whatever comes and goes: its count must not fall.
std::shared_ptr<HostLimit> Collector::Loop::LimitOf(const ScrapeConfig& job) {
  std::shared_ptr<HostLimit>& limit = host_limits_[job.job_name];
  if (!limit) limit = std::make_shared<HostLimit>();
  limit->Configure(job.host_limit, host_silence_ms_);
  return limit;
}

void Collector::Loop::NoteFolded(const std::string& job) {
  const double folded = host_limits_.at(job)->folded();
  if (folded == 0) return;
  MutexLock lock(owner_.mutex_);
  owner_.folded_requests_[job] = folded;
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

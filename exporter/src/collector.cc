#include "exporter/collector.h"

#include <curl/curl.h>
#include <pthread.h>

#include <utility>

#include "collector_loop.h"
#include "file_sd.h"

namespace proxy_telemetry {

Collector::Collector() = default;

Result<std::unique_ptr<Collector>> Collector::Start(CollectorOptions options, std::shared_ptr<const Config> config) {
  // libcurl wants this once, before other threads use it; a second call only counts.
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return Status::Internal("libcurl does not start");
  CURLM* const multi = curl_multi_init();
  if (multi == nullptr) return Status::Internal("libcurl gave no multi handle: out of memory");
  std::unique_ptr<Collector> collector(new Collector());
  collector->loop_ = std::make_unique<Loop>(*collector, std::move(options), multi);
  collector->file_sd_ = std::make_unique<FileSd>([owner = collector.get()] { owner->OnDiscovered(); });
  collector->Apply(std::move(config));
  collector->loop_->ApplyNext();
  collector->thread_ = std::thread([loop = collector->loop_.get()] {
    pthread_setname_np(pthread_self(), "collector");
    loop->Run();
  });
  return collector;
}

Collector::~Collector() {
  if (file_sd_) file_sd_->Stop();
  stopping_ = true;
  if (loop_) loop_->Wakeup();
  if (thread_.joinable()) thread_.join();
}

void Collector::Apply(std::shared_ptr<const Config> config) {
  MutexLock lock(plan_mutex_);
  config_ = std::move(config);
  file_sd_->SetJobs(*config_);
  HandTargets();
}

void Collector::OnDiscovered() {
  MutexLock lock(plan_mutex_);
  HandTargets();
}

void Collector::HandTargets() {
  auto targets = std::make_unique<TargetSet>(TargetsOf(*config_, file_sd_->Groups()));
  {
    MutexLock lock(mutex_);
    next_targets_ = std::move(targets);
  }
  loop_->Wakeup();
}

CollectorStats Collector::stats() const {
  const std::uint64_t refused_files = file_sd_->refused_files();
  MutexLock lock(mutex_);
  return {targets_,       refused_targets_, refused_files,      rounds_,
          failed_rounds_, missed_rounds_,   duplicate_samples_, folded_requests_};
}

}  // namespace proxy_telemetry

#include "exporter/collector.h"

#include <curl/curl.h>
#include <pthread.h>

#include <utility>

#include "collector_loop.h"

namespace proxy_telemetry {

Collector::Collector() = default;

Result<std::unique_ptr<Collector>> Collector::Start(CollectorOptions options, const Config& config) {
  // libcurl wants this once, before other threads use it; a second call only counts.
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return Status::Internal("libcurl does not start");
  CURLM* const multi = curl_multi_init();
  if (multi == nullptr) return Status::Internal("libcurl gave no multi handle: out of memory");
  std::unique_ptr<Collector> collector(new Collector());
  collector->loop_ = std::make_unique<Loop>(*collector, std::move(options), multi);
  collector->loop_->Apply(config);
  collector->thread_ = std::thread([loop = collector->loop_.get()] {
    pthread_setname_np(pthread_self(), "collector");
    loop->Run();
  });
  return collector;
}

Collector::~Collector() {
  stopping_ = true;
  if (loop_) loop_->Wakeup();
  if (thread_.joinable()) thread_.join();
}

void Collector::Apply(std::shared_ptr<const Config> config) {
  {
    MutexLock lock(mutex_);
    next_config_ = std::move(config);
  }
  loop_->Wakeup();
}

CollectorStats Collector::stats() const {
  return {targets_, rounds_, failed_rounds_, missed_rounds_, duplicate_samples_};
}

}  // namespace proxy_telemetry

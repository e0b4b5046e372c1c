#include "exporter/recorder.h"

#include <pthread.h>

#include <chrono>
#include <utility>

#include "base/log.h"

namespace proxy_telemetry {

Recorder::Recorder(tsdb::Store& store, Exposition& exposition, const Clock& clock)
    : store_(store), exposition_(exposition), clock_(clock), last_expiry_ms_(clock.SteadyMs()) {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "store-writer");
    Run();
  });
}

Recorder::~Recorder() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wakeup_.NotifyAll();
  thread_.join();
}

void Recorder::Enqueue(std::shared_ptr<const TargetRound> round) {
  bool full = false;
  {
    MutexLock lock(mutex_);
    const std::size_t samples = round->samples.size() + round->unshown.size();
    full = queued_samples_ + samples > kQueuedSamplesMax;
    if (full) {
      ++unstored_rounds_;
    } else {
      queued_samples_ += samples;
    }
    queue_.push_back({std::move(round), !full, {}});
  }
  wakeup_.NotifyOne();
  if (full)
    LogError("the disk cannot keep up: a round is shown but not stored", {{"queued_samples_max", kQueuedSamplesMax}});
}

void Recorder::Remove(TargetId target) {
  Then([this, target] { exposition_.Remove(target); });
}

void Recorder::Then(std::function<void()> action) {
  {
    MutexLock lock(mutex_);
    queue_.push_back({nullptr, false, std::move(action)});
  }
  wakeup_.NotifyOne();
}

RecorderStats Recorder::stats() const {
  MutexLock lock(mutex_);
  return {queued_samples_, unstored_rounds_};
}

void Recorder::Run() {
  while (true) {
    std::vector<Item> items;
    {
      MutexLock lock(mutex_);
      if (queue_.empty() && !stopping_) wakeup_.WaitFor(mutex_, std::chrono::milliseconds(kExpireEveryMs));
      if (queue_.empty() && stopping_) return;
      items.swap(queue_);
      queued_samples_ = 0;
    }
    Store(items);
    for (Item& item : items) {
      if (item.round && item.round->is_late) continue;
      if (item.round) {
        exposition_.Publish(std::move(item.round));
      } else {
        item.action();
      }
    }
    ExpireNowAndThen();
  }
}

void Recorder::Store(const std::vector<Item>& items) {
  std::vector<tsdb::Round> rounds;
  for (const Item& item : items) {
    if (!item.store || item.round->ts_ms == 0) continue;
    tsdb::Round& round = rounds.emplace_back();
    round.ts_ms = item.round->ts_ms;
    round.samples.reserve(item.round->samples.size() + item.round->unshown.size());
    for (const auto* samples : {&item.round->samples, &item.round->unshown}) {
      for (const ScrapedSample& sample : *samples) {
        round.samples.push_back({sample.series->stored.get(), sample.value});
      }
    }
  }
  if (rounds.empty()) return;
  const auto result = store_.Append(rounds);
  NoteState(result.status());
  if (!result.ok()) {
    MutexLock lock(mutex_);
    unstored_rounds_ += rounds.size();
  }
}

void Recorder::NoteState(const Status& status) {
  if (!status.ok() && !store_failed_) {
    LogError("the history cannot be written; rounds are shown on /metrics but lost to the history until it works again",
             {{"reason", status.message()}});
  } else if (status.ok() && store_failed_) {
    LogInfo("the history is written again");
  }
  store_failed_ = !status.ok();
}

void Recorder::ExpireNowAndThen() {
  const std::int64_t now_ms = clock_.SteadyMs();
  if (now_ms - last_expiry_ms_ < kExpireEveryMs) return;
  last_expiry_ms_ = now_ms;
  const auto removed = store_.Expire(clock_.WallMs());
  if (!removed.ok()) {
    LogError("old history cannot be removed", {{"reason", removed.status().message()}});
  } else if (*removed > 0) {
    LogInfo("history beyond the retention removed", {{"partitions", *removed}});
  }
}

}  // namespace proxy_telemetry

#include "exporter/log_reader.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/log.h"
#include "logs/line_parser.h"
#include "logs/log_source.h"

namespace proxy_telemetry {
namespace {

// How often sockets are emptied and files looked at. A backlog holds what comes meanwhile.
constexpr std::chrono::milliseconds kTick{100};
// At the end, what has arrived is read for no longer than this: a flood must not keep the program from stopping.
constexpr std::int64_t kFinishMs = 2'000;
// Logs are targets beside those that are scraped: their ids must differ from the collector's, which count from 1.
constexpr TargetId kFirstLogTarget = TargetId{1} << 62U;

}  // namespace

Status CheckLogFormats(const Config& config) {
  for (const ScrapeConfig& job : config.scrape_configs) {
    if (!job.access_log) continue;
    const auto parser = LineParser::Make(job.access_log->format, job.proxy);
    if (!parser.ok()) return parser.status().Prefixed("access_log.format of job \"" + job.job_name + "\"");
  }
  return Status::Ok();
}

// What the reading thread does.
class LogReader::Loop {
 public:
  explicit Loop(LogReaderOptions options) : options_(std::move(options)) {}

  void Apply(const Config& config) {
    Sources before;
    before.swap(sources_);
    for (const ScrapeConfig& job : config.scrape_configs) {
      if (!job.access_log) continue;
      const auto shared = std::make_shared<const ScrapeConfig>(job);
      const std::int64_t silence_ms = config.storage.retention_raw_ms;
      const std::string name = LogSource::LabelsOf(job).ToString();
      std::unique_ptr<LogSource>& source = sources_[name];
      const auto found = before.find(name);
      if (found != before.end()) {
        source = std::move(found->second);
        before.erase(found);
        source->Configure(shared, silence_ms);
      } else if (!source) {
        source = std::make_unique<LogSource>(++last_id_, options_, shared, silence_ms);
      }
    }
    for (const auto& [name, source] : before) source->StopListening();
    UpdateListeners();
    Finish(before);
    for (const auto& [name, source] : before) {
      gone_duplicates_ += source->duplicate_samples();
      options_.on_removed(source->id());
    }
  }

  // Returns whether there is more to read at once.
  bool Turn() {
    bool changed = false;
    for (const auto& [name, source] : sources_) changed = source->KeepListening() || changed;
    if (changed) UpdateListeners();
    bool more = false;
    for (const auto& [name, source] : sources_) {
      more = source->Read() || more;
      source->MakeRounds(false);
    }
    NoteFirstRounds();
    return more;
  }

  void FinishAll() {
    for (const auto& [name, source] : sources_) source->StopListening();
    UpdateListeners();
    Finish(sources_);
  }

  LogReaderStats Stats() const {
    LogReaderStats stats;
    stats.targets = sources_.size();
    stats.duplicate_samples = gone_duplicates_;
    for (const auto& [name, source] : sources_) {
      stats.lines[source->job_name()] += source->lines_read();
      stats.folded_requests[source->job_name()] += source->folded();
      stats.duplicate_samples += source->duplicate_samples();
    }
    return stats;
  }

 private:
  using Sources = std::unordered_map<std::string, std::unique_ptr<LogSource>>;  // by their labels

  // Nobody receives for them any more. A file goes on at the next start where it is left.
  void Finish(const Sources& sources) const {
    const std::int64_t end_ms = options_.clock->SteadyMs() + kFinishMs;
    for (const auto& [name, source] : sources) {
      if (options_.clock->SteadyMs() < end_ms) source->Read();
      source->MakeRounds(true);
    }
  }

  void NoteFirstRounds() {
    if (first_rounds_over_ || !std::all_of(sources_.begin(), sources_.end(),
                                           [](const auto& entry) { return entry.second->is_first_round_over(); }))
      return;
    first_rounds_over_ = true;
    if (options_.on_first_rounds_over) options_.on_first_rounds_over();
  }

  void UpdateListeners() {
    std::vector<std::shared_ptr<LogListener>> listeners;
    for (const auto& [name, source] : sources_) {
      if (source->listener()) listeners.push_back(source->listener());
    }
    receiver_.SetListeners(std::move(listeners));
  }

  const LogReaderOptions options_;
  TargetId last_id_ = kFirstLogTarget;
  Sources sources_;
  bool first_rounds_over_ = false;
  std::uint64_t gone_duplicates_ = 0;  // of sources that were there before
  LogReceiver receiver_;
};

LogReader::LogReader(LogReaderOptions options, std::shared_ptr<const Config> config)
    : next_config_(std::move(config)), loop_(std::make_unique<Loop>(std::move(options))) {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "log-reader");
    Run();
  });
}

LogReader::~LogReader() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wakeup_.NotifyAll();
  thread_.join();
}

void LogReader::Apply(std::shared_ptr<const Config> config) {
  {
    MutexLock lock(mutex_);
    next_config_ = std::move(config);
  }
  wakeup_.NotifyAll();
}

LogReaderStats LogReader::stats() const {
  MutexLock lock(mutex_);
  return stats_;
}

void LogReader::Run() {
  bool more = false;
  while (true) {
    std::shared_ptr<const Config> config;
    {
      MutexLock lock(mutex_);
      if (!more && !stopping_ && !next_config_) wakeup_.WaitFor(mutex_, kTick);
      if (stopping_) break;
      config = std::move(next_config_);
      next_config_.reset();
    }
    if (config) loop_->Apply(*config);
    more = loop_->Turn();
    LogReaderStats stats = loop_->Stats();
    MutexLock lock(mutex_);
    stats_ = std::move(stats);
  }
  loop_->FinishAll();
}

}  // namespace proxy_telemetry

// Daemon: wires configuration, collector, recorder, store, exposition and HTTP together and runs until told to stop.
//
// Owns every thread: the collector's, the log reader's two, the store writer's, the HTTP workers'; its own is the main
// one, which waits for signals. Members are declared in the order of the data's way, so that destruction goes against
// it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "api/http.h"
#include "api/http_server.h"
#include "base/mutex.h"
#include "base/status.h"
#include "base/timeline_clock.h"
#include "config/config.h"
#include "exporter/collector.h"
#include "exporter/exposition.h"
#include "exporter/local_discovery.h"
#include "exporter/log_reader.h"
#include "exporter/recorder.h"
#include "exporter/self_metrics.h"
#include "exporter/target_status.h"
#include "flags.h"
#include "tsdb/store.h"

namespace proxy_telemetry {

class Daemon {
 public:
  explicit Daemon(Flags flags);
  ~Daemon();

  // Loads, opens, binds, starts scraping. What fails is in the status, with what to do.
  Status Start() EXCLUDES(reload_mutex_);
  // Until SIGTERM or SIGINT (or POST /-/quit); SIGHUP reloads. Those signals must be blocked in all threads.
  void WaitForEnd();

 private:
  // The configuration of the file, or of what is found on this machine.
  Result<Config> LoadConfig() REQUIRES(reload_mutex_);
  Status Reload() EXCLUDES(reload_mutex_);
  Status OpenStore(const Config& config);
  Status StartHttp();
  void NoteFirstRounds();
  Config LookForLocalProxies() REQUIRES(reload_mutex_);
  Config WithLogsOfBefore() REQUIRES(reload_mutex_);
  bool NoteUsedLogs() REQUIRES(reload_mutex_);
  void KeepLookingForLocalProxies() EXCLUDES(reload_mutex_);
  void Apply(const std::shared_ptr<const Config>& config);
  void NoteStorageChange(const Config& config);

  const Flags flags_;
  TimelineClock clock_{Clock::System()};
  std::string storage_path_;
  StorageConfig storage_;  // as the store was opened
  std::atomic<Aggregate> default_aggregate_ = Aggregate::kFirst;
  std::atomic<bool> ready_ = false;
  int first_rounds_open_ = 2;  // the recorder's thread alone uses it
  Mutex reload_mutex_;
  // Without a configuration file: what was found, and what becomes of its logs.
  std::vector<LocalProxy> local_proxies_ GUARDED_BY(reload_mutex_);
  LocalLogs local_logs_ GUARDED_BY(reload_mutex_);
  std::int64_t last_look_ms_ GUARDED_BY(reload_mutex_) = 0;

  std::unique_ptr<tsdb::Store> store_;
  std::shared_ptr<SelfMetrics> self_metrics_;
  std::unique_ptr<Exposition> exposition_;
  std::unique_ptr<Recorder> recorder_;
  TargetStatusBoard target_statuses_;
  std::unique_ptr<Collector> collector_;
  std::unique_ptr<LogReader> log_reader_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<HttpServer> server_;
};

// Blocks the signals that WaitForEnd() takes, in this thread and all it starts. Before any thread.
void BlockDaemonSignals();

}  // namespace proxy_telemetry

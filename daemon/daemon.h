// Daemon: wires configuration, collector, recorder, store, exposition and HTTP together and runs until told to stop.
//
// Owns every thread: the collector's, the store writer's, the HTTP workers'; its own is the main one, which waits
// for signals. Members are declared in the order of the data's way, so that destruction goes against it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "api/http.h"
#include "api/http_server.h"
#include "base/mutex.h"
#include "base/status.h"
#include "base/timeline_clock.h"
#include "config/config.h"
#include "exporter/collector.h"
#include "exporter/exposition.h"
#include "exporter/recorder.h"
#include "exporter/self_metrics.h"
#include "flags.h"
#include "tsdb/store.h"

namespace proxy_telemetry {

class Daemon {
 public:
  explicit Daemon(Flags flags);
  ~Daemon();

  // Loads, opens, binds, starts scraping. What fails is in the status, with what to do.
  Status Start();
  // Until SIGTERM or SIGINT (or POST /-/quit); SIGHUP reloads. Those signals must be blocked in all threads.
  void WaitForEnd();

 private:
  // The configuration of the file, or of what is found on this machine.
  Result<Config> LoadConfig() const;
  Status Reload() EXCLUDES(reload_mutex_);
  Status OpenStore(const Config& config);
  Status StartHttp();
  void LookForLocalProxies();
  void NoteStorageChange(const Config& config);

  const Flags flags_;
  TimelineClock clock_{Clock::System()};
  std::string storage_path_;
  StorageConfig storage_;  // as the store was opened
  bool found_local_ = false;
  std::atomic<Aggregate> default_aggregate_ = Aggregate::kFirst;
  std::atomic<bool> ready_ = false;
  Mutex reload_mutex_;

  std::unique_ptr<tsdb::Store> store_;
  std::shared_ptr<SelfMetrics> self_metrics_;
  std::unique_ptr<Exposition> exposition_;
  std::unique_ptr<Recorder> recorder_;
  std::unique_ptr<Collector> collector_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<HttpServer> server_;
};

// Blocks the signals that WaitForEnd() takes, in this thread and all it starts. Before any thread.
void BlockDaemonSignals();

}  // namespace proxy_telemetry

#include "exporter/self_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string>
#include <utility>

#include "base/duration.h"
#include "base/mutex.h"
#include "base/version.h"
#include "process_stats.h"

namespace proxy_telemetry {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;

const prometheus::Histogram::BucketBoundaries kRequestSeconds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                                              0.025,  0.05,    0.1,    0.25,  0.5,    1,     2.5};

}  // namespace

class SelfMetrics::Impl {
 public:
  Impl() { Gauge("proxy_telemetry_build_info", "The version that runs; always 1.", {{"version", kVersion}}).Set(1); }

  void SetSources(Sources sources) {
    MutexLock lock(mutex_);
    sources_ = std::move(sources);
    has_sources_ = true;
  }

  void CountHttpRequest(std::string_view route, int status, double seconds) {
    const std::string path(route);
    requests_.Add({{"path", path}, {"code", std::to_string(status)}}).Increment();
    durations_.Add({{"path", path}}, kRequestSeconds).Observe(seconds);
  }

  void NoteReload(bool successful, double unix_seconds) {
    reload_successful_.Set(successful ? 1 : 0);
    if (successful) reload_time_.Set(unix_seconds);
  }

  std::vector<prometheus::MetricFamily> Collect() {
    MutexLock lock(mutex_);
    if (has_sources_) {
      const CollectorStats collector = sources_.collector();
      const LogReaderStats logs = sources_.log_reader();
      UpdateCollector(collector);
      Raise(duplicate_samples_, collector.duplicate_samples + logs.duplicate_samples);
      UpdateFolded(collector.folded_requests, logs.folded_requests);
      UpdateRecorder(sources_.recorder());
      UpdateStore(sources_.store());
    }
    UpdateProcess(ReadProcessStats());
    return registry_.Collect();
  }

 private:
  prometheus::Gauge& Gauge(const char* name, const char* help, const prometheus::Labels& labels = {}) {
    return BuildGauge().Name(name).Help(help).Register(registry_).Add(labels);
  }
  prometheus::Counter& Counter(const char* name, const char* help, const prometheus::Labels& labels = {}) {
    return BuildCounter().Name(name).Help(help).Register(registry_).Add(labels);
  }
  // prometheus-cpp's counters cannot be set; the sources only ever grow.
  static void Raise(prometheus::Counter& counter, std::uint64_t value) {
    counter.Increment(static_cast<double>(value) - counter.Value());
  }
  static void Show(prometheus::Gauge& gauge, std::uint64_t value) { gauge.Set(static_cast<double>(value)); }

  void UpdateCollector(const CollectorStats& stats) {
    Show(targets_, stats.targets);
    Show(refused_targets_, stats.refused_targets);
    Show(refused_target_files_, stats.refused_target_files);
    Raise(rounds_ok_, stats.rounds - stats.failed_rounds);
    Raise(rounds_failed_, stats.failed_rounds);
    Raise(missed_rounds_, stats.missed_rounds);
  }

  void UpdateFolded(const std::map<std::string, double>& scraped, const std::map<std::string, std::uint64_t>& logged) {
    for (const auto& [job, requests] : scraped) {
      prometheus::Counter& counter = folded_requests_.Add({{"job", job}});
      counter.Increment(requests - counter.Value());
    }
    for (const auto& [job, requests] : logged) Raise(folded_requests_.Add({{"job", job}}), requests);
  }

  void UpdateRecorder(const RecorderStats& stats) {
    Show(queued_samples_, stats.queued_samples);
    Raise(unstored_rounds_, stats.unstored_rounds);
  }

  void UpdateStore(const tsdb::StoreStats& stats) {
    Show(store_series_, stats.series);
    Show(store_partitions_, stats.partitions);
    Show(store_bytes_, stats.disk_bytes);
    for (const tsdb::StoreStats::Tier& tier : stats.tiers) {
      const std::string resolution = tier.resolution_ms == 0 ? "raw" : FormatDurationMs(tier.resolution_ms);
      Show(store_closed_samples_.Add({{"resolution", resolution}}), tier.samples);
    }
    if (stats.filesystem_size_bytes != 0) {
      Show(filesystem_size_.Add({}), stats.filesystem_size_bytes);
      Show(filesystem_avail_.Add({}), stats.filesystem_avail_bytes);
    }
    Raise(store_samples_, stats.samples_appended);
    Raise(store_out_of_order_, stats.out_of_order);
    Raise(store_errors_, stats.append_errors);
    Raise(store_quarantined_, stats.quarantined);
    Raise(store_lost_records_, stats.lost_records);
    Raise(store_blocks_, stats.blocks_written);
    Show(store_waiting_blocks_, stats.waiting_blocks);
    Show(store_read_only_, stats.read_only ? 1 : 0);
  }

  void UpdateProcess(const ProcessStats& stats) {
    process_cpu_.Increment(stats.cpu_seconds - process_cpu_.Value());
    process_resident_.Set(stats.resident_bytes);
    process_virtual_.Set(stats.virtual_bytes);
    process_start_.Set(stats.start_time_seconds);
    process_open_fds_.Set(stats.open_fds);
    process_max_fds_.Set(stats.max_fds);
    process_threads_.Set(stats.threads);
  }

  Mutex mutex_;
  Sources sources_ GUARDED_BY(mutex_);
  bool has_sources_ GUARDED_BY(mutex_) = false;

  // The registry and all that is in it lock for themselves.
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& requests_ = BuildCounter()
                                                           .Name("proxy_telemetry_http_requests_total")
                                                           .Help("HTTP requests answered, by path and status.")
                                                           .Register(registry_);
  prometheus::Family<prometheus::Histogram>& durations_ = prometheus::BuildHistogram()
                                                              .Name("proxy_telemetry_http_request_duration_seconds")
                                                              .Help("How long answers took, by path.")
                                                              .Register(registry_);
  prometheus::Gauge& reload_successful_ = Gauge("proxy_telemetry_config_last_reload_successful",
                                                "Whether the last attempt to load the configuration succeeded.");
  prometheus::Gauge& reload_time_ = Gauge("proxy_telemetry_config_last_reload_success_timestamp_seconds",
                                          "Unix time of the last successful load of the configuration.");
  prometheus::Gauge& targets_ = Gauge("proxy_telemetry_targets", "Targets of the configuration in force.");
  prometheus::Gauge& refused_targets_ =
      Gauge("proxy_telemetry_refused_targets", "Targets that cannot be scraped as they are; /targets says why.");
  prometheus::Gauge& refused_target_files_ =
      Gauge("proxy_telemetry_refused_target_files", "Files of file_sd_configs that are broken; the log says where.");
  prometheus::Counter& rounds_ok_ =
      Counter("proxy_telemetry_rounds_total", "Scrapes of targets, by result.", {{"result", "ok"}});
  prometheus::Counter& rounds_failed_ =
      Counter("proxy_telemetry_rounds_total", "Scrapes of targets, by result.", {{"result", "failed"}});
  prometheus::Counter& missed_rounds_ =
      Counter("proxy_telemetry_missed_rounds_total", "Scrapes left out because the one before was still under way.");
  prometheus::Counter& duplicate_samples_ =
      Counter("proxy_telemetry_duplicate_samples_total", "Samples dropped as second ones of their series in a page.");
  prometheus::Family<prometheus::Counter>& folded_requests_ =
      BuildCounter()
          .Name("proxy_telemetry_folded_requests_total")
          .Help("Requests counted under the host \"_other\", because the job had its host_limit of hosts.")
          .Register(registry_);
  prometheus::Gauge& queued_samples_ =
      Gauge("proxy_telemetry_queued_samples", "Samples that wait to be written to the history.");
  prometheus::Counter& unstored_rounds_ =
      Counter("proxy_telemetry_unstored_rounds_total", "Scrapes shown but not written to the history.");
  prometheus::Gauge& store_series_ = Gauge("proxy_telemetry_store_series", "Series in the history.");
  prometheus::Gauge& store_partitions_ = Gauge("proxy_telemetry_store_partitions", "Partitions of the history.");
  prometheus::Gauge& store_bytes_ = Gauge("proxy_telemetry_store_disk_bytes", "Size of the history on disk.");
  prometheus::Family<prometheus::Gauge>& store_closed_samples_ =
      BuildGauge()
          .Name("proxy_telemetry_store_samples")
          .Help("Samples in the closed blocks of the history, by resolution; the newest are not in a block yet.")
          .Register(registry_);
  // Without a series where the system does not tell.
  prometheus::Family<prometheus::Gauge>& filesystem_size_ = BuildGauge()
                                                                .Name("proxy_telemetry_store_filesystem_size_bytes")
                                                                .Help("Size of the file system that holds the history.")
                                                                .Register(registry_);
  prometheus::Family<prometheus::Gauge>& filesystem_avail_ =
      BuildGauge()
          .Name("proxy_telemetry_store_filesystem_avail_bytes")
          .Help("What the program may still write to the file system that holds the history.")
          .Register(registry_);
  prometheus::Counter& store_samples_ =
      Counter("proxy_telemetry_store_samples_appended_total", "Samples written to the history.");
  prometheus::Counter& store_out_of_order_ = Counter("proxy_telemetry_store_out_of_order_samples_total",
                                                     "Samples refused for being no newer than what is stored.");
  prometheus::Counter& store_errors_ =
      Counter("proxy_telemetry_store_append_errors_total", "Writes to the history that failed.");
  prometheus::Counter& store_quarantined_ =
      Counter("proxy_telemetry_store_quarantined_partitions_total", "Partitions of the history set aside as damaged.");
  prometheus::Counter& store_lost_records_ = Counter("proxy_telemetry_store_lost_records_total",
                                                     "Records of the log found missing or damaged when it was opened.");
  prometheus::Counter& store_blocks_ =
      Counter("proxy_telemetry_store_blocks_written_total", "Blocks of samples closed and written to partitions.");
  prometheus::Gauge& store_waiting_blocks_ = Gauge(
      "proxy_telemetry_store_waiting_blocks", "Blocks that are closed and in the log, but not yet in a partition.");
  prometheus::Gauge& store_read_only_ =
      Gauge("proxy_telemetry_store_read_only", "Whether the last write to the history failed, on a full disk say.");
  prometheus::Counter& process_cpu_ =
      Counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
  prometheus::Gauge& process_resident_ = Gauge("process_resident_memory_bytes", "Resident memory size in bytes.");
  prometheus::Gauge& process_virtual_ = Gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.");
  prometheus::Gauge& process_start_ =
      Gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.");
  prometheus::Gauge& process_open_fds_ = Gauge("process_open_fds", "Number of open file descriptors.");
  prometheus::Gauge& process_max_fds_ = Gauge("process_max_fds", "Maximum number of open file descriptors.");
  prometheus::Gauge& process_threads_ = Gauge("process_threads", "Number of threads of the process.");
};

SelfMetrics::SelfMetrics() : impl_(std::make_unique<Impl>()) {}
SelfMetrics::~SelfMetrics() = default;

void SelfMetrics::SetSources(Sources sources) { impl_->SetSources(std::move(sources)); }

void SelfMetrics::CountHttpRequest(std::string_view route, int status, double seconds) {
  impl_->CountHttpRequest(route, status, seconds);
}

void SelfMetrics::NoteReload(bool successful, double unix_seconds) { impl_->NoteReload(successful, unix_seconds); }

std::vector<prometheus::MetricFamily> SelfMetrics::Collect() const { return impl_->Collect(); }

}  // namespace proxy_telemetry

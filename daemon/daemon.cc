#include "daemon.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <ctime>
#include <string>
#include <utility>

#include "api/history.h"
#include "api/metrics_page.h"
#include "api/pages.h"
#include "api/targets.h"
#include "base/log.h"
#include "base/version.h"
#include "config/loader.h"
#include "exporter/local_discovery.h"

namespace proxy_telemetry {
namespace {

sigset_t DaemonSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

// Every target and every client costs a descriptor; the soft limit of 1024 is for programs that use select().
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) LogWarn("the limit of open files stays low", {{"limit", limit.rlim_cur}});
}

std::size_t LogCount(const Config& config) {
  return static_cast<std::size_t>(std::count_if(config.scrape_configs.begin(), config.scrape_configs.end(),
                                                [](const ScrapeConfig& job) { return job.access_log.has_value(); }));
}

// How others call this machine.
std::string ExternalHost(const std::string& external_url) {
  if (const std::size_t scheme_end = external_url.find("://"); scheme_end != std::string::npos) {
    const std::string authority =
        external_url.substr(scheme_end + 3, external_url.find('/', scheme_end + 3) - scheme_end - 3);
    const std::size_t port = authority.rfind(':');
    const bool has_port = port != std::string::npos && authority.find(']', port) == std::string::npos;
    return has_port ? authority.substr(0, port) : authority;
  }
  std::array<char, HOST_NAME_MAX + 1> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

std::string Join(const std::vector<std::string>& parts) {
  std::string joined;
  for (const std::string& part : parts) joined += (joined.empty() ? "" : ", ") + part;
  return joined;
}

}  // namespace

void BlockDaemonSignals() {
  const sigset_t signals = DaemonSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

Daemon::Daemon(Flags flags) : flags_(std::move(flags)) {}

Daemon::~Daemon() {
  if (server_) server_->Stop();
}

Result<Config> Daemon::LoadConfig() {
  if (flags_.config_file.empty()) {
    Config config = LookForLocalProxies();
    if (local_proxies_.empty()) {
      LogWarn("no proxy found on this machine; looking again every minute; give --config.file to name targets",
              {{"looked_at", Join(LocalProxyPlaces())}});
    }
    return config;
  }
  ConfigResult result = LoadConfigFile(flags_.config_file, ProcessEnv());
  for (const ConfigError& error : result.errors) {
    LogError("configuration refused", {{"error", FormatConfigError(flags_.config_file, error)}});
  }
  if (!result.config) {
    return Status::InvalidArgument(flags_.config_file + " has " + std::to_string(result.errors.size()) +
                                   " error(s), logged above; try: proxy-telemetry check config " + flags_.config_file);
  }
  PT_RETURN_IF_ERROR(CheckLogFormats(*result.config));
  return std::move(*result.config);
}

Status Daemon::OpenStore(const Config& config) {
  storage_path_ = flags_.storage_path;
  if (storage_path_.empty()) storage_path_ = config.storage.path;
  if (storage_path_.empty()) storage_path_ = kDefaultStoragePath;
  storage_ = config.storage;
  tsdb::StoreOptions options;
  options.path = storage_path_;
  options.retention_ms = storage_.retention_raw_ms;
  for (const RetentionTier& tier : config.storage.tiers)
    options.tiers.push_back({tier.resolution_ms, tier.retention_ms});
  options.max_bytes = config.storage.max_size_bytes;
  options.group_labels = tsdb::DefaultGroupLabels();
  auto store = tsdb::Store::Open(options);
  if (!store.ok()) return store.status().Prefixed("the history in " + storage_path_ + " cannot be opened");
  store_ = std::move(*store);
  clock_.StartAfter(store_->stats().max_ts_ms);
  return Status::Ok();
}

Status Daemon::Start() {
  RaiseFileLimit();
  umask(027);
  // Nobody else runs yet; the lock is for what a reload shares.
  MutexLock lock(reload_mutex_);
  last_look_ms_ = clock_.SteadyMs();
  PT_ASSIGN_OR_RETURN(Config loaded, LoadConfig());
  PT_RETURN_IF_ERROR(OpenStore(loaded));
  if (flags_.config_file.empty()) loaded = WithLogsOfBefore();
  const auto config = std::make_shared<const Config>(std::move(loaded));
  default_aggregate_ = config->history.aggregate;
  self_metrics_ = std::make_shared<SelfMetrics>();
  self_metrics_->NoteReload(true, static_cast<double>(clock_.WallMs()) / 1000);
  exposition_ = std::make_unique<Exposition>(self_metrics_, clock_);
  recorder_ = std::make_unique<Recorder>(*store_, *exposition_, clock_);
  PT_RETURN_IF_ERROR(StartHttp());

  CollectorOptions options;
  options.clock = &clock_;
  options.intern = [this](const Labels& labels) { return store_->Intern(labels); };
  options.on_round = [this](std::shared_ptr<const TargetRound> round) { recorder_->Enqueue(std::move(round)); };
  options.statuses = &target_statuses_;
  options.on_removed = [this](TargetId target) { recorder_->Remove(target); };
  options.on_first_rounds_over = [this] { NoteFirstRounds(); };
  auto collector = Collector::Start(std::move(options), config);
  if (!collector.ok()) return collector.status();
  collector_ = std::move(*collector);
  LogReaderOptions logs;
  logs.clock = &clock_;
  logs.intern = [this](const Labels& labels) { return store_->Intern(labels); };
  logs.view = [this] { return store_->NewView(); };
  logs.on_round = [this](std::shared_ptr<const TargetRound> round) { recorder_->Enqueue(std::move(round)); };
  logs.on_removed = [this](TargetId target) { recorder_->Remove(target); };
  logs.on_first_rounds_over = [this] { NoteFirstRounds(); };
  logs.statuses = &target_statuses_;
  log_reader_ = std::make_unique<LogReader>(std::move(logs), config);
  self_metrics_->SetSources({[this] { return collector_->stats(); }, [this] { return log_reader_->stats(); },
                             [this] { return recorder_->stats(); }, [this] { return store_->stats(); }});
  LogInfo("proxy-telemetry runs", {{"version", kVersion},
                                   {"listen", Join(server_->addresses())},
                                   {"storage", storage_path_},
                                   {"targets", collector_->stats().targets},
                                   {"access_logs", LogCount(*config)}});
  return Status::Ok();
}

// Of the collector and of the log reader: each says so once.
void Daemon::NoteFirstRounds() {
  recorder_->Then([this] {
    if (--first_rounds_open_ == 0) ready_ = true;
  });
}

Status Daemon::StartHttp() {
  router_ = std::make_unique<Router>(flags_.route_prefix);
  MountHistory({[this] { return store_->NewView(); }, [this] { return default_aggregate_.load(); }, &clock_}, *router_);
  MountMetrics(
      flags_.telemetry_path,
      [this](bool open_metrics) {
        return exposition_->Page(open_metrics ? ExpositionFormat::kOpenMetrics : ExpositionFormat::kText);
      },
      *router_);
  MountTargets({[this] { return target_statuses_.Snapshot(); }, &clock_, ExternalHost(flags_.external_url)}, *router_);
  PagesOptions pages;
  pages.version = kVersion;
  pages.telemetry_path = flags_.telemetry_path;
  pages.enable_lifecycle = flags_.enable_lifecycle;
  pages.not_ready = [this] { return ready_ ? std::string() : std::string("the first scrape round is not over"); };
  pages.example_host = [this] {
    const std::vector<std::string> hosts = QueryHosts(*store_->NewView());
    return hosts.empty() ? std::string() : hosts.front();
  };
  pages.reload = [this] { return Reload(); };
  pages.quit = [] { kill(getpid(), SIGTERM); };
  MountPages(*router_, pages);
  auto server =
      HttpServer::Start({flags_.listen_addresses}, *router_,
                        [metrics = self_metrics_](std::string_view route, int status, double seconds, std::size_t) {
                          metrics->CountHttpRequest(route, status, seconds);
                        });
  if (!server.ok()) return server.status();
  server_ = std::move(*server);
  return Status::Ok();
}

void Daemon::NoteStorageChange(const Config& config) {
  const bool path_changed =
      flags_.storage_path.empty() && !config.storage.path.empty() && config.storage.path != storage_path_;
  if (path_changed || config.storage.retention_raw_ms != storage_.retention_raw_ms ||
      config.storage.tiers != storage_.tiers || config.storage.max_size_bytes != storage_.max_size_bytes) {
    LogWarn("a changed storage section takes effect at the next start only");
  }
}

Status Daemon::Reload() {
  MutexLock lock(reload_mutex_);
  auto loaded = LoadConfig();
  self_metrics_->NoteReload(loaded.ok(), static_cast<double>(clock_.WallMs()) / 1000);
  exposition_->Invalidate();
  if (!loaded.ok()) {
    LogError("reload refused; the configuration before stays in force", {{"reason", loaded.status().message()}});
    return loaded.status();
  }
  const auto config = std::make_shared<const Config>(std::move(*loaded));
  NoteStorageChange(*config);
  default_aggregate_ = config->history.aggregate;
  Apply(config);
  LogInfo("configuration reloaded", {{"file", flags_.config_file}});
  return Status::Ok();
}

void Daemon::Apply(const std::shared_ptr<const Config>& config) {
  collector_->Apply(config);
  log_reader_->Apply(config);
}

void Daemon::WaitForEnd() {
  const sigset_t signals = DaemonSignals();
  while (true) {
    const timespec wait{1, 0};
    const int signal = sigtimedwait(&signals, nullptr, &wait);
    if (signal == SIGHUP) {
      // Its failure is logged and on /metrics; there is nobody else to tell.
      static_cast<void>(Reload());
    } else if (signal > 0) {
      LogInfo("stopping", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
      ready_ = false;
      return;
    }
    if (flags_.config_file.empty()) KeepLookingForLocalProxies();
  }
}

}  // namespace proxy_telemetry

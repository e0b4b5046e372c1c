#include "logs/log_source.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"
#include "exporter/relabel.h"
#include "logs/log_restore.h"
#include "logs/syslog_prefix.h"

namespace proxy_telemetry {
namespace {

// Below that a burst of a busy proxy does not fit, and it drops what it cannot send.
constexpr std::uint64_t kUsefulQueueLength = 128;
constexpr std::size_t kExampleBytesMax = 200;

std::shared_ptr<const LabelPolicy> PolicyOf(const ScrapeConfig& job, const Labels& labels) {
  auto policy = std::make_shared<LabelPolicy>();
  if (!job.metric_relabel_configs.empty()) {
    auto relabeler = Relabeler::Make(job.metric_relabel_configs);
    if (relabeler.ok()) {
      policy->relabeler = std::make_shared<const Relabeler>(std::move(*relabeler));
    } else {
      LogError("metric_relabel_configs of a job do not compile and are left out",
               {{"job", job.job_name}, {"reason", relabeler.status().message()}});
    }
  }
  policy->target_labels = labels;
  policy->label_limit = job.label_limit;
  policy->label_name_length_limit = job.label_name_length_limit;
  policy->label_value_length_limit = job.label_value_length_limit;
  return policy;
}

std::vector<double> BucketsOf(const AccessLogConfig& log) {
  if (!log.buckets.empty()) return log.buckets;
  return {kDefaultLatencyBuckets.begin(), kDefaultLatencyBuckets.end()};
}

// What a line without a host is about: the proxy as a whole, by the name that its other readers use.
std::string UnnamedHost(ProxyKind proxy) {
  return proxy == ProxyKind::kAuto || proxy == ProxyKind::kOpenMetrics ? "unknown" : ProxyKindName(proxy);
}

// A name of which the label would be too long must not cost the log its rounds: anybody can send one.
LogHosts::Options HostOptions(const ScrapeConfig& job, std::int64_t silence_ms) {
  const std::uint64_t label_max = job.label_value_length_limit;
  return {UnnamedHost(job.proxy), job.host_limit, silence_ms,
          label_max == 0 ? kHostNameBytesMax : std::min<std::size_t>(label_max, kHostNameBytesMax)};
}

// The loader has checked the expressions.
HostMapper MapperOf(const ScrapeConfig& job) {
  auto mapper = HostMapper::Make(job.hosts);
  if (mapper.ok()) return std::move(*mapper);
  LogError("the hosts rules of a job do not compile; its hosts keep their own names",
           {{"job", job.job_name}, {"reason", mapper.status().message()}});
  return std::move(*HostMapper::Make({}));
}

}  // namespace

Labels LogSource::LabelsOf(const ScrapeConfig& job) {
  const AccessLogConfig& log = *job.access_log;
  return Labels({{"job", job.job_name}, {"instance", log.listen.empty() ? log.file : log.listen}});
}

LogSource::LogSource(TargetId id, const LogReaderOptions& options, std::shared_ptr<const ScrapeConfig> job,
                     std::int64_t silence_ms)
    : id_(id),
      options_(options),
      job_(std::move(job)),
      labels_(LabelsOf(*job_)),
      hosts_(MapperOf(*job_), HostOptions(*job_, silence_ms)),
      schedule_(labels_.ToString(), job_->scrape_interval_ms, options.clock->WallMs()) {
  if (const auto view = options_.view()) {
    const RestoredLog restored = RestoreLog(*view, labels_, options_.clock->WallMs(), hosts_);
    totals_ = noted_ = restored.totals;
    lost_before_ = restored.totals.lost;
    last_good_ms_ = last_round_ms_ = restored.last_round_ms;
    if (!job_->access_log->file.empty()) {
      file_ = std::make_unique<LogFile>(job_->access_log->file, job_->access_log->from_beginning);
      file_->Resume(restored.positions);
    }
  }
  Configure(job_, silence_ms);
  if (!file_ && UnixQueueLength() < kUsefulQueueLength && UnixQueueLength() != 0 &&
      job_->access_log->listen.starts_with("unix")) {
    LogWarn(
        "a unix socket holds few lines on this machine: in bursts the proxy will drop some; as root, run: "
        "sysctl -w net.unix.max_dgram_qlen=512",
        {{"socket", job_->access_log->listen}, {"net.unix.max_dgram_qlen", UnixQueueLength()}});
  }
  options_.on_round(rounds_->MakeFailed({.target = id_}));
  ShowStatus({.target = id_}, Status::Ok(), 0);
}

LogSource::~LogSource() {
  if (options_.statuses != nullptr) options_.statuses->Remove(id_);
}

void LogSource::Configure(std::shared_ptr<const ScrapeConfig> job, std::int64_t silence_ms) {
  if (job_->scrape_interval_ms != job->scrape_interval_ms) {
    schedule_ = Schedule(labels_.ToString(), job->scrape_interval_ms, options_.clock->WallMs());
    due_steady_ms_ = 0;
  }
  if (listener_ && job_->access_log->socket_mode != job->access_log->socket_mode) {
    if (const Status status = listener_->socket->SetMode(job->access_log->socket_mode); !status.ok()) {
      LogError("a changed socket_mode does not apply", {{"job", job->job_name}, {"reason", status.message()}});
    }
  }
  job_ = std::move(job);
  hosts_.Configure(MapperOf(*job_), HostOptions(*job_, silence_ms));
  rounds_ = std::make_unique<LogRounds>(PolicyOf(*job_, labels_), options_.intern, BucketsOf(*job_->access_log),
                                        job_->sample_limit);
  hosts_.ForEach([](LogHost& host) { host.series.reset(); });
  auto parser = LineParser::Make(job_->access_log->format, job_->proxy);
  parser_status_ = parser.status();
  parser_.reset();
  if (parser.ok()) parser_.emplace(std::move(*parser));
}

void LogSource::StopListening() {
  if (listener_) given_up_.push_back(std::move(listener_));
  listener_.reset();
}

bool LogSource::KeepListening() {
  if (file_ || (listener_ && listener_->socket->IsReachable())) return false;
  const bool had_one = listener_ != nullptr;
  StopListening();
  auto socket = LogSocket::Open(job_->access_log->listen, job_->access_log->socket_mode);
  listener_status_ = socket.status();
  if (!socket.ok()) return had_one;
  listener_ = std::make_shared<LogListener>();
  listener_->socket = std::move(*socket);
  return true;
}

bool LogSource::Read() {
  now_ms_ = options_.clock->WallMs();
  if (file_) return file_->Read(kReadBytesPerTurn, options_.clock->SteadyMs(), *this) >= kReadBytesPerTurn;
  ReadGivenUp();
  if (!listener_) return false;
  ReadBacklog(*listener_);
  totals_.lost = lost_before_ + listener_->backlog.lost();
  return batch_.size() > 0;
}

void LogSource::ReadBacklog(LogListener& listener) {
  listener.backlog.Take(batch_);
  batch_.ForEach([this](std::string_view datagram) { OnLine(StripSyslogPrefix(datagram)); });
}

void LogSource::ReadGivenUp() {
  for (const auto& listener : given_up_) {
    // What the system still holds of it too. Bounded: over UDP there may always be more.
    constexpr int kCallsMax = 16;
    listener->socket->RefuseMore();
    for (int call = 0; call < kCallsMax && listener->socket->Receive(listener->backlog); ++call) {
    }
    ReadBacklog(*listener);
    lost_before_ += listener->backlog.lost();
    totals_.lost = lost_before_;
  }
  given_up_.clear();
}

void LogSource::OnLine(std::string_view line) {
  if (!parser_) return;
  switch (parser_->Parse(line, record_)) {
    case LineOutcome::kRecord:
      ++totals_.lines;
      ++lines_read_;
      hosts_.Of(record_.host, now_ms_).Count(record_, now_ms_);
      return;
    case LineOutcome::kOther:
      ++totals_.other;
      if (other_example_.empty()) other_example_ = line.substr(0, kExampleBytesMax);
      return;
    case LineOutcome::kUnreadable:
      ++totals_.unreadable;
      if (unreadable_example_.empty()) {
        unreadable_example_ = std::string(parser_->problem()) + ": " + std::string(line.substr(0, kExampleBytesMax));
      }
      return;
  }
}

void LogSource::OnOverlongLine() {
  ++totals_.unreadable;
  if (unreadable_example_.empty()) {
    unreadable_example_ = "longer than " + std::to_string(kLogFileLineBytesMax) + " bytes";
  }
}

Status LogSource::CurrentStatus() const {
  if (!parser_status_.ok()) return parser_status_.Prefixed("format");
  return file_ ? file_->status() : listener_status_;
}

void LogSource::MakeRounds(bool last) {
  const std::int64_t steady_ms = options_.clock->SteadyMs();
  if (!last && steady_ms < due_steady_ms_) return;
  // A file goes on where the round before left it: no need for a rate over a few milliseconds, which is noise.
  if (last && file_ && due_steady_ms_ - steady_ms > job_->scrape_interval_ms / 2) return;
  const std::int64_t begun_us = options_.clock->SteadyUs();
  const std::int64_t wall_ms = options_.clock->WallMs();
  ScrapeFacts facts;
  facts.target = id_;
  // The last round may come within the millisecond of the one before.
  facts.ts_ms = std::max(schedule_.Begin(wall_ms), last_round_ms_ + 1);
  last_round_ms_ = facts.ts_ms;
  due_steady_ms_ = steady_ms + schedule_.DelayMs(wall_ms);
  hosts_.Expire(wall_ms);
  Status status = CurrentStatus();
  std::uint64_t samples = 0;
  facts.up = status.ok();
  facts.last_success_seconds = static_cast<double>(status.ok() ? facts.ts_ms : last_good_ms_) / 1000;
  if (status.ok()) {
    facts.duration_seconds = static_cast<double>(options_.clock->SteadyUs() - begun_us) / 1e6;
    auto made = rounds_->Make(hosts_, totals_, file_ ? file_->positions() : std::vector<LogFile::Position>(), facts,
                              last_good_ms_);
    status = made.status();
    if (made.ok()) {
      duplicate_samples_ += rounds_->duplicates();
      last_good_ms_ = facts.ts_ms;
      samples = made->samples;
      if (made->zeros) options_.on_round(std::move(made->zeros));
      options_.on_round(std::move(made->round));
    }
  }
  if (!status.ok()) {
    facts.up = false;
    facts.last_success_seconds = static_cast<double>(last_good_ms_) / 1000;
    options_.on_round(rounds_->MakeFailed(facts));
  }
  ShowStatus(facts, status, samples);
  NoteState(status);
  NoteTrouble();
}

void LogSource::ShowStatus(const ScrapeFacts& facts, const Status& status, std::uint64_t samples) const {
  if (options_.statuses == nullptr) return;
  auto shown = std::make_shared<TargetStatus>();
  shown->job = job_->job_name;
  shown->discovered = shown->labels = labels_;
  shown->source = labels_.Get("instance");
  shown->proxy = job_->proxy == ProxyKind::kAuto ? "access log" : ProxyKindName(job_->proxy);
  if (facts.ts_ms != 0) shown->health = facts.up ? TargetHealth::kUp : TargetHealth::kDown;
  shown->last_error = status;
  shown->last_scrape_ms = facts.ts_ms;
  shown->last_duration_seconds = facts.duration_seconds;
  shown->samples = samples;
  shown->interval_ms = job_->scrape_interval_ms;
  options_.statuses->Publish(id_, std::move(shown));
}

void LogSource::NoteState(const Status& status) {
  if (was_up_ == status.ok()) return;
  if (!status.ok()) {
    LogWarn("the access log cannot be read; trying again all the time",
            {{"job", job_->job_name}, {"instance", labels_.Get("instance")}, {"reason", status.message()}});
  } else {
    LogInfo("the access log is read", {{"job", job_->job_name}, {"instance", labels_.Get("instance")}});
  }
  was_up_ = status.ok();
}

// Once a round at most, and only when it is news.
void LogSource::NoteTrouble() {
  if (totals_.unreadable > noted_.unreadable && !unreadable_example_.empty()) {
    LogWarn("lines of an access log are not of its format and are left out; compare format: with what the proxy writes",
            {{"job", job_->job_name},
             {"instance", labels_.Get("instance")},
             {"lines", totals_.unreadable - noted_.unreadable},
             {"first", unreadable_example_}});
  }
  if (totals_.lost > noted_.lost) {
    LogWarn("lines of an access log came faster than they could be read and are lost",
            {{"job", job_->job_name}, {"instance", labels_.Get("instance")}, {"lines", totals_.lost - noted_.lost}});
  }
  // Notices of a proxy among its requests are usual; nothing but such lines is a format that does not fit.
  if (totals_.lines == 0 && noted_.other == 0 && totals_.other > 0) {
    LogWarn("none of the lines of an access log is about a request; compare format: with what the proxy writes",
            {{"job", job_->job_name}, {"instance", labels_.Get("instance")}, {"first", other_example_}});
  }
  noted_ = totals_;
  unreadable_example_.clear();
}

}  // namespace proxy_telemetry

#include "scrape_reader.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

#include "access_log_reader.h"
#include "base/duration.h"
#include "file_sd_reader.h"
#include "host_reader.h"
#include "http_reader.h"
#include "mapping_reader.h"
#include "relabel_reader.h"
#include "target_reader.h"

namespace proxy_telemetry {
namespace {

constexpr std::array<std::string_view, 26> kJobKeys{"job_name",
                                                    "proxy",
                                                    "static_configs",
                                                    "scheme",
                                                    "metrics_path",
                                                    "params",
                                                    "basic_auth",
                                                    "authorization",
                                                    "tls_config",
                                                    "follow_redirects",
                                                    "headers",
                                                    "scrape_interval",
                                                    "scrape_timeout",
                                                    "sample_limit",
                                                    "label_limit",
                                                    "label_name_length_limit",
                                                    "label_value_length_limit",
                                                    "body_size_limit",
                                                    "honor_labels",
                                                    "hosts",
                                                    "host_limit",
                                                    "access_log",
                                                    "mapping",
                                                    "file_sd_configs",
                                                    "relabel_configs",
                                                    "metric_relabel_configs"};

void ReadProxy(Reader& reader, const Value* value, ProxyKind& out) {
  std::string name;
  if (!reader.String(value, name)) return;
  const auto* const kind =
      std::find_if(kProxyKinds.begin(), kProxyKinds.end(), [&](ProxyKind k) { return name == ProxyKindName(k); });
  if (kind != kProxyKinds.end()) {
    out = *kind;
    return;
  }
  std::array<std::string_view, kProxyKinds.size()> names;
  std::transform(kProxyKinds.begin(), kProxyKinds.end(), names.begin(), ProxyKindName);
  reader.Fail(*value, Quoted(name) + " is not a known proxy; use " + JoinOr(names));
}

void ReadLimits(Reader& reader, const Fields& fields, ScrapeConfig& out) {
  reader.Count(fields.Find("sample_limit"), out.sample_limit);
  reader.Count(fields.Find("label_limit"), out.label_limit);
  reader.Count(fields.Find("label_name_length_limit"), out.label_name_length_limit);
  reader.Count(fields.Find("label_value_length_limit"), out.label_value_length_limit);
}

// Reads the jobs of one file; remembers what must be unique among them.
class JobReader {
 public:
  JobReader(Reader& reader, const Timing& global)
      : reader_(reader), targets_(reader), access_logs_(reader), global_(global) {}

  ScrapeConfig Read(const Value& value) {
    const Fields fields = reader_.Map(value, kJobKeys);
    ScrapeConfig job;
    ReadName(reader_.Require(value, fields, "job_name"), value, job);
    ReadProxy(reader_, fields.Find("proxy"), job.proxy);
    const Timing timing = ReadTiming(reader_, fields, global_);
    job.scrape_interval_ms = timing.interval_ms;
    job.scrape_timeout_ms = timing.timeout_ms;
    ReadHttp(reader_, fields, job);
    ReadLimits(reader_, fields, job);
    reader_.Bool(fields.Find("honor_labels"), job.honor_labels);
    if (const Value* hosts = fields.Find("hosts")) job.hosts = ReadHostRules(reader_, *hosts);
    reader_.Count(fields.Find("host_limit"), job.host_limit);
    ReadTargets(fields, job);
    job.metric_relabel_configs = ReadRelabelRules(reader_, fields.Find("metric_relabel_configs"));
    ReadMapping(reader_, fields, job);
    access_logs_.Read(fields, job);
    return job;
  }

 private:
  void ReadName(const Value* name, const Value& job, ScrapeConfig& out) {
    if (!reader_.NonEmptyString(name, out.job_name)) {
      out.job_name = job.path;  // keeps its targets apart from those of other nameless jobs
      return;
    }
    const auto [it, is_new] = path_by_name_.try_emplace(out.job_name, job.path);
    if (!is_new)
      reader_.Fail(*name, Quoted(out.job_name) + " is the name of " + it->second + " too; each job needs its own");
  }

  void ReadTargets(const Fields& fields, ScrapeConfig& out) {
    out.relabel_configs = ReadRelabelRules(reader_, fields.Find("relabel_configs"));
    const bool relabelled = !out.relabel_configs.empty();
    if (const Value* targets = fields.Find("static_configs")) targets_.Read(*targets, relabelled, out);
    if (const Value* files = fields.Find("file_sd_configs")) out.file_sd_configs = ReadFileSdConfigs(reader_, *files);
  }

  Reader& reader_;
  TargetReader targets_;
  AccessLogReader access_logs_;
  const Timing& global_;
  std::unordered_map<std::string, std::string> path_by_name_;
};

}  // namespace

Timing ReadTiming(Reader& reader, const Fields& fields, const Timing& defaults) {
  Timing timing = defaults;
  const Value* interval = fields.Find("scrape_interval");
  const Value* timeout = fields.Find("scrape_timeout");
  if (interval != nullptr) timing.interval_known = reader.DurationMs(interval, timing.interval_ms);
  if (!reader.DurationMs(timeout, timing.timeout_ms)) {
    timing.timeout_ms = std::min(timing.timeout_ms, timing.interval_ms);
  } else if (timing.interval_known && timing.timeout_ms > timing.interval_ms) {
    reader.Fail(*timeout, FormatDurationMs(timing.timeout_ms) + " is longer than the scrape_interval, " +
                              FormatDurationMs(timing.interval_ms) + "; make it that or less");
  }
  return timing;
}

std::vector<ScrapeConfig> ReadScrapeConfigs(Reader& reader, const Value& value, const Timing& global) {
  std::vector<ScrapeConfig> jobs;
  JobReader job_reader(reader, global);
  for (const Value& job : reader.List(value)) jobs.push_back(job_reader.Read(job));
  return jobs;
}

}  // namespace proxy_telemetry

#include "target_spec.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/duration.h"
#include "config/target_address.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kReserved = "__";
constexpr std::string_view kAddress = "__address__";
constexpr std::string_view kScheme = "__scheme__";
constexpr std::string_view kMetricsPath = "__metrics_path__";
constexpr std::string_view kInterval = "__scrape_interval__";
constexpr std::string_view kTimeout = "__scrape_timeout__";
constexpr std::string_view kParam = "__param_";
constexpr std::string_view kJob = "job";
constexpr std::string_view kInstance = "instance";
constexpr const char* kExpositionPath = "/metrics";

// What a URL may hold between host and query as it is; the rest would be refused or cut off on its way.
bool IsPathByte(char c) {
  return c > ' ' && c < '\x7f' && std::string_view("\"#<>\\^`{|}").find(c) == std::string_view::npos;
}

std::string PathOf(std::string_view label) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string path = label.starts_with('/') ? "" : "/";
  for (const char c : label) {
    if (IsPathByte(c)) {
      path += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      path.append({'%', kHex[byte >> 4U], kHex[byte & 15U]});
    }
  }
  return path;
}

// Makes the targets of one job.
class JobTargets {
 public:
  explicit JobTargets(const ScrapeConfig& job)
      : base_(std::make_shared<const ScrapeConfig>(WithoutTargets(job))),
        relabeler_(Relabeler::Make(job.relabel_configs)),
        // The reader of an exposition reads /metrics and nothing else, as Prometheus does.
        usual_path_(job.proxy == ProxyKind::kOpenMetrics || job.mapping ? kExpositionPath : ""),
        path_(job.metrics_path.value_or(usual_path_)) {
    if (job.metric_relabel_configs.empty()) return;
    auto made = Relabeler::Make(job.metric_relabel_configs);
    if (made.ok()) {
      metric_relabeler_ = std::make_shared<const Relabeler>(std::move(*made));
    } else {
      fault_ = made.status();
    }
  }

  void Add(const std::string& address, const TargetGroup& group, TargetSet& out) {
    Labels discovered = Discovered(address, group);
    const Status fault = relabeler_.ok() ? fault_ : relabeler_.status();
    if (!fault.ok()) return Drop(std::move(discovered), fault.message(), out);
    const std::optional<Labels> labels = relabeler_->Apply(discovered);
    if (!labels) return Drop(std::move(discovered), "", out);

    if (out.targets.size() + out.refused.size() == kTargetsMax) {
      return Drop(std::move(discovered), "there are more than " + std::to_string(kTargetsMax) + " targets", out);
    }

    TargetSpec spec;
    spec.address = labels->Get(kAddress);
    const bool is_unix = spec.address.starts_with("unix:");
    if (spec.address.empty()) return Drop(std::move(discovered), "relabelling left no __address__", out);
    std::string address_fault = TargetFault(spec.address);
    if (!is_unix && spec.address.find('/') != std::string::npos) {
      return Drop(std::move(discovered), "__address__ " + std::move(address_fault), out);
    }
    Result<std::shared_ptr<const ScrapeConfig>> config = ConfigOf(*labels);
    if (!config.ok()) return Drop(std::move(discovered), config.status().message(), out);
    spec.config = std::move(*config);
    spec.labels = Public(*labels, spec.address);
    spec.discovered = std::move(discovered);
    spec.metric_relabeler = metric_relabeler_;
    if (!address_fault.empty()) {
      out.refused.push_back({std::move(spec), Status::InvalidArgument("__address__ " + std::move(address_fault))});
    } else if (spec.config->scheme != "http" && spec.config->scheme != "https") {
      Status reason =
          Status::InvalidArgument("__scheme__ is \"" + spec.config->scheme + "\", it must be http or https");
      out.refused.push_back({std::move(spec), std::move(reason)});
    } else {
      out.targets.push_back(std::move(spec));
    }
  }

 private:
  static ScrapeConfig WithoutTargets(const ScrapeConfig& job) {
    ScrapeConfig config = job;
    config.static_configs.clear();
    config.file_sd_configs.clear();
    config.relabel_configs.clear();
    return config;
  }

  void Drop(Labels discovered, std::string error, TargetSet& out) const {
    if (out.dropped.size() == kDroppedTargetsMax) return;
    out.dropped.push_back({base_->job_name, std::move(discovered), std::move(error)});
  }

  Labels Discovered(const std::string& address, const TargetGroup& group) const {
    std::vector<Label> labels;
    labels.reserve(group.labels.size() + base_->params.size() + 6);
    // Labels keeps the first of a name. A parameter of the configuration wins over the group's.
    for (const auto& [name, value] : base_->params) labels.push_back({std::string(kParam) + name, value});
    labels.push_back({std::string(kAddress), address});
    for (const auto& [name, value] : group.labels) {
      if (!value.empty()) labels.push_back({name, value});
    }
    labels.push_back({std::string(kJob), base_->job_name});
    labels.push_back({std::string(kInterval), FormatDurationMs(base_->scrape_interval_ms)});
    labels.push_back({std::string(kTimeout), FormatDurationMs(base_->scrape_timeout_ms)});
    labels.push_back({std::string(kMetricsPath), path_});
    labels.push_back({std::string(kScheme), base_->scheme});
    return Labels(std::move(labels));
  }

  static Labels Public(const Labels& labels, const std::string& address) {
    std::vector<Label> kept;
    for (const Label& label : labels) {
      if (!label.name.starts_with(kReserved)) kept.push_back(label);
    }
    kept.push_back({std::string(kInstance), address});  // the first of a name is kept
    return Labels(std::move(kept));
  }

  // The configuration by the labels of one target; one object for all targets with the same ones.
  Result<std::shared_ptr<const ScrapeConfig>> ConfigOf(const Labels& labels) {
    std::vector<Label> deciding;
    for (const Label& label : labels) {
      const bool decides = label.name == kScheme || label.name == kMetricsPath || label.name == kInterval ||
                           label.name == kTimeout || label.name.starts_with(kParam);
      if (decides) deciding.push_back(label);
    }
    const auto found = configs_.find(Labels(deciding));
    if (found != configs_.end()) return found->second;
    PT_ASSIGN_OR_RETURN(ScrapeConfig config, MakeConfig(labels));
    auto made = std::make_shared<const ScrapeConfig>(std::move(config));
    configs_.emplace(Labels(std::move(deciding)), made);
    return made;
  }

  Result<ScrapeConfig> MakeConfig(const Labels& labels) const {
    ScrapeConfig config = *base_;
    config.scheme = labels.Get(kScheme);
    if (labels.Has(kMetricsPath)) {
      config.metrics_path = PathOf(labels.Get(kMetricsPath));
    } else if (!path_.empty()) {
      config.metrics_path = "/";  // relabelling took it away
    }
    config.params = Params(labels);
    PT_ASSIGN_OR_RETURN(config.scrape_interval_ms, PositiveDuration(kInterval, labels));
    PT_ASSIGN_OR_RETURN(config.scrape_timeout_ms, PositiveDuration(kTimeout, labels));
    if (config.scrape_timeout_ms > config.scrape_interval_ms) {
      return Status::InvalidArgument("__scrape_timeout__ " + std::string(labels.Get(kTimeout)) +
                                     " is longer than __scrape_interval__ " + std::string(labels.Get(kInterval)));
    }
    return config;
  }

  static Result<std::int64_t> PositiveDuration(std::string_view name, const Labels& labels) {
    const auto duration = ParseDurationMs(labels.Get(name));
    if (!duration.ok()) return duration.status().Prefixed(name);
    if (*duration == 0) return Status::InvalidArgument(std::string(name) + " must be above 0");
    return *duration;
  }

  // Those of the configuration by name, the first of a name as the label says.
  std::vector<std::pair<std::string, std::string>> Params(const Labels& labels) const {
    std::map<std::string, std::vector<std::string>> by_name;
    for (const auto& [name, value] : base_->params) by_name[name].push_back(value);
    for (const Label& label : labels) {
      if (!label.name.starts_with(kParam)) continue;
      std::vector<std::string>& values = by_name[label.name.substr(kParam.size())];
      if (values.empty()) values.emplace_back();
      values.front() = label.value;
    }
    std::vector<std::pair<std::string, std::string>> params;
    for (const auto& [name, values] : by_name) {
      for (const std::string& value : values) params.emplace_back(name, value);
    }
    return params;
  }

  const std::shared_ptr<const ScrapeConfig> base_;
  const Result<Relabeler> relabeler_;
  const std::string usual_path_;
  const std::string path_;  // "": the reader's search decides
  std::shared_ptr<const Relabeler> metric_relabeler_;
  Status fault_;
  std::unordered_map<Labels, std::shared_ptr<const ScrapeConfig>> configs_;
};

// Of targets with the same labels the first stays: their series would mix. The same target again is no news.
void RefuseTwins(TargetSet& set) {
  std::unordered_map<Labels, std::string> identity_by_labels;
  std::vector<TargetSpec> kept;
  kept.reserve(set.targets.size());
  for (TargetSpec& spec : set.targets) {
    const std::string identity = spec.Identity();
    const auto [found, added] = identity_by_labels.try_emplace(spec.labels, identity);
    if (added) {
      kept.push_back(std::move(spec));
    } else if (found->second != identity) {
      Status reason = Status::AlreadyExists("another target has the same labels, their series would mix; " +
                                            std::string("tell them apart by a label or drop one"));
      set.refused.push_back({std::move(spec), std::move(reason)});
    }
  }
  set.targets = std::move(kept);
}

}  // namespace

TargetSet TargetsOf(const Config& config, const DiscoveredGroups& discovered) {
  TargetSet set;
  set.host_silence_ms = config.storage.retention_raw_ms;
  for (const ScrapeConfig& job : config.scrape_configs) {
    JobTargets targets(job);
    const auto add = [&](const std::vector<TargetGroup>& groups) {
      for (const TargetGroup& group : groups) {
        for (const std::string& address : group.targets) targets.Add(address, group, set);
      }
    };
    add(job.static_configs);
    const auto found = discovered.find(job.job_name);
    if (found != discovered.end()) add(found->second);
  }
  RefuseTwins(set);
  return set;
}

}  // namespace proxy_telemetry

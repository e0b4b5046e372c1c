#include <string>

#include "target.h"

namespace proxy_telemetry {
namespace {

void Append(std::string_view text, std::string& out) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

void Append(std::uint64_t number, std::string& out) { Append(std::to_string(number), out); }

void Append(const Secret& secret, std::string& out) {
  Append(secret.value, out);
  Append(secret.file, out);
}

// All of a ScrapeConfig that a running target depends on.
void AppendConfig(const ScrapeConfig& config, std::string& out) {
  Append(ProxyKindName(config.proxy), out);
  Append(config.scheme, out);
  Append(config.metrics_path.value_or(""), out);
  for (const auto& [name, value] : config.params) {
    Append(name, out);
    Append(value, out);
  }
  if (config.basic_auth) {
    Append("basic", out);
    Append(config.basic_auth->username, out);
    Append(config.basic_auth->password, out);
  }
  if (config.authorization) {
    Append(config.authorization->type, out);
    Append(config.authorization->credentials, out);
  }
  const TlsConfig& tls = config.tls;
  for (const std::string* part : {&tls.ca_file, &tls.cert_file, &tls.key_file, &tls.server_name, &tls.min_version}) {
    Append(*part, out);
  }
  for (const auto& [name, value] : config.headers) {
    Append(name, out);
    Append(value, out);
  }
  for (const std::uint64_t number :
       {std::uint64_t{tls.insecure_skip_verify}, std::uint64_t{config.follow_redirects},
        std::uint64_t{config.honor_labels}, static_cast<std::uint64_t>(config.scrape_interval_ms),
        static_cast<std::uint64_t>(config.scrape_timeout_ms), config.body_size_limit, config.sample_limit,
        config.label_limit, config.label_name_length_limit, config.label_value_length_limit}) {
    Append(number, out);
  }
  for (const HostRule& rule : config.hosts) {
    Append(rule.match, out);
    Append(rule.host, out);
  }
}

}  // namespace

std::string TargetSpec::Identity() const {
  std::string identity;
  Append(address, identity);
  for (const Label& label : labels) {
    Append(label.name, identity);
    Append(label.value, identity);
  }
  AppendConfig(*config, identity);
  return identity;
}

std::vector<TargetSpec> TargetsOf(const Config& config) {
  std::vector<TargetSpec> specs;
  for (const ScrapeConfig& scrape_config : config.scrape_configs) {
    const auto shared = std::make_shared<const ScrapeConfig>(scrape_config);
    for (const TargetGroup& group : scrape_config.static_configs) {
      for (const std::string& address : group.targets) {
        std::vector<Label> labels;
        labels.reserve(group.labels.size() + 2);
        for (const auto& [name, value] : group.labels) labels.push_back({name, value});
        // Labels keeps the first of a name: the group's own job or instance wins, as in Prometheus.
        labels.push_back({"job", scrape_config.job_name});
        labels.push_back({"instance", address});
        specs.push_back({shared, address, Labels(std::move(labels))});
      }
    }
  }
  return specs;
}

}  // namespace proxy_telemetry

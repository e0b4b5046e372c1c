#include <bit>
#include <string>

#include "target_spec.h"

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

void Append(const std::vector<MappedMetric>& metrics, std::string& out) {
  Append(metrics.size(), out);
  for (const MappedMetric& metric : metrics) {
    for (const std::string* part : {&metric.metric, &metric.host, &metric.code, &metric.backend, &metric.largest_of}) {
      Append(*part, out);
    }
    Append(metric.where.size(), out);
    for (const auto& [label, expression] : metric.where) {
      Append(label, out);
      Append(expression, out);
    }
    Append(std::bit_cast<std::uint64_t>(metric.scale), out);
  }
}

void Append(const Mapping& mapping, std::string& out) {
  Append(mapping.host, out);
  for (const auto* metrics : {&mapping.requests, &mapping.errors, &mapping.latency, &mapping.in_flight,
                              &mapping.request_bytes, &mapping.response_bytes, &mapping.backends, &mapping.backends_up,
                              &mapping.backend_up, &mapping.backend_requests, &mapping.frontend_requests}) {
    Append(*metrics, out);
  }
}

void Append(const RelabelRule& rule, std::string& out) {
  Append(rule.source_labels.size(), out);
  for (const std::string& label : rule.source_labels) Append(label, out);
  for (const std::string* part : {&rule.separator, &rule.regex, &rule.target_label, &rule.replacement}) {
    Append(*part, out);
  }
  Append(rule.modulus, out);
  Append(static_cast<std::uint64_t>(rule.action), out);
}

// All of a ScrapeConfig that a running target depends on.
void AppendConfig(const ScrapeConfig& config, std::string& out) {
  Append(ProxyKindName(config.proxy), out);
  Append(config.scheme, out);
  Append(config.metrics_path.value_or(""), out);
  Append(config.job_name, out);
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
        config.label_limit, config.label_name_length_limit, config.label_value_length_limit, config.host_limit}) {
    Append(number, out);
  }
  for (const HostRule& rule : config.hosts) {
    Append(rule.match, out);
    Append(rule.host, out);
  }
  for (const RelabelRule& rule : config.metric_relabel_configs) Append(rule, out);
  if (config.mapping) Append(*config.mapping, out);
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

}  // namespace proxy_telemetry

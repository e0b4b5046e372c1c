// What the configuration file says, as plain structs. No behaviour, no YAML, no other module.
//
// Made by ParseConfig() (config/loader.h), validated: whoever receives a Config need not check it again.
// Durations are milliseconds, sizes bytes. Immutable after loading: share as shared_ptr<const Config>.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace proxy_telemetry {

// How a target is read.
enum class ProxyKind { kAuto, kOpenMetrics, kHaproxy, kAgbero, kNginx, kAngie, kCaddy, kTraefik, kEnvoy, kApache };
inline constexpr std::array kProxyKinds{
    ProxyKind::kAuto,  ProxyKind::kOpenMetrics, ProxyKind::kHaproxy, ProxyKind::kAgbero, ProxyKind::kNginx,
    ProxyKind::kAngie, ProxyKind::kCaddy,       ProxyKind::kTraefik, ProxyKind::kEnvoy,  ProxyKind::kApache};
const char* ProxyKindName(ProxyKind kind);

// A secret is given in the file, or as a file that is read each time the secret is used.
struct Secret {
  std::string value;
  std::string file;  // wins when not empty
};

struct BasicAuthConfig {
  std::string username;
  Secret password;
};

struct AuthorizationConfig {
  std::string type = "Bearer";
  Secret credentials;
};

struct TlsConfig {
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
  std::string server_name;
  std::string min_version;  // "", TLS10, TLS11, TLS12, TLS13
  bool insecure_skip_verify = false;
};

// One rule of `hosts:`. `match` is an RE2 expression that must match the whole name. In `host`, $1, ${1} and $name
// stand for its groups, as in Prometheus; every $ there is one of a group that exists. (${name} would be the
// environment's; $${name} in the file gives it.)
struct HostRule {
  std::string match;
  std::string host;
};

enum class RelabelAction {
  kReplace,
  kLowercase,
  kUppercase,
  kKeep,
  kDrop,
  kKeepEqual,
  kDropEqual,
  kHashMod,
  kLabelMap,
  kLabelDrop,
  kLabelKeep,
};

// One rule of relabel_configs or metric_relabel_configs, with Prometheus' defaults. `regex` is RE2 and anchored.
struct RelabelRule {
  std::vector<std::string> source_labels;
  std::string separator = ";";
  std::string regex = "(.*)";
  std::uint64_t modulus = 0;
  std::string target_label;
  std::string replacement = "$1";
  RelabelAction action = RelabelAction::kReplace;
  bool operator==(const RelabelRule&) const = default;
};

// Files with target groups, read again when they change and every refresh_interval.
struct FileSdConfig {
  std::vector<std::string> files;  // absolute; the last part may hold *
  std::int64_t refresh_interval_ms = 300'000;
  bool operator==(const FileSdConfig&) const = default;
};

// One metric of a page that `mapping:` takes for one of the contract's. A histogram is named without _bucket.
// Samples that differ in other labels than those named here are added up.
struct MappedMetric {
  std::string metric;
  std::string host;     // label that names the host; "" = that of the mapping
  std::string code;     // label with the status code or class; "" = none
  std::string backend;  // label that names the backend; "" = none
  // Label, expression (RE2, anchored): only samples whose label matches count. A missing label is "".
  std::vector<std::pair<std::string, std::string>> where;
  // Label whose values count the same requests again (Caddy's handlers): of them the largest is taken.
  std::string largest_of;
  double scale = 1;  // what a value, and a bucket's bound, is multiplied with: 0.001 for milliseconds
  bool operator==(const MappedMetric&) const = default;
};

// How an exposition of any proxy becomes the contract's metrics. An empty list: not told by this proxy.
struct Mapping {
  std::string host;  // label that names the host where a metric does not say otherwise
  std::vector<MappedMetric> requests;
  std::vector<MappedMetric> errors;  // where the proxy counts errors, but no codes
  std::vector<MappedMetric> latency;
  std::vector<MappedMetric> in_flight;
  std::vector<MappedMetric> request_bytes;
  std::vector<MappedMetric> response_bytes;
  std::vector<MappedMetric> backends;
  std::vector<MappedMetric> backends_up;
  std::vector<MappedMetric> backend_up;
  std::vector<MappedMetric> backend_requests;
  std::vector<MappedMetric> frontend_requests;  // `host` is the label that names the frontend
  bool operator==(const Mapping&) const = default;
};

inline constexpr std::uint32_t kDefaultSocketMode = 0666;

// Requests are read from log lines that a proxy sends or writes, instead of from its counters.
struct AccessLogConfig {
  std::string listen;                              // "unixgram:/path" or "udp://host:port"; "" = file
  std::string file;                                // absolute
  std::string format = "json";                     // json, combined, vhost_combined, or an nginx log_format string
  bool from_beginning = false;                     // of a file that is met for the first time: else from its end
  std::uint32_t socket_mode = kDefaultSocketMode;  // of unixgram:
  // Bounds in seconds of the histogram on /metrics: ascending, each one of the fine bounds. Empty: the usual ones.
  std::vector<double> buckets;
  bool operator==(const AccessLogConfig&) const = default;
};

struct TargetGroup {
  std::vector<std::string> targets;  // "host:port" or "unix:/path"
  std::map<std::string, std::string> labels;
};

inline constexpr std::int64_t kDefaultScrapeIntervalMs = 60'000;
inline constexpr std::int64_t kDefaultScrapeTimeoutMs = 10'000;
inline constexpr std::uint64_t kDefaultBodySizeLimit = 64ULL << 20U;  // 64MB, in the 1024s of prometheus.yml
inline constexpr std::uint64_t kDefaultHostLimit = 10'000;
inline constexpr std::int64_t kDefaultRetentionMs = 30LL * 24 * 3600 * 1000;

struct ScrapeConfig {
  std::string job_name;
  ProxyKind proxy = ProxyKind::kAuto;
  std::vector<TargetGroup> static_configs;
  std::string scheme = "http";
  std::optional<std::string> metrics_path;                  // absent: the proxy's own default
  std::vector<std::pair<std::string, std::string>> params;  // in file order, unescaped
  std::optional<BasicAuthConfig> basic_auth;
  std::optional<AuthorizationConfig> authorization;
  TlsConfig tls;
  bool follow_redirects = true;
  std::vector<std::pair<std::string, Secret>> headers;  // one name may come more than once
  std::int64_t scrape_interval_ms = kDefaultScrapeIntervalMs;
  std::int64_t scrape_timeout_ms = kDefaultScrapeTimeoutMs;
  bool honor_labels = false;
  std::uint64_t body_size_limit = kDefaultBodySizeLimit;  // decoded bytes; 0 = none
  std::uint64_t sample_limit = 0;                         // 0 = none, as all label limits
  std::uint64_t label_limit = 0;
  std::uint64_t label_name_length_limit = 0;
  std::uint64_t label_value_length_limit = 0;
  std::vector<HostRule> hosts;
  std::uint64_t host_limit = kDefaultHostLimit;  // 0 = none
  std::optional<AccessLogConfig> access_log;     // then there are no targets
  std::optional<Mapping> mapping;                // then proxy is kOpenMetrics
  std::vector<FileSdConfig> file_sd_configs;
  std::vector<RelabelRule> relabel_configs;
  std::vector<RelabelRule> metric_relabel_configs;
};

// Samples kept at intervals, longer than all of them.
struct RetentionTier {
  std::int64_t resolution_ms = 0;
  std::int64_t retention_ms = 0;
  bool operator==(const RetentionTier&) const = default;
};

struct StorageConfig {
  // "" = not in the file: the flag or its default decides. As the flag, relative to the working directory.
  std::string path;
  std::int64_t retention_raw_ms = kDefaultRetentionMs;
  std::vector<RetentionTier> tiers;  // by resolution, each a multiple of the one before
  std::uint64_t max_size_bytes = 0;  // 0 = no limit
};

// What /telemetry/history returns for a bucket when the request does not say.
enum class Aggregate { kFirst, kLast, kMax, kAvg };

struct HistoryConfig {
  Aggregate aggregate = Aggregate::kFirst;
};

struct Config {
  std::vector<ScrapeConfig> scrape_configs;
  StorageConfig storage;
  HistoryConfig history;
};

}  // namespace proxy_telemetry

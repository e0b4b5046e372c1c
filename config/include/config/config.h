// What the configuration file says, as plain structs. No behaviour, no YAML, no other module.
//
// Made by ParseConfig() (config/loader.h), validated: whoever receives a Config need not check it again.
// Durations are milliseconds, sizes bytes. Immutable after loading: share as shared_ptr<const Config>.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace proxy_telemetry {

// How a target is read. Readers that a later version brings are refused by the loader.
enum class ProxyKind { kAuto, kOpenMetrics, kHaproxy, kAgbero };
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

struct TargetGroup {
  std::vector<std::string> targets;  // "host:port" or "unix:/path"
  std::map<std::string, std::string> labels;
};

inline constexpr std::int64_t kDefaultScrapeIntervalMs = 60'000;
inline constexpr std::int64_t kDefaultScrapeTimeoutMs = 10'000;
inline constexpr std::uint64_t kDefaultBodySizeLimit = 64ULL << 20U;  // 64MB, in the 1024s of prometheus.yml
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

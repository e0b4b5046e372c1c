// Flags: the command line of `serve`, as the contract names it.
#pragma once

#include <string>
#include <vector>

#include "base/log.h"

namespace proxy_telemetry {

inline constexpr const char* kDefaultListenAddress = "127.0.0.1:19090";
inline constexpr const char* kDefaultStoragePath = "data/";

struct Flags {
  std::string config_file;   // "" = scrape what is found locally
  std::string storage_path;  // "" = what the configuration says, else kDefaultStoragePath
  std::vector<std::string> listen_addresses{kDefaultListenAddress};
  std::string telemetry_path = "/metrics";
  std::string web_config_file;
  std::string external_url;
  std::string route_prefix;  // normalised: "" or "/prefix"
  bool enable_lifecycle = false;
  LogLevel log_level = LogLevel::kInfo;
  LogFormat log_format = LogFormat::kLogfmt;
};

}  // namespace proxy_telemetry

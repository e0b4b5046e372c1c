// Reads the YAML configuration file into a Config, or says everything that is wrong with it in one go.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "config/config.h"

namespace proxy_telemetry {

// More is refused before YAML sees it.
inline constexpr std::size_t kConfigBytesMax = 1 << 20;
inline constexpr std::size_t kSecretBytesMax = 64 << 10;
inline constexpr std::size_t kTargetFileBytesMax = 8 << 20;

// One fault of a configuration file. Line and column (in characters) count from 1 and name the key, or the value when
// that is what is wrong; 0 when the fault has no place (unreadable file). What an alias brings in has its anchor's
// place.
struct ConfigError {
  std::size_t line = 0;
  std::size_t column = 0;
  std::string key_path;  // "scrape_configs[0].static_configs[1].targets", "" for the file as a whole
  std::string message;   // what is wrong, what would be right
};

// FILE:LINE:COLUMN: key.path: message, without the parts that the error does not have.
std::string FormatConfigError(std::string_view file, const ConfigError& error);

struct ConfigResult {
  std::optional<Config> config;     // present exactly when errors is empty
  std::vector<ConfigError> errors;  // in file order
};

// Value of an environment variable, nullopt when unset. Handed in so that tests need no process environment.
using EnvLookup = std::function<std::optional<std::string>(const std::string&)>;
EnvLookup ProcessEnv();

// `base_dir`: what relative file names of secrets and certificates are relative to; "" leaves them as they are.
// Any thread whose stack has 1 MiB or more (yaml-cpp recurses).
ConfigResult ParseConfig(std::string_view text, const EnvLookup& env, const std::string& base_dir);
ConfigResult LoadConfigFile(const std::string& path, const EnvLookup& env);

struct TargetGroupsResult {
  std::optional<std::vector<TargetGroup>> groups;  // present exactly when errors is empty
  std::vector<ConfigError> errors;                 // in file order
};

// The content of one file of file_sd_configs, YAML or JSON, read as strictly as static_configs but for addresses,
// which rules may still put in place; ${NAME} stays as it is. A file of more than kTargetFileBytesMax is refused, and
// so is an empty one: that is one being written. Targets with the same labels are not looked for: relabelling may tell
// them apart. Any thread, as ParseConfig().
TargetGroupsResult ParseTargetGroups(std::string_view text);

// The secret as it is now: from its file (one trailing newline cut) or the value itself. Blocks on the file; any
// thread. Fails when the file cannot be read, is empty, holds several lines or more than kSecretBytesMax.
Result<std::string> ReadSecret(const Secret& secret);

}  // namespace proxy_telemetry

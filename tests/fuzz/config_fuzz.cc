// Any bytes as a configuration file, and as a file of targets: what it says or errors, nothing else.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/loader.h"

namespace {

void CheckErrors(const std::vector<proxy_telemetry::ConfigError>& errors) {
  for (const proxy_telemetry::ConfigError& error : errors) {
    const std::string line = proxy_telemetry::FormatConfigError("pt.yml", error);
    if (line.find('\n') != std::string::npos) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto env = [](const std::string& name) -> std::optional<std::string> {
    if (name == "SET") return "value";
    return std::nullopt;
  };
  const proxy_telemetry::ConfigResult result = proxy_telemetry::ParseConfig(text, env, "/etc/pt");
  if (result.config.has_value() != result.errors.empty()) std::abort();
  CheckErrors(result.errors);
  const proxy_telemetry::TargetGroupsResult targets = proxy_telemetry::ParseTargetGroups(text);
  if (targets.groups.has_value() != targets.errors.empty()) std::abort();
  CheckErrors(targets.errors);
  return 0;
}

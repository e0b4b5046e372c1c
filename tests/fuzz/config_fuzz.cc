// Any bytes as a configuration file: a Config or errors, nothing else.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "config/loader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto env = [](const std::string& name) -> std::optional<std::string> {
    if (name == "SET") return "value";
    return std::nullopt;
  };
  const proxy_telemetry::ConfigResult result = proxy_telemetry::ParseConfig(text, env, "/etc/pt");
  if (result.config.has_value() != result.errors.empty()) std::abort();
  for (const proxy_telemetry::ConfigError& error : result.errors) {
    const std::string line = proxy_telemetry::FormatConfigError("pt.yml", error);
    if (line.find('\n') != std::string::npos) std::abort();
  }
  return 0;
}

// Any bytes as agbero's /uptime, and behind the first NUL byte as its /metrics: a snapshot whose every sample names a
// host, or a refusal.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "exporter/proxies.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto* const kHosts =
      new proxy_telemetry::Result(proxy_telemetry::HostMapper::Make({{"www\\.(.*)", "$1"}}));
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t nul = bytes.find('\0');
  std::optional<std::string_view> metrics;
  if (nul != std::string_view::npos) metrics = bytes.substr(nul + 1);
  if (metrics.has_value()) proxy_telemetry::ProxyOfExposition(*metrics);
  const auto snapshot = proxy_telemetry::ReadAgbero(bytes.substr(0, nul), metrics, **kHosts);
  if (!snapshot.ok()) {
    if (snapshot.status().message().empty()) std::abort();
    return 0;
  }
  for (const auto& family : snapshot->families) {
    for (const auto& sample : family.samples) {
      if (sample.labels.empty() || sample.labels[0].name != "host" || sample.labels[0].value.empty()) std::abort();
    }
  }
  return 0;
}

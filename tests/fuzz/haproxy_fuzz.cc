// Any bytes as HAProxy's statistics: a snapshot whose every sample names a host or a frontend, or a short refusal.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/proxies.h"

namespace {

bool IsNamed(const proxy_telemetry::SnapshotSample& sample) {
  for (const proxy_telemetry::Label& label : sample.labels) {
    if ((label.name == "host" || label.name == "frontend") && !label.value.empty()) return true;
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto* const kHosts =
      new proxy_telemetry::Result(proxy_telemetry::HostMapper::Make({{"be_(.*)", "$1.example"}}));
  const std::string_view page(reinterpret_cast<const char*>(data), size);
  proxy_telemetry::SniffPage(page);
  const auto snapshot = proxy_telemetry::ReadHaproxyCsv(page, **kHosts);
  if (!snapshot.ok()) {
    if (snapshot.status().message().empty() || snapshot.status().message().size() > 1000) std::abort();
    return 0;
  }
  for (const auto& family : snapshot->families) {
    for (const auto& sample : family.samples) {
      if (!IsNamed(sample) || !(sample.value >= 0)) std::abort();
    }
  }
  return 0;
}

// Any bytes as the pages of Traefik, Envoy or Caddy, or as an exposition with a mapping. The first byte chooses the
// reader; NUL bytes part the pages. A snapshot whose every sample names a host or a frontend and is there once, or a
// refusal.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "exporter/proxies.h"

namespace {

using proxy_telemetry::HostMapper;
using proxy_telemetry::MappedMetric;
using proxy_telemetry::Mapping;

Mapping AnyMapping() {
  MappedMetric metric;
  metric.metric = "r";
  metric.code = "code";
  metric.largest_of = "handler";
  Mapping mapping;
  mapping.host = "host";
  mapping.requests = {metric};
  metric.code.clear();
  metric.metric = "t";
  metric.scale = 0.001;
  mapping.latency = {metric};
  metric.backend = "to";
  metric.metric = "up";
  mapping.backend_up = {metric};
  return mapping;
}

proxy_telemetry::Result<proxy_telemetry::Snapshot> Read(char reader, std::string_view text, const HostMapper& hosts) {
  static const auto* const kMapping = new Mapping(AnyMapping());
  std::array<std::optional<std::string_view>, 3> pages;
  for (auto& page : pages) {
    const std::size_t nul = text.find('\0');
    page = text.substr(0, nul);
    if (nul == std::string_view::npos) break;
    text.remove_prefix(nul + 1);
  }
  switch (reader) {
    case 't':
      return proxy_telemetry::ReadTraefik(*pages[0], pages[1], pages[2], hosts);
    case 'e':
      return proxy_telemetry::ReadEnvoy(*pages[0], pages[1], hosts);
    case 'c':
      return proxy_telemetry::ReadCaddy(*pages[0], pages[1], pages[2], hosts);
    default:
      return proxy_telemetry::ReadMapped(*pages[0], proxy_telemetry::ExpositionFormat::kText, *kMapping, hosts);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto* const kHosts = new proxy_telemetry::Result(HostMapper::Make({{"(shop|api).*", "$1.example"}}));
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  proxy_telemetry::ProxyOfExposition(text);
  const auto snapshot = Read(static_cast<char>(data[0]), text, **kHosts);
  if (!snapshot.ok()) {
    if (snapshot.status().message().empty() || snapshot.status().message().size() > 2000) std::abort();
    return 0;
  }
  std::set<std::pair<std::string, proxy_telemetry::Labels>> seen;
  for (const auto& family : snapshot->families) {
    for (const auto& sample : family.samples) {
      if (!seen.insert({sample.name, proxy_telemetry::Labels(sample.labels)}).second) std::abort();
      if (sample.labels.empty() || sample.labels[0].value.empty()) std::abort();
      if (sample.labels[0].name != "host" && sample.labels[0].name != "frontend") std::abort();
      if (!(sample.value >= 0)) std::abort();
    }
  }
  return 0;
}

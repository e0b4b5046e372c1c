// Any bytes as a page of the nginx family or of Apache. The first byte chooses the reader; NGINX Plus' upstreams are
// behind the first NUL byte. A snapshot whose every sample names a host and is there once, or a refusal.
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

proxy_telemetry::Result<proxy_telemetry::Snapshot> Read(char reader, std::string_view page,
                                                        const proxy_telemetry::HostMapper& hosts) {
  const std::size_t nul = page.find('\0');
  std::optional<std::string_view> second;
  if (nul != std::string_view::npos) second = page.substr(nul + 1);
  switch (reader) {
    case 'n':
      return proxy_telemetry::ReadNginx(page, hosts);
    case 'p':
      return proxy_telemetry::ReadNginxPlus(page.substr(0, nul), second, hosts);
    case 'a':
      return proxy_telemetry::ReadAngie(page, hosts);
    default:
      return proxy_telemetry::ReadApache(page, hosts);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto* const kHosts =
      new proxy_telemetry::Result(proxy_telemetry::HostMapper::Make({{"(shop|api)", "$1.example"}}));
  if (size == 0) return 0;
  const std::string_view page(reinterpret_cast<const char*>(data) + 1, size - 1);
  proxy_telemetry::SniffPage(page);
  const auto snapshot = Read(static_cast<char>(data[0]), page, **kHosts);
  if (!snapshot.ok()) {
    if (snapshot.status().message().empty() || snapshot.status().message().size() > 2000) std::abort();
    return 0;
  }
  std::set<std::pair<std::string, proxy_telemetry::Labels>> seen;
  for (const auto& family : snapshot->families) {
    for (const auto& sample : family.samples) {
      if (!seen.insert({sample.name, proxy_telemetry::Labels(sample.labels)}).second) std::abort();
      if (sample.labels.empty() || sample.labels[0].name != "host" || sample.labels[0].value.empty()) std::abort();
    }
  }
  return 0;
}

// An exposition of any proxy, by `mapping:` of the configuration.
#include "exporter/proxies.h"
#include "proxies/mapped_hosts.h"
#include "proxies/mapped_rules.h"
#include "proxies/mapped_traffic.h"

namespace proxy_telemetry {

Result<Snapshot> ReadMapped(std::string_view metrics_text, ExpositionFormat format, const Mapping& mapping,
                            const HostMapper& hosts) {
  PT_ASSIGN_OR_RETURN(const MappedRules rules, MappedRules::Make(mapping));
  const NativeName native_name = [](const MappedRule& /*rule*/, std::string_view value) { return std::string(value); };
  PT_ASSIGN_OR_RETURN(const MappedTraffic traffic, ReadMappedTraffic(metrics_text, format, rules, native_name));
  MappedHosts mapped_hosts;
  for (const std::string& native : NativeNamesOf(traffic)) mapped_hosts.Add(native, hosts.HostOf(native));
  SnapshotBuilder builder;
  AddMappedTraffic(traffic, mapped_hosts, builder);
  return std::move(builder).Build();
}

}  // namespace proxy_telemetry

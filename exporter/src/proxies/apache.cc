// Apache's mod_status to the contract's metrics. It knows no hosts and no status codes; members of balancers have a
// state.
#include "exporter/proxies.h"
#include "proxies/apache_status.h"
#include "proxies/snapshot_builder.h"

namespace proxy_telemetry {
namespace {

// mod_status has no name for what it counts.
constexpr std::string_view kServerName = "apache";

}  // namespace

Result<Snapshot> ReadApache(std::string_view text, const HostMapper& hosts) {
  if (SniffPage(text.substr(0, kSniffBytes)) == PageKind::kHtml) {
    return Status::Corruption(
        "this is an HTML page; mod_status' page for programs has \"?auto\" behind its path, and no slash before it");
  }
  PT_ASSIGN_OR_RETURN(const ApacheStatus status, ParseApacheStatus(text));
  const std::string host = hosts.HostOf(kServerName);
  SnapshotBuilder builder;
  if (status.accesses.has_value()) builder.Add(ProxyMetric::kHttpRequests, {{"host", host}}, *status.accesses);
  builder.Add(ProxyMetric::kHttpRequestsInFlight, {{"host", host}}, status.busy_workers);
  AddZonePage({{}, status.balancers}, hosts, builder);
  return std::move(builder).Build();
}

}  // namespace proxy_telemetry

// The pages that an nginx without a licence has: told by their first bytes, and each read by its own parser.
#include "exporter/proxies.h"
#include "proxies/json_view.h"
#include "proxies/nginx_stub.h"
#include "proxies/nginx_vts.h"
#include "proxies/snapshot_builder.h"

namespace proxy_telemetry {
namespace {

// stub_status has no name for what it counts.
constexpr std::string_view kStubName = "nginx";

Snapshot SnapshotOf(const NginxStub& stub, const HostMapper& hosts) {
  const std::string host = hosts.HostOf(kStubName);
  SnapshotBuilder builder;
  builder.Add(ProxyMetric::kHttpRequests, {{"host", host}}, stub.requests);
  builder.Add(ProxyMetric::kHttpRequestsInFlight, {{"host", host}}, stub.reading + stub.writing);
  return std::move(builder).Build();
}

Result<Snapshot> SnapshotOf(const Result<ZonePage>& page, const HostMapper& hosts) {
  if (!page.ok()) return Shortened(page.status());
  SnapshotBuilder builder;
  AddZonePage(*page, hosts, builder);
  return std::move(builder).Build();
}

}  // namespace

Result<Snapshot> ReadNginx(std::string_view page, const HostMapper& hosts) {
  if (page.starts_with("Active connections")) {
    PT_ASSIGN_OR_RETURN(const NginxStub stub, ParseNginxStub(page));
    return SnapshotOf(stub, hosts);
  }
  if (page.starts_with('{')) return SnapshotOf(ParseNginxVtsJson(page, hosts), hosts);
  switch (SniffPage(page.substr(0, kSniffBytes))) {
    case PageKind::kExposition:
      return SnapshotOf(ParseNginxVtsMetrics(page, hosts), hosts);
    case PageKind::kHtml:
      return Status::Corruption(
          "this is an HTML page; metrics_path must be that of stub_status, or of nginx-module-vts with /format/json");
    default:
      return Status::Corruption("neither stub_status nor a page of nginx-module-vts; check metrics_path");
  }
}

}  // namespace proxy_telemetry

// HAProxy's rows to the contract's metrics.
//
// A request is counted up to three times on a page: by its frontend, its backend and its server. Hosts are made of
// BACKEND rows alone; frontend and server rows have metrics of their own and are never added to them.
#include <algorithm>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "exporter/proxies.h"
#include "openmetrics_text.h"
#include "proxies/haproxy_page.h"
#include "proxies/snapshot_builder.h"

namespace proxy_telemetry {
namespace {

struct Backend {
  const HaproxyRow* totals = nullptr;  // the BACKEND row
  std::vector<const HaproxyRow*> servers;
  std::string host;
  bool shares_host = false;
};

struct Page {
  std::vector<Backend> backends;
  std::vector<const HaproxyRow*> frontends;         // without those of statistics
  std::unordered_set<std::string_view> statistics;  // names of the latter
};

// What gauges can be added up over the backends of a host.
struct HostGauges {
  std::optional<double> in_flight;
  double backends = 0;
  double backends_up = 0;
};

// By the text of `status`: `act` is 1 for a server that is down. "UP 1/3" is going down and still served; "no check"
// is up as far as HAProxy knows. DRAIN and NOLB take no new clients, as HAProxy's own count of active servers has it.
bool IsUp(std::string_view status) { return status == "UP" || status.starts_with("UP ") || status == "no check"; }

bool HasTraffic(const HaproxyRow& row) {
  if (row.IsHttp()) return row.ResponseSum() > 0 || row.requests.value_or(0) > 0;
  return row.connections.value_or(0) > 0;
}

// The frontend of the statistics page counts whoever scrapes it. It is told by this: HAProxy itself gave every answer
// that was no error (`intercepted`), and not mainly redirects, as a frontend that sends clients to https does.
bool IsStatistics(const HaproxyRow& frontend) {
  const auto answers = [&frontend](std::size_t index) { return frontend.responses[index].value_or(0); };
  const double redirects = answers(2);
  const double served = answers(0) + answers(1) + redirects + answers(5);
  const double intercepted = frontend.intercepted.value_or(0);
  return intercepted > 0 && served <= intercepted && redirects * 2 <= served;
}

// Rows by backend, in the page's order. Of rows that are there twice the first is taken.
Result<Page> GroupRows(const std::vector<HaproxyRow>& rows) {
  Page page;
  std::unordered_map<std::string_view, std::size_t> backend_by_name;
  std::unordered_set<std::string_view> frontends_seen;
  for (const HaproxyRow& row : rows) {
    if (row.type == HaproxyRowType::kFrontend) {
      if (!frontends_seen.insert(row.proxy).second) continue;
      if (IsStatistics(row)) {
        page.statistics.insert(row.proxy);
      } else {
        page.frontends.push_back(&row);
      }
      continue;
    }
    const auto [found, added] = backend_by_name.try_emplace(row.proxy, page.backends.size());
    if (added) page.backends.emplace_back();
    Backend& backend = page.backends[found->second];
    if (row.type == HaproxyRowType::kServer) {
      backend.servers.push_back(&row);
    } else if (backend.totals == nullptr) {
      backend.totals = &row;
    }
  }
  for (const Backend& backend : page.backends) {
    if (backend.totals != nullptr) continue;
    const HaproxyRow& server = *backend.servers.front();
    return Status::Corruption(
        "line " + std::to_string(server.line) + ": servers of backend " + QuotedToken(server.proxy) +
        " without its BACKEND row: the page is cut off, or asked for with a filter; ask for all rows");
  }
  return page;
}

// Which backends feed one host together is asked of all backends, shown or not: it must not change while HAProxy runs.
void AssignHosts(const HostMapper& hosts, std::vector<Backend>& backends) {
  std::unordered_map<std::string, std::size_t> feeders;
  for (Backend& backend : backends) {
    backend.host = hosts.HostOf(backend.totals->proxy);
    ++feeders[backend.host];
  }
  for (Backend& backend : backends) backend.shares_host = feeders[backend.host] > 1;
}

// A backend that serves nothing: a stick table's, or the half of a `listen` section that only shows statistics.
bool IsShown(const Backend& backend, const Page& page) {
  return !backend.servers.empty() || (HasTraffic(*backend.totals) && !page.statistics.contains(backend.totals->proxy));
}

// Counters are never added up over backends: one that goes away would make the sum fall, which reads as a reset.
// Where several feed a host, the label `proxy` (HAProxy's word for a backend or frontend) keeps their series apart.
std::vector<Label> HostLabels(const Backend& backend) {
  std::vector<Label> labels = {{"host", backend.host}};
  if (backend.shares_host) labels.push_back({"proxy", backend.totals->proxy});
  return labels;
}

void AddResponses(ProxyMetric metric, const std::vector<Label>& labels, const HaproxyRow& row,
                  SnapshotBuilder& builder) {
  for (std::size_t i = 0; i < kHaproxyClasses.size(); ++i) {
    if (!row.responses[i].has_value()) continue;
    std::vector<Label> with_code = labels;
    with_code.push_back({"code", std::string(kHaproxyClasses[i])});
    builder.Add(metric, std::move(with_code), *row.responses[i]);
  }
}

void AddBackend(const Backend& backend, SnapshotBuilder& builder, HostGauges& gauges) {
  const HaproxyRow& row = *backend.totals;
  const std::vector<Label> labels = HostLabels(backend);
  AddResponses(ProxyMetric::kHttpRequests, labels, row, builder);
  if (row.bytes_in.has_value()) builder.Add(ProxyMetric::kRequestBytes, labels, *row.bytes_in);
  if (row.bytes_out.has_value()) builder.Add(ProxyMetric::kResponseBytes, labels, *row.bytes_out);
  if (row.IsHttp() && row.sessions.has_value()) gauges.in_flight = gauges.in_flight.value_or(0) + *row.sessions;
  for (const HaproxyRow* server : backend.servers) {
    const bool up = IsUp(server->status);
    gauges.backends += 1;
    gauges.backends_up += up ? 1 : 0;
    std::vector<Label> server_labels = labels;
    server_labels.push_back({"backend", server->service});
    AddResponses(ProxyMetric::kBackendRequests, server_labels, *server, builder);
    builder.Add(ProxyMetric::kBackendUp, std::move(server_labels), up ? 1 : 0);
  }
}

}  // namespace

Result<Snapshot> ReadHaproxyCsv(std::string_view csv, const HostMapper& hosts) {
  PT_ASSIGN_OR_RETURN(const std::vector<HaproxyRow> rows, ParseHaproxyPage(csv));
  PT_ASSIGN_OR_RETURN(Page page, GroupRows(rows));
  AssignHosts(hosts, page.backends);
  std::erase_if(page.backends, [&page](const Backend& backend) { return !IsShown(backend, page); });

  SnapshotBuilder builder;
  std::map<std::string, HostGauges> gauges_by_host;
  for (const Backend& backend : page.backends) AddBackend(backend, builder, gauges_by_host[backend.host]);
  for (const auto& [host, gauges] : gauges_by_host) {
    if (gauges.in_flight.has_value())
      builder.Add(ProxyMetric::kHttpRequestsInFlight, {{"host", host}}, *gauges.in_flight);
    builder.Add(ProxyMetric::kBackends, {{"host", host}}, gauges.backends);
    builder.Add(ProxyMetric::kBackendsUp, {{"host", host}}, gauges.backends_up);
  }
  for (const HaproxyRow* frontend : page.frontends) {
    AddResponses(ProxyMetric::kFrontendHttpRequests, {{"frontend", frontend->proxy}}, *frontend, builder);
  }
  return std::move(builder).Build();
}

}  // namespace proxy_telemetry

#include "proxies/mapped_hosts.h"

#include <array>
#include <charconv>
#include <set>
#include <utility>

#include "base/number.h"

namespace proxy_telemetry {
namespace {

using Values = std::map<MappedKey, double>;

const Values& ValuesOf(const MappedTraffic& traffic, ProxyMetric metric) {
  static const auto* const kNone = new Values();
  const auto found = traffic.values.find(metric);
  return found == traffic.values.end() ? *kNone : found->second;
}

// As Go, and so most of `le`s on earth, writes it: no exponent from 1e-4 to 1e15.
std::string BoundText(double bound) {
  constexpr double kFixedMin = 1e-4;
  constexpr double kFixedEnd = 1;
  std::string text;
  if (bound < kFixedMin || bound >= kFixedEnd) {
    AppendNumber(bound, text);
    return text;
  }
  std::array<char, 32> digits{};
  return {digits.data(),
          std::to_chars(digits.data(), digits.data() + digits.size(), bound, std::chars_format::fixed).ptr};
}

// Counters, and the state of a backend: never added up over native names.
void AddApart(ProxyMetric metric, const MappedTraffic& traffic, const MappedHosts& hosts, SnapshotBuilder& builder) {
  for (const auto& [key, value] : ValuesOf(traffic, metric)) {
    std::vector<Label> labels = hosts.LabelsOf(key.native);
    if (!key.backend.empty()) labels.push_back({"backend", key.backend});
    if (!key.code.empty()) labels.push_back({"code", key.code});
    const bool is_state = metric == ProxyMetric::kBackendUp;
    builder.Add(metric, std::move(labels), is_state && value > 0 ? 1 : value);
  }
}

void AddGauge(ProxyMetric metric, const std::map<std::string, double>& by_host, SnapshotBuilder& builder) {
  for (const auto& [host, value] : by_host) builder.Add(metric, {{"host", host}}, value);
}

std::map<std::string, double> SumByHost(const Values& values, const MappedHosts& hosts) {
  std::map<std::string, double> by_host;
  for (const auto& [key, value] : values) by_host[hosts.HostOf(key.native)] += value;
  return by_host;
}

// Where the proxy gives no number of backends, those are counted that it tells the state of.
void AddBackendNumbers(const MappedTraffic& traffic, const MappedHosts& hosts, SnapshotBuilder& builder) {
  std::map<std::string, double> backends = SumByHost(ValuesOf(traffic, ProxyMetric::kBackends), hosts);
  std::map<std::string, double> up = SumByHost(ValuesOf(traffic, ProxyMetric::kBackendsUp), hosts);
  const bool numbers_told = !backends.empty();
  const bool up_told = !up.empty();
  for (const auto& [key, value] : ValuesOf(traffic, ProxyMetric::kBackendUp)) {
    const std::string& host = hosts.HostOf(key.native);
    if (!numbers_told) backends[host] += 1;
    if (!up_told) up[host] += value > 0 ? 1 : 0;
  }
  AddGauge(ProxyMetric::kBackends, backends, builder);
  AddGauge(ProxyMetric::kBackendsUp, up, builder);
}

void AddDurations(const MappedTraffic& traffic, const MappedHosts& hosts, SnapshotBuilder& builder) {
  for (const auto& [native, histogram] : traffic.durations) {
    const std::vector<std::pair<double, double>> buckets = histogram.Cumulative();
    if (buckets.empty()) continue;
    const std::vector<Label> labels = hosts.LabelsOf(native);
    for (const auto& [bound, count] : buckets) {
      std::vector<Label> with_bound = labels;
      with_bound.push_back({"le", BoundText(bound)});
      builder.Add(ProxyMetric::kHttpRequestDuration, "_bucket", std::move(with_bound), count);
    }
    if (histogram.sum.has_value()) builder.Add(ProxyMetric::kHttpRequestDuration, "_sum", labels, *histogram.sum);
    builder.Add(ProxyMetric::kHttpRequestDuration, "_count", labels, buckets.back().second);
  }
}

}  // namespace

void MappedHosts::Add(const std::string& native, const std::string& host) { host_by_native_.try_emplace(native, host); }

const std::string& MappedHosts::HostOf(const std::string& native) const {
  static const auto* const kNone = new std::string();
  const auto found = host_by_native_.find(native);
  return found == host_by_native_.end() ? *kNone : found->second;
}

std::vector<Label> MappedHosts::LabelsOf(const std::string& native) const {
  const std::string& host = HostOf(native);
  std::vector<Label> labels = {{"host", host}};
  if (native != host) labels.push_back({"proxy", native});
  return labels;
}

void AddMappedTraffic(const MappedTraffic& traffic, const MappedHosts& hosts, SnapshotBuilder& builder) {
  for (const ProxyMetric metric :
       {ProxyMetric::kHttpRequests, ProxyMetric::kHttpRequestErrors, ProxyMetric::kRequestBytes,
        ProxyMetric::kResponseBytes, ProxyMetric::kBackendUp, ProxyMetric::kBackendRequests}) {
    AddApart(metric, traffic, hosts, builder);
  }
  AddGauge(ProxyMetric::kHttpRequestsInFlight, SumByHost(ValuesOf(traffic, ProxyMetric::kHttpRequestsInFlight), hosts),
           builder);
  AddBackendNumbers(traffic, hosts, builder);
  AddDurations(traffic, hosts, builder);
  for (const auto& [key, value] : ValuesOf(traffic, ProxyMetric::kFrontendHttpRequests)) {
    std::vector<Label> labels = {{"frontend", key.native}};
    if (!key.code.empty()) labels.push_back({"code", key.code});
    builder.Add(ProxyMetric::kFrontendHttpRequests, std::move(labels), value);
  }
}

std::vector<std::string> NativeNamesOf(const MappedTraffic& traffic) {
  std::set<std::string> names;
  for (const auto& [metric, values] : traffic.values) {
    if (metric == ProxyMetric::kFrontendHttpRequests) continue;
    for (const auto& [key, value] : values) names.insert(key.native);
  }
  for (const auto& [native, histogram] : traffic.durations) names.insert(native);
  return {names.begin(), names.end()};
}

}  // namespace proxy_telemetry

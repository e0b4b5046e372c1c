#include "history_json.h"

#include <cstddef>

#include "json_writer.h"

namespace proxy_telemetry::history {
namespace {

// A usual sample in JSON; more makes the body grow once.
constexpr std::size_t kSampleBytes = 112;

void AppendSample(const HistorySample& sample, std::string& out) {
  out += "{\"ts\":";
  AppendJsonInteger(sample.ts_s, out);
  out += ",\"requests_sec\":";
  AppendJsonNumber(sample.requests_sec, out);
  out += ",\"p99_ms\":";
  AppendJsonNumber(sample.p99_ms, out);
  out += ",\"error_rate\":";
  AppendJsonNumber(sample.error_rate, out);
  out += ",\"active_backends\":";
  AppendJsonInteger(sample.active_backends, out);
  out += '}';
}

}  // namespace

std::string HistoryJson(std::string_view host, std::string_view range_label, std::span<const HistorySample> samples) {
  std::string out;
  out.reserve((samples.size() + 1) * kSampleBytes);
  out += "{\"host\":";
  AppendJsonString(host, out);
  out += ",\"range\":";
  AppendJsonString(range_label, out);
  out += ",\"samples\":[";
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i > 0) out += ',';
    AppendSample(samples[i], out);
  }
  out += "]}\n";
  return out;
}

std::string HostsJson(std::span<const std::string> hosts) {
  std::string out = "{\"hosts\":[";
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    if (i > 0) out += ',';
    AppendJsonString(hosts[i], out);
  }
  out += "]}\n";
  return out;
}

}  // namespace proxy_telemetry::history

#include "logs/log_fields.h"

namespace proxy_telemetry {
namespace {

constexpr unsigned Bit(LogKind kind) { return 1U << static_cast<unsigned>(kind); }
constexpr unsigned kAll = (1U << kLogKinds) - 1;
constexpr unsigned kUnknown = Bit(LogKind::kUnknown);
constexpr unsigned kNginx = Bit(LogKind::kNginx);
constexpr unsigned kHaproxy = Bit(LogKind::kHaproxy);
constexpr unsigned kCaddy = Bit(LogKind::kCaddy);
constexpr unsigned kTraefik = Bit(LogKind::kTraefik);
constexpr unsigned kEnvoy = Bit(LogKind::kEnvoy);

constexpr LineFieldRow Host(std::uint8_t rank, std::string_view name) { return {name, {LineField::kHost, rank}, kAll}; }
constexpr LineFieldRow Status(std::uint8_t rank, std::string_view name) {
  return {name, {LineField::kStatus, rank}, kAll};
}
constexpr LineFieldRow Time(std::uint8_t rank, std::string_view name, TimeUnit unit, unsigned kinds = kAll) {
  return {name, {LineField::kSeconds, rank, unit}, kinds};
}
constexpr LineFieldRow Upstream(std::uint8_t rank, std::string_view name, TimeUnit unit, unsigned kinds = kAll) {
  return {name, {LineField::kUpstreamSeconds, rank, unit}, kinds};
}
constexpr LineFieldRow Out(std::uint8_t rank, std::string_view name, unsigned kinds = kAll) {
  return {name, {LineField::kResponseBytes, rank}, kinds};
}
constexpr LineFieldRow In(std::uint8_t rank, std::string_view name, unsigned kinds = kAll) {
  return {name, {LineField::kRequestBytes, rank}, kinds};
}
constexpr LineFieldRow Other(std::string_view name, LineField field) { return {name, {field, 0}, kAll}; }

constexpr TimeUnit kS = TimeUnit::kSeconds;
constexpr TimeUnit kMs = TimeUnit::kMilliseconds;
constexpr TimeUnit kUs = TimeUnit::kMicroseconds;
constexpr TimeUnit kNs = TimeUnit::kNanoseconds;

// A name that says no unit has one only where the proxy's own variable of that kind has one: Apache has several, so
// `duration` in its log is nobody's guess. README.md shows this table to users.
constexpr LineFieldRow kRows[] = {
    Host(0, "host"),
    Host(0, "Host"),
    Host(0, "RequestHost"),
    Host(0, "authority"),
    Host(0, ":authority"),
    Host(0, "request.host"),
    Host(0, "request>host"),
    Host(1, "http_host"),
    Host(1, "request_host"),
    Host(2, "vhost"),
    Host(2, "virtual_host"),
    Host(2, "domain"),
    Host(3, "server_name"),
    Host(3, "requested_server_name"),
    Host(3, "RequestAddr"),

    Status(0, "status"),
    Status(0, "status_code"),
    Status(0, "DownstreamStatus"),
    Status(0, "response_code"),
    Status(0, "http_status"),
    Status(0, "http_status_code"),
    Status(0, "response_status"),
    Status(0, "statusCode"),
    Status(0, "ST"),
    Status(0, "st"),
    Status(1, "code"),
    Status(1, "response"),

    Time(0, "Ta", kMs),
    Time(0, "time_active", kMs),
    Time(1, "Tt", kMs),
    Time(1, "time_total", kMs),
    Time(1, "session_duration", kMs, kHaproxy),
    Time(0, "Duration", kNs, kTraefik | kUnknown),
    Time(0, "request_time", kS, kNginx | kCaddy | kUnknown),
    Time(0, "request_time", kMs, kHaproxy | kEnvoy),
    Time(0, "duration", kS, kNginx | kCaddy),
    Time(0, "duration", kMs, kHaproxy | kEnvoy),
    Time(0, "request_duration", kS, kNginx | kCaddy),
    Time(0, "request_duration", kMs, kHaproxy | kEnvoy),
    Time(0, "D", kUs),
    Time(0, "us", kUs),
    Time(0, "ms", kMs),
    Time(0, "time_us", kUs),
    Time(0, "time_ms", kMs),
    Time(0, "request_time_seconds", kS),
    Time(0, "request_time_s", kS),
    Time(0, "request_time_ms", kMs),
    Time(0, "request_time_msec", kMs),
    Time(0, "request_time_us", kUs),
    Time(0, "request_time_usec", kUs),
    Time(0, "duration_seconds", kS),
    Time(0, "duration_s", kS),
    Time(0, "duration_ms", kMs),
    Time(0, "duration_msec", kMs),
    Time(0, "duration_us", kUs),
    Time(0, "duration_usec", kUs),
    Time(0, "duration_ns", kNs),
    Time(0, "request_duration_seconds", kS),
    Time(0, "request_duration_ms", kMs),
    Time(0, "request_duration_us", kUs),
    Time(0, "elapsed_ms", kMs),
    Time(0, "elapsed_us", kUs),
    Time(0, "response_time_ms", kMs),
    Time(0, "response_time_us", kUs),

    Upstream(0, "upstream_response_time", kS, kNginx | kCaddy | kUnknown),
    Upstream(0, "upstream_response_time", kMs, kHaproxy | kEnvoy),
    Upstream(0, "upstream_time", kS, kNginx),
    Upstream(0, "upstream_time", kMs, kHaproxy | kEnvoy),
    Upstream(0, "upstream_duration", kS, kNginx),
    Upstream(0, "upstream_duration", kMs, kHaproxy | kEnvoy),
    Upstream(0, "OriginDuration", kNs),
    Upstream(0, "Tr", kMs),
    Upstream(0, "upstream_service_time", kMs),
    Upstream(0, "x_envoy_upstream_service_time", kMs),
    Upstream(0, "x-envoy-upstream-service-time", kMs),
    Upstream(1, "response_duration", kMs, kEnvoy),
    Upstream(0, "upstream_response_time_ms", kMs),
    Upstream(0, "upstream_response_time_us", kUs),
    Upstream(0, "upstream_time_ms", kMs),
    Upstream(0, "upstream_time_us", kUs),
    Upstream(0, "upstream_duration_ms", kMs),
    Upstream(0, "upstream_duration_us", kUs),
    Upstream(0, "upstream_latency_ms", kMs),

    Out(0, "bytes_sent"),
    Out(0, "bytes_out"),
    Out(0, "DownstreamContentSize"),
    Out(0, "O"),
    Out(0, "size"),
    Out(0, "B"),
    Out(0, "bytes"),
    Out(0, "response_bytes"),
    Out(0, "response_size"),
    Out(0, "bytes_read", kHaproxy),
    Out(1, "body_bytes_sent"),
    Out(1, "response_length"),

    In(0, "request_length"),
    In(0, "bytes_in"),
    In(0, "bytes_received"),
    In(0, "U"),
    In(0, "I"),
    In(0, "bytes_uploaded"),
    In(0, "RequestContentSize"),
    In(0, "request_bytes"),
    In(0, "request_size"),
    In(0, "bytes_read", kCaddy),

    Other("request", LineField::kRequestObject),
    Other("logger", LineField::kLogger),
    Other("msg", LineField::kMessage),
    Other("message", LineField::kMessage),
    Other("level", LineField::kLevel),
    Other("lvl", LineField::kLevel),
    Other("severity", LineField::kLevel),
};

// Names that one proxy's log alone has: how `proxy: auto` knows whose `duration` it reads.
constexpr LineHintRow kHints[] = {
    {"resp_headers", LogKind::kCaddy},

    {"RequestHost", LogKind::kTraefik},
    {"DownstreamStatus", LogKind::kTraefik},
    {"OriginStatus", LogKind::kTraefik},
    {"RequestMethod", LogKind::kTraefik},
    {"RouterName", LogKind::kTraefik},
    {"ServiceName", LogKind::kTraefik},
    {"DownstreamContentSize", LogKind::kTraefik},
    {"OriginDuration", LogKind::kTraefik},

    {"authority", LogKind::kEnvoy},
    {":authority", LogKind::kEnvoy},
    {"response_flags", LogKind::kEnvoy},
    {"response_code_details", LogKind::kEnvoy},
    {"upstream_service_time", LogKind::kEnvoy},
    {"upstream_cluster", LogKind::kEnvoy},
    {"upstream_host", LogKind::kEnvoy},
    {"x_envoy_upstream_service_time", LogKind::kEnvoy},
    {"x-envoy-upstream-service-time", LogKind::kEnvoy},
    {"requested_server_name", LogKind::kEnvoy},
    {"upstream_transport_failure_reason", LogKind::kEnvoy},

    {"Ta", LogKind::kHaproxy},
    {"Tt", LogKind::kHaproxy},
    {"Tr", LogKind::kHaproxy},
    {"Tw", LogKind::kHaproxy},
    {"Tc", LogKind::kHaproxy},
    {"TR", LogKind::kHaproxy},
    {"tsc", LogKind::kHaproxy},
    {"term", LogKind::kHaproxy},
    {"termination_state", LogKind::kHaproxy},
    {"frontend_name", LogKind::kHaproxy},
    {"backend_name", LogKind::kHaproxy},
    {"session_duration", LogKind::kHaproxy},
    {"bytes_uploaded", LogKind::kHaproxy},

    {"body_bytes_sent", LogKind::kNginx},
    {"request_length", LogKind::kNginx},
    {"msec", LogKind::kNginx},
    {"time_local", LogKind::kNginx},
    {"connection_requests", LogKind::kNginx},
};

}  // namespace

LogKind LogKindOf(ProxyKind proxy) {
  switch (proxy) {
    case ProxyKind::kNginx:
    case ProxyKind::kAngie:
      return LogKind::kNginx;
    case ProxyKind::kHaproxy:
      return LogKind::kHaproxy;
    case ProxyKind::kCaddy:
      return LogKind::kCaddy;
    case ProxyKind::kTraefik:
      return LogKind::kTraefik;
    case ProxyKind::kApache:
      return LogKind::kApache;
    case ProxyKind::kEnvoy:
      return LogKind::kEnvoy;
    case ProxyKind::kAuto:
    case ProxyKind::kOpenMetrics:
    case ProxyKind::kAgbero:
      break;
  }
  return LogKind::kUnknown;
}

std::span<const LineFieldRow> LineFieldRows() { return kRows; }
std::span<const LineHintRow> LineHintRows() { return kHints; }

const LineFields& LineFields::Get() {
  static const LineFields kFields;
  return kFields;
}

LineFields::LineFields() {
  static_assert(std::size(kRows) + std::size(kHints) < kNamesMax && kNamesMax < kFree);
  slots_.fill(kFree);
  for (const LineFieldRow& row : kRows) {
    LogName& name = Add(row.name);
    for (std::size_t kind = 0; kind < kLogKinds; ++kind) {
      if ((row.kinds >> kind & 1U) != 0) name.by_kind[kind] = row.meaning;
    }
  }
  for (const LineHintRow& row : kHints) Add(row.name).hint = row.kind;
  for (std::size_t i = 0; i < size_; ++i) {
    for (const LogMeaning& meaning : names_[i].by_kind) {
      if (meaning != names_[i].by_kind[0]) names_[i].is_same_for_all = false;
    }
  }
}

LogName& LineFields::Add(std::string_view name) {
  std::size_t slot = SlotOf(name);
  while (slots_[slot] != kFree) {
    if (names_[slots_[slot]].name == name) return names_[slots_[slot]];
    slot = (slot + 1) % kSlots;
  }
  slots_[slot] = static_cast<std::uint8_t>(size_);
  names_[size_].name = name;
  return names_[size_++];
}

}  // namespace proxy_telemetry

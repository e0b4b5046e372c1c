// HowToTellMore(): what each proxy keeps to itself unless it is asked, and how to ask.
#include "exporter/local_discovery.h"

namespace proxy_telemetry {
namespace {

// One request as JSON, in the names that `format: json` knows. HAProxy's Ta is milliseconds, Apache's us microseconds.
constexpr const char* kHaproxyFields =
    R"('{"host":"%[var(txn.host),json(utf8s)]","status":%ST,"bytes":%B,"bytes_in":%U,"Ta":%Ta}')";
constexpr const char* kNginxFields =
    R"('{"host":"$host","status":$status,"bytes_sent":$bytes_sent,"request_length":$request_length,)"
    R"("request_time":$request_time,"upstream_response_time":"$upstream_response_time"}')";
constexpr const char* kApacheFields =
    R"("{\"host\":\"%v\",\"status\":%>s,\"bytes_in\":%I,\"bytes_out\":%O,\"us\":%D}")";
constexpr const char* kApacheLog = "/var/log/apache2/telemetry.json";

// The last line: how the program is told of the log.
std::string Job(const std::string& source) { return "and give this program a job with access_log: {" + source + "}"; }

std::string SocketJob() { return Job(std::string("listen: \"unixgram:") + kLocalLogSocket + "\""); }

}  // namespace

std::string HowToTellMore(const LocalProxy& proxy, const LocalLogs& logs) {
  const std::string socket_job = logs.socket ? "" : "\n" + SocketJob();
  switch (proxy.kind) {
    case ProxyKind::kHaproxy:
      return std::string("for p99, and the hosts that clients ask for, add to each frontend:\n") +
             "http-request set-var(txn.host) req.hdr(host)\n" +  //
             "log " + kLocalLogAddress + " len 8192 format raw local0 info\n" + "log-format " + kHaproxyFields;
    case ProxyKind::kNginx:
    case ProxyKind::kAngie:
      return std::string("for codes and p99 per host add to its http block:\n") +
             "log_format proxy_telemetry escape=json " + kNginxFields + ";\n" +
             "access_log syslog:server=unix:" + kLocalLogSocket + ",nohostname,tag=nginx proxy_telemetry;" + socket_job;
    case ProxyKind::kApache:
      return std::string("for hosts, codes and p99 add with mod_logio:\n") +  //
             "CustomLog " + kApacheLog + " " + kApacheFields + "\n" + Job(std::string("file: ") + kApacheLog);
    case ProxyKind::kTraefik:
      return "for numbers per host, and a p99 finer than its buckets of 0.1, 0.3, 1.2 and 5 s, add to its command "
             "line:\n"
             "--metrics.prometheus.addRoutersLabels=true\n"
             "--metrics.prometheus.buckets=0.005,0.01,0.025,0.05,0.1,0.25,0.5,1,2.5,5,10";
    case ProxyKind::kCaddy:
      return "for numbers per host add to the global options, from Caddy 2.9 on:\n"
             "metrics {\n"
             "  per_host\n"
             "}";
    case ProxyKind::kEnvoy:
      return "for numbers per virtual host, not per cluster, add to each virtual host:\n"
             "virtual_clusters: [{name: all, headers: [{name: \":path\", string_match: {prefix: \"/\"}}]}]";
    case ProxyKind::kAgbero:
    case ProxyKind::kAuto:
    case ProxyKind::kOpenMetrics:
      break;
  }
  return "";
}

}  // namespace proxy_telemetry

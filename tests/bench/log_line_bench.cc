// How fast access log lines are read, by CPU time. log_line_bench [FORMAT FILE]: without arguments lines are made.
//
//   nginx json       about 300 bytes, 14 fields
//   nginx log_format the same line by the format string that wrote it
//   syslog nginx     the same behind "<190>Nov 22 09:30:41 vm nginx: "
//   haproxy json     about 200 bytes
//   caddy json       about 490 bytes, with headers
//   combined         nginx's, with a browser's user agent
//   vhost_combined   the same with the host before and the request time behind
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "logs/line_parser.h"
#include "logs/syslog_prefix.h"

namespace {

using proxy_telemetry::AccessRecord;
using proxy_telemetry::LineOutcome;
using proxy_telemetry::LineParser;
using proxy_telemetry::ProxyKind;

constexpr int kRounds = 7;
constexpr std::size_t kLines = 200'000;

constexpr std::string_view kNginx =
    R"({"ts":"1795339841.096","host":"shop@.example","server_name":"shop.example","method":"GET","uri":"/cart",)"
    R"("status":200,"bytes_sent":165,"body_bytes_sent":17,"request_length":69,"request_time":0.002,)"
    R"("upstream_addr":"127.0.0.1:18101","upstream_status":"200","upstream_response_time":"0.003","conn_active":6})";
constexpr const char* kNginxFormat =
    R"(escape=json '{"ts":"$msec","host":"$host","server_name":"$server_name","method":"$request_method","uri":"$uri",)"
    R"("status":$status,"bytes_sent":$bytes_sent,"body_bytes_sent":$body_bytes_sent,"request_length":$request_length,)"
    R"("request_time":$request_time,"upstream_addr":"$upstream_addr","upstream_status":"$upstream_status",)"
    R"("upstream_response_time":"$upstream_response_time","conn_active":$connections_active}')";
constexpr std::string_view kHaproxy =
    R"({"ts":1795339791.677,"fe":"fe_http","be":"be_shop","srv":"s1","host":"shop@.example","status":200,"bytes":154,)"
    R"("bytes_in":76,"Tr":1,"Tc":0,"Tw":0,"Ta":1,"term":"----","retries":0})";
constexpr std::string_view kCaddy =
    R"({"level":"info","ts":1795339936.4243574,"logger":"http.log.access","msg":"handled request","request":)"
    R"({"remote_ip":"127.0.0.1","remote_port":"54268","proto":"HTTP/1.1","method":"GET","host":"shop@.example",)"
    R"("uri":"/v1/users/42","headers":{"Accept-Encoding":["identity"]}},"user_id":"","duration":0.004718956,"size":17,)"
    R"("status":200,"resp_headers":{"Content-Length":["17"],"Content-Type":["text/plain"],"Server":["Caddy",)"
    R"("BaseHTTP/0.6 Python/3.11.7"],"Date":["Sun, 22 Nov 2026 09:32:16 GMT"]}})";
constexpr std::string_view kCombined =
    R"(127.0.0.1 - - [22/Nov/2026:09:30:41 +0000] "GET /cart?item=@ HTTP/1.1" 200 17 "https://shop.example/" )"
    R"("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36")";

// The lines one behind the other, so that memory is read as from a file. '@' becomes a number.
std::vector<std::string> Made(const std::string& head, std::string_view body, const std::string& tail) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < kLines; ++i) {
    std::string line = head + std::string(body) + tail;
    for (std::size_t at = line.find('@'); at != std::string::npos; at = line.find('@')) {
      line.replace(at, 1, std::to_string(i % 1000));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

void Run(const char* name, const std::string& format, ProxyKind proxy, const std::vector<std::string>& lines) {
  auto parser = LineParser::Make(format, proxy);
  if (!parser.ok()) {
    std::fprintf(stderr, "log_line_bench: %s\n", parser.status().message().c_str());
    std::exit(1);
  }
  double best_s = 1e9;
  double bytes = 0;
  std::size_t records = 0;
  for (int round = 0; round < kRounds; ++round) {
    AccessRecord record;
    records = 0;
    bytes = 0;
    const std::clock_t start = std::clock();
    for (const std::string& line : lines) {
      const std::string_view text = proxy_telemetry::StripSyslogPrefix(line);
      records += parser->Parse(text, record) == LineOutcome::kRecord && !record.host.empty() ? 1 : 0;
      bytes += static_cast<double>(line.size());
    }
    best_s = std::min(best_s, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  std::printf("%-17s %6.2f M lines/s %6.0f MB/s   (%zu lines of %.0f bytes, %zu with a host, best of %d)\n", name,
              static_cast<double>(lines.size()) / best_s / 1e6, bytes / best_s / 1e6, lines.size(),
              bytes / static_cast<double>(lines.size()), records, kRounds);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2) {
    std::ifstream file(argv[2], std::ios::binary);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    Run("file", argv[1], ProxyKind::kAuto, lines);
    return 0;
  }
  const std::string prefix = "<190>Nov 22 09:30:41 vm nginx: ";
  Run("nginx json", "json", ProxyKind::kNginx, Made("", kNginx, ""));
  Run("nginx json, auto", "json", ProxyKind::kAuto, Made("", kNginx, ""));
  Run("nginx log_format", kNginxFormat, ProxyKind::kNginx, Made("", kNginx, ""));
  Run("syslog nginx", "json", ProxyKind::kNginx, Made(prefix, kNginx, ""));
  Run("haproxy json", "json", ProxyKind::kHaproxy, Made("", kHaproxy, ""));
  Run("caddy json", "json", ProxyKind::kCaddy, Made("", kCaddy, ""));
  Run("combined", "combined", ProxyKind::kNginx, Made("", kCombined, ""));
  Run("vhost_combined", "vhost_combined", ProxyKind::kNginx, Made("shop@.example:443 ", kCombined, " 0.002"));
  return 0;
}

// A log_format, and behind the first NUL byte a line of it, taken as a syslog datagram: a format that is refused says
// why, numbers of a record are in their bounds, and a message is an end of its datagram.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "logs/line_parser.h"
#include "logs/syslog_prefix.h"

namespace {

void Require(bool good) {
  if (!good) std::abort();
}

void RequireWithin(std::optional<double> value, double max) {
  Require(!value.has_value() || (*value >= 0 && *value <= max));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using proxy_telemetry::LineOutcome;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::size_t nul = bytes.find('\0');
  if (nul == std::string_view::npos) return 0;
  const std::string_view datagram = bytes.substr(nul + 1);
  const std::string_view line = proxy_telemetry::StripSyslogPrefix(datagram);
  Require(line.empty() ||
          (line.data() >= datagram.data() && line.data() + line.size() <= datagram.data() + datagram.size()));
  auto parser =
      proxy_telemetry::LineParser::Make(std::string(bytes.substr(0, nul)), proxy_telemetry::ProxyKind::kNginx);
  if (!parser.ok()) {
    Require(!parser.status().message().empty());
    return 0;
  }
  proxy_telemetry::AccessRecord record;
  const LineOutcome outcome = parser->Parse(line, record);
  if (outcome == LineOutcome::kUnreadable) Require(!parser->problem().empty());
  if (outcome != LineOutcome::kRecord) return 0;
  Require(record.status == 0 || (record.status >= 100 && record.status <= 999));
  Require(record.host.size() <= line.size());
  RequireWithin(record.seconds, proxy_telemetry::kLogSecondsMax);
  RequireWithin(record.upstream_seconds, proxy_telemetry::kLogSecondsMax);
  RequireWithin(record.request_bytes, proxy_telemetry::kLogBytesMax);
  RequireWithin(record.response_bytes, proxy_telemetry::kLogBytesMax);
  return 0;
}

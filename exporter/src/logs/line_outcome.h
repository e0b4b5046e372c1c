// What became of a line of an access log.
#pragma once

namespace proxy_telemetry {

enum class LineOutcome {
  kRecord,      // one request
  kOther,       // a line of the proxy about something else: its own log, a notice about a server
  kUnreadable,  // no line of the format; counted, and told to the operator
};

}  // namespace proxy_telemetry

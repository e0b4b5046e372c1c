// AccessRecord: what one line of an access log says about one request.
//
// Views point into the line or into the parser's scratch memory: valid until its next call. A plain value.
#pragma once

#include <optional>
#include <string_view>

namespace proxy_telemetry {

struct AccessRecord {
  std::string_view host;                   // as the client or the log spelled it; "" where the line does not tell
  int status = 0;                          // 100 to 999; 0: none was sent (a client that went away, "-")
  std::optional<double> seconds;           // the whole request, never negative
  std::optional<double> upstream_seconds;  // of all tries together, never negative
  std::optional<double> request_bytes;
  std::optional<double> response_bytes;
};

}  // namespace proxy_telemetry

// NginxStub: nginx' stub_status page, and Tengine's. Plain values; the function is safe for any thread.
#pragma once

#include <string_view>

#include "base/status.h"

namespace proxy_telemetry {

// Tengine's total of request times is checked and left out: a mean is no p99. So are the counts of connections.
struct NginxStub {
  double requests = 0;
  double reading = 0;  // connections whose request is being read
  double writing = 0;  // requests being worked on or answered, the one for this page among them
};

// To the letter, blanks at line ends included: a number that is cut off looks like a smaller one. Fails with
// "line L: reason".
Result<NginxStub> ParseNginxStub(std::string_view page);

}  // namespace proxy_telemetry

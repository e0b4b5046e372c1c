// ApacheStatus: mod_status' page for programs (/server-status?auto). Plain values; the function is safe for any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "proxies/zone_page.h"

namespace proxy_telemetry {

// A page with more lines is refused: it bounds the memory that a hostile page can take.
inline constexpr std::size_t kApacheLinesMax = 1'000'000;

// `Total Duration` is left out: a mean is no p99. So are `Elected`, which counts tries, not answers, the bytes of a
// balancer's member, for which there is no metric, and `Total kBytes`: with mod_logio, which Debian's Apache has built
// in, they are the bytes received and sent together, without it those of bodies sent, and the page does not say which.
struct ApacheStatus {
  std::optional<double> accesses;   // absent with ExtendedStatus Off
  double busy_workers = 0;          // the one that made this page among them
  std::vector<Upstream> balancers;  // with ProxyStatus On
};

// Fails with "line L: reason".
Result<ApacheStatus> ParseApacheStatus(std::string_view text);

}  // namespace proxy_telemetry

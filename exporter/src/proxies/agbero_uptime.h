// AgberoUptime: what agbero's /uptime says about traffic, as plain structs, before any meaning is put on it.
//
// `failures` is left out on purpose: it is the circuit breaker's, set to 0 by each success and to its threshold plus
// one when forced open, so neither a counter nor a count of errors. Safe for any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace proxy_telemetry {

// Documents that nest deeper or hold more values are refused: they bound the memory a hostile page can take.
inline constexpr int kUptimeDepthMax = 32;
inline constexpr std::size_t kUptimeValuesMax = 2'000'000;

enum class AgberoBackendKind : std::uint8_t {
  kHttp,        // a server of a route
  kStream,      // a server of a tcp or udp proxy
  kServerless,  // a worker or replay of a route; has no `alive`
};

struct AgberoBackend {
  AgberoBackendKind kind = AgberoBackendKind::kHttp;
  std::string name;   // URL or address; a serverless one's name
  std::string route;  // what tells two backends of one name apart: the route's path or the proxy's name
  bool alive = false;
  std::optional<double> requests;  // total_reqs
  std::optional<double> in_flight;
  // Of a window of 60 s, microseconds; absent when the window is empty.
  std::optional<double> p50_us;
  std::optional<double> p90_us;
  std::optional<double> p99_us;
};

struct AgberoHost {
  std::string domain;
  std::vector<AgberoBackend> backends;
};

// Hosts in the order of their names. Unknown fields are passed over, null is the same as missing, of a key that is
// there twice the last counts. Fails on bad JSON, and on a value of the wrong type with its JSON pointer.
Result<std::vector<AgberoHost>> ParseAgberoUptime(std::string_view json);

}  // namespace proxy_telemetry

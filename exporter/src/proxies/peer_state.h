// What a proxy of the nginx family calls the state of a server, as far as new requests go. Pure functions, any thread.
#pragma once

#include <optional>
#include <string_view>

namespace proxy_telemetry {

// True when the server takes new requests: "up", "recovering" (Angie's slow start) and "busy" (Angie's max_conns is
// reached, which NGINX Plus and HAProxy call up). A draining one takes no new clients and is not up, as with HAProxy.
// nullopt: a word of a version to come.
inline std::optional<bool> IsPeerUp(std::string_view state) {
  if (state == "up" || state == "recovering" || state == "busy") return true;
  if (state == "down" || state == "unavail" || state == "unavailable" || state == "unhealthy" || state == "checking" ||
      state == "draining") {
    return false;
  }
  return std::nullopt;
}

}  // namespace proxy_telemetry

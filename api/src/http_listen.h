// Listen addresses, and the few things done to sockets beside civetweb.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"

namespace proxy_telemetry {

struct ListenAddress {
  std::string ip;  // "127.0.0.1", "0.0.0.0", "::1"
  std::uint16_t port = 0;
  bool ipv6 = false;

  // "127.0.0.1:19090", "[::1]:19090": as on the command line, and as civetweb wants it.
  std::string ToString() const;
};

// "IP:PORT", ":PORT", "NAME:PORT" (resolved, its first IPv4 address). Errors carry the text and what to write instead.
Result<ListenAddress> ParseListenAddress(std::string_view text, bool ipv6_supported);

// Binds and lets go again: the operating system's own reason when civetweb would only say "failed".
Status ProbeListen(const ListenAddress& address);

// Connects and lets go, so that a thread that polls the listening socket looks up. Failure does not matter.
void WakeListener(const ListenAddress& address);

// Shuts down every connection of this process that was accepted on one of `ports`, so that threads blocked on it
// return. For the end only: a descriptor closed and opened anew by another thread in between would be hit as well.
void ShutDownConnections(std::span<const std::uint16_t> ports);

}  // namespace proxy_telemetry

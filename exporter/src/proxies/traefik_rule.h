// TraefikRule: the hosts in a router's rule, such as Host(`shop.example`) && PathPrefix(`/cart`). Pure function, any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace proxy_telemetry {

// The first host that the rule asks for by name, in the syntax of v2 (Host(`a`, `b`)) and v3; nullopt where there is
// none: a HostRegexp is no host, nor is one behind a `!`. Takes what Traefik takes; of a text that is no rule, what
// stands before its fault counts.
std::optional<std::string> FirstHostOfRule(std::string_view rule);

}  // namespace proxy_telemetry

// TraefikApi: what Traefik's API says of its routers and services. Plain values; the functions are safe for any thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace proxy_telemetry {

// Without a `per_page` that Traefik heeds, an answer is cut off behind so many entries.
inline constexpr std::size_t kTraefikPageSize = 100;

struct TraefikRouter {
  std::string name;  // with its provider: "shop@docker"
  std::string rule;
  std::string service;  // with its provider
};

struct TraefikService {
  std::string name;
  std::map<std::string, std::optional<bool>> servers;  // by URL; whether up, where Traefik says so
  std::vector<std::string> parts;                      // the services that this one shares its requests out to
};

// Entries of the provider "internal" (the API, the dashboard, our scrapes) are left out.
Result<std::vector<TraefikRouter>> ParseTraefikRouters(std::string_view json);
Result<std::vector<TraefikService>> ParseTraefikServices(std::string_view json);

bool IsTraefikInternal(std::string_view name);

}  // namespace proxy_telemetry

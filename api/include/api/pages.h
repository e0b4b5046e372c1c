// The generic pages: /, /-/healthy, /-/ready, /-/reload and /-/quit.
#pragma once

#include <functional>
#include <string>

#include "api/http.h"
#include "base/status.h"

namespace proxy_telemetry {

// Callbacks run on HTTP worker threads, several at once.
struct PagesOptions {
  std::string version;
  std::string telemetry_path = "/metrics";
  bool enable_lifecycle = false;
  // "" when ready, else why not: "the first scrape round is not over".
  std::function<std::string()> not_ready;
  // A host that has history, for the example link of the landing page; "" or empty function: none yet.
  std::function<std::string()> example_host;
  // Applies the configuration file again. Required with enable_lifecycle.
  std::function<Status()> reload;
  // Asks the process to end; returns at once. Required with enable_lifecycle.
  std::function<void()> quit;
};

// Adds the pages to `router`, and with a route prefix a redirect from / to the landing page.
void MountPages(Router& router, PagesOptions options);

}  // namespace proxy_telemetry

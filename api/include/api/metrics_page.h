// The /metrics endpoint: negotiates format and encoding, serves pages from memory.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/http.h"

namespace proxy_telemetry {

// The page in one of the two formats. The same string object as long as the page is the same; any thread.
using MetricsPageSource = std::function<std::shared_ptr<const std::string>(bool open_metrics)>;

// What an Accept header asks for: OpenMetrics when it is rated higher than text and above 0, else text 0.0.4.
bool PrefersOpenMetrics(std::string_view header);

// GET `path`. A page is compressed once, when first asked for compressed.
void MountMetrics(std::string_view path, MetricsPageSource source, Router& router);

}  // namespace proxy_telemetry

// How civetweb is told to behave.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "http_listen.h"

namespace proxy_telemetry {

// Names and values of civetweb 1.15. What is not named stays at its default: no document root, so no files, CGI, SSI
// or directory code.
std::vector<std::pair<std::string, std::string>> CivetwebOptions(const std::vector<ListenAddress>& addresses);

}  // namespace proxy_telemetry

// The bodies of /telemetry/history and /telemetry/hosts, as agbero's Go encoder writes them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/history.h"

namespace proxy_telemetry::history {

std::string HistoryJson(std::string_view host, std::string_view range_label, std::span<const HistorySample> samples);
std::string HostsJson(std::span<const std::string> hosts);

}  // namespace proxy_telemetry::history

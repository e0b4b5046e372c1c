// relabel_configs and metric_relabel_configs, by the rules of Prometheus: what it takes is taken, what it refuses is
// refused. Label names are those of [a-zA-Z_][a-zA-Z0-9_]*.
#pragma once

#include <vector>

#include "config/config.h"
#include "reader.h"

namespace proxy_telemetry {

// A list of rules; null gives none. Wrong rules are left out.
std::vector<RelabelRule> ReadRelabelRules(Reader& reader, const Value* value);

}  // namespace proxy_telemetry

// ExpositionWriter: families and samples as Prometheus text 0.0.4 or OpenMetrics 1.0.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "exporter/openmetrics_parser.h"
#include "exporter/round.h"

namespace prometheus {
struct MetricFamily;
}

namespace proxy_telemetry {

// One page of the rounds given, then of this program's own families, each metric family once.
// `size_hint`: bytes of the page before.
std::string WriteExposition(ExpositionFormat format, std::span<const std::shared_ptr<const TargetRound>> rounds,
                            std::span<const prometheus::MetricFamily> own, std::size_t size_hint);

}  // namespace proxy_telemetry

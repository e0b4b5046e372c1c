// ExpositionVisitor: the samples of a proxy's Prometheus page, one by one. Pure functions, any thread.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "base/status.h"
#include "exporter/page_sink.h"

namespace proxy_telemetry {

// The label's value, or "" when there is no such label.
std::string_view LabelValue(std::span<const LabelView> labels, std::string_view name);

// Calls visit for each sample in the page's order, and only for the first of two of one series. Fails as
// OpenMetricsParser does, and as visit does. Views are valid during the call alone.
using SampleVisitor = std::function<Status(std::string_view name, std::span<const LabelView> labels, double value)>;
Status VisitSamples(std::string_view text, const SampleVisitor& visit);

}  // namespace proxy_telemetry

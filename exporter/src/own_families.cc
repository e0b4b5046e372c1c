#include "own_families.h"

#include <prometheus/metric_family.h>

#include <string>
#include <utility>

#include "base/number.h"

namespace proxy_telemetry {
namespace {

MetricType TypeOf(prometheus::MetricType type) {
  switch (type) {
    case prometheus::MetricType::Counter:
      return MetricType::kCounter;
    case prometheus::MetricType::Gauge:
      return MetricType::kGauge;
    case prometheus::MetricType::Summary:
      return MetricType::kSummary;
    case prometheus::MetricType::Histogram:
      return MetricType::kHistogram;
    default:
      return MetricType::kUntyped;
  }
}

class Flattener {
 public:
  Flattener(OwnFamily& out, const prometheus::ClientMetric& metric) : out_(out), metric_(metric) {}

  void Add(std::string_view suffix, double value, std::string_view extra_name = {}, double extra_value = 0) {
    std::vector<Label> labels{{std::string(kNameLabel), out_.meta.name + std::string(suffix)}};
    for (const auto& label : metric_.label) labels.push_back({label.name, label.value});
    if (!extra_name.empty()) {
      std::string text;
      AppendNumber(extra_value, text);
      labels.push_back({std::string(extra_name), std::move(text)});
    }
    out_.samples.push_back({Labels(std::move(labels)), value});
  }

 private:
  OwnFamily& out_;
  const prometheus::ClientMetric& metric_;
};

void AddMetric(const prometheus::ClientMetric& metric, OwnFamily& out) {
  Flattener flat(out, metric);
  switch (out.meta.type) {
    case MetricType::kCounter:
      flat.Add("", metric.counter.value);
      return;
    case MetricType::kGauge:
      flat.Add("", metric.gauge.value);
      return;
    case MetricType::kUntyped:
      flat.Add("", metric.untyped.value);
      return;
    case MetricType::kSummary:
      for (const auto& quantile : metric.summary.quantile) flat.Add("", quantile.value, "quantile", quantile.quantile);
      flat.Add("_sum", metric.summary.sample_sum);
      flat.Add("_count", static_cast<double>(metric.summary.sample_count));
      return;
    case MetricType::kHistogram:
      for (const auto& bucket : metric.histogram.bucket) {
        flat.Add("_bucket", static_cast<double>(bucket.cumulative_count), "le", bucket.upper_bound);
      }
      flat.Add("_sum", metric.histogram.sample_sum);
      flat.Add("_count", static_cast<double>(metric.histogram.sample_count));
      return;
  }
}

}  // namespace

OwnFamily ToOwnFamily(const prometheus::MetricFamily& family) {
  OwnFamily out;
  out.meta = {family.name, TypeOf(family.type), family.help};
  for (const prometheus::ClientMetric& metric : family.metric) AddMetric(metric, out);
  return out;
}

}  // namespace proxy_telemetry

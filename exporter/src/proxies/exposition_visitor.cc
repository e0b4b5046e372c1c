#include "proxies/exposition_visitor.h"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/labels.h"
#include "exporter/openmetrics_parser.h"

namespace proxy_telemetry {
namespace {

class VisitorSink : public PageSink {
 public:
  explicit VisitorSink(const SampleVisitor& visit) : visit_(visit) {}

  FamilyId AddFamily(const MetricFamily& /*family*/) override { return 0; }
  bool AddKnown(std::string_view /*raw*/, double /*value*/) override { return false; }

  Status AddSeries(std::string_view /*raw*/, FamilyId /*family*/, std::string_view name,
                   std::span<const LabelView> labels, double value) override {
    std::vector<Label> all = {{std::string(kNameLabel), std::string(name)}};
    for (const LabelView& label : labels) all.push_back({std::string(label.name), std::string(label.value)});
    return seen_.insert(Labels(std::move(all))).second ? visit_(name, labels, value) : Status::Ok();
  }

 private:
  const SampleVisitor& visit_;
  std::unordered_set<Labels> seen_;
};

}  // namespace

std::string_view LabelValue(std::span<const LabelView> labels, std::string_view name) {
  const auto found = std::find_if(labels.begin(), labels.end(), [name](const LabelView& l) { return l.name == name; });
  return found == labels.end() ? std::string_view() : found->value;
}

Status VisitSamples(std::string_view text, const SampleVisitor& visit) {
  VisitorSink sink(visit);
  OpenMetricsParser parser(ExpositionFormat::kText, sink);
  PT_RETURN_IF_ERROR(parser.Feed(text));
  return parser.Finish();
}

}  // namespace proxy_telemetry

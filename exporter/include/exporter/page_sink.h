// PageSink: where a reader puts what it finds in a page, sample by sample.
//
// Lifetime: one page. Nothing given here takes effect before the caller has seen the whole page and commits it,
// so a reader may fail at any point. Single thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/status.h"
#include "exporter/metric_family.h"

namespace proxy_telemetry {

// Views into the reader's buffers, unescaped, in the page's order; only valid during the call.
struct LabelView {
  std::string_view name;
  std::string_view value;
};

class PageSink {
 public:
  using FamilyId = std::uint32_t;

  virtual ~PageSink() = default;

  // Metadata of a family; the same name may come again (the last word counts). Returns the id to hand to AddSeries.
  virtual FamilyId AddFamily(const MetricFamily& family) = 0;

  // A series spelled exactly as `raw` was added before, in this page or an earlier one of this target: takes the
  // value and returns true. False: call AddSeries. `raw` is the bytes before the value, blanks at the end cut.
  // A second sample of one series in a page is counted and not kept (true is returned).
  virtual bool AddKnown(std::string_view raw, double value) = 0;

  // A series not known by `raw`. Label names are valid and distinct, `name` is a valid metric name; neither
  // "__name__" nor target labels are among `labels`. Fails when a limit of the target is hit.
  virtual Status AddSeries(std::string_view raw, FamilyId family, std::string_view name,
                           std::span<const LabelView> labels, double value) = 0;
};

}  // namespace proxy_telemetry

// Relabeler: applies relabel_configs or metric_relabel_configs to the labels of a target or of a series.
//
// Does what Prometheus 2.42 does, rule by rule; later versions differ in two corners: their `.` matches a newline too
// (3.0), and an empty replacement deletes the label that a target_label with $1 stands for (2.49), where 2.42 leaves
// it alone. One rule of our own: a label name that would not be valid is never made, the rule leaves the labels alone.
// Immutable after Make; safe for concurrent use.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/labels.h"
#include "base/status.h"
#include "config/config.h"

namespace proxy_telemetry {

class Relabeler {
 public:
  // Fails on an expression that RE2 refuses and on a hashmod without modulus; the loader has checked those of a Config.
  static Result<Relabeler> Make(const std::vector<RelabelRule>& rules);
  Relabeler(Relabeler&&) noexcept;
  Relabeler& operator=(Relabeler&&) noexcept;
  ~Relabeler();

  // The labels after all rules; nullopt when one of them drops the target or series.
  std::optional<Labels> Apply(Labels labels) const;

 private:
  struct Rule;
  explicit Relabeler(std::vector<Rule> rules);
  std::vector<Rule> rules_;
};

}  // namespace proxy_telemetry

// MappedRules: a Mapping made ready to be asked, sample by sample, what it says about a series.
//
// Immutable after Make, safe for any thread. The Mapping is not needed afterwards.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/status.h"
#include "config/config.h"
#include "exporter/page_sink.h"
#include "proxy_metrics.h"

namespace re2 {
class RE2;
}

namespace proxy_telemetry {

// The value of a label; "" where there is none, as Prometheus has it.
std::string_view ValueOfLabel(std::span<const LabelView> labels, std::string_view name);

// One MappedMetric.
struct MappedRule {
  ProxyMetric metric;
  std::string native_metric;  // as the mapping has it, for messages
  std::string host;           // label of the host, or of the frontend
  std::string code;
  std::string backend;
  std::string largest_of;
  double scale = 1;
  std::vector<std::pair<std::string, std::shared_ptr<const re2::RE2>>> where;

  bool Takes(std::span<const LabelView> labels) const;
  // A value, or a bucket's bound, in the unit of the contract.
  double Scaled(double value) const;
};

class MappedRules {
 public:
  // What a series is to a rule: a value, or one part of a histogram.
  enum class Part : std::uint8_t { kValue, kBucket, kSum };
  struct Use {
    std::size_t rule;
    Part part;
  };

  // Fails on an expression that RE2 refuses; the loader has checked those of a configuration.
  static Result<MappedRules> Make(const Mapping& mapping);

  const std::vector<MappedRule>& rules() const { return rules_; }
  // What the series of that name are for; empty: nothing.
  std::span<const Use> UsesOf(std::string_view series_name) const;

 private:
  Status Add(const MappedMetric& mapped, ProxyMetric metric, const std::string& usual_host);

  std::vector<MappedRule> rules_;
  std::unordered_map<std::string, std::vector<Use>> uses_;
};

}  // namespace proxy_telemetry

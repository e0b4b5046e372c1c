#include "proxies/mapped_rules.h"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace proxy_telemetry {
namespace {

struct Noun {
  ProxyMetric metric;
  std::vector<MappedMetric> Mapping::* mapped;
};

constexpr std::array<Noun, 11> kNouns{{
    {ProxyMetric::kHttpRequests, &Mapping::requests},
    {ProxyMetric::kHttpRequestErrors, &Mapping::errors},
    {ProxyMetric::kHttpRequestDuration, &Mapping::latency},
    {ProxyMetric::kHttpRequestsInFlight, &Mapping::in_flight},
    {ProxyMetric::kRequestBytes, &Mapping::request_bytes},
    {ProxyMetric::kResponseBytes, &Mapping::response_bytes},
    {ProxyMetric::kBackends, &Mapping::backends},
    {ProxyMetric::kBackendsUp, &Mapping::backends_up},
    {ProxyMetric::kBackendUp, &Mapping::backend_up},
    {ProxyMetric::kBackendRequests, &Mapping::backend_requests},
    {ProxyMetric::kFrontendHttpRequests, &Mapping::frontend_requests},
}};

}  // namespace

std::string_view ValueOfLabel(std::span<const LabelView> labels, std::string_view name) {
  const auto found = std::find_if(labels.begin(), labels.end(), [name](const LabelView& l) { return l.name == name; });
  return found == labels.end() ? std::string_view() : found->value;
}

bool MappedRule::Takes(std::span<const LabelView> labels) const {
  return std::all_of(where.begin(), where.end(), [labels](const auto& condition) {
    const std::string_view value = ValueOfLabel(labels, condition.first);
    return re2::RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *condition.second);
  });
}

// Divided where the scale is one over a whole number: 35 ms times 0.001 would be 0.035000000000000003 s.
double MappedRule::Scaled(double value) const {
  const double divisor = std::round(1 / scale);
  return scale < 1 && 1 / divisor == scale ? value / divisor : value * scale;
}

Status MappedRules::Add(const MappedMetric& mapped, ProxyMetric metric, const std::string& usual_host) {
  MappedRule rule{.metric = metric,
                  .native_metric = mapped.metric,
                  .host = mapped.host.empty() ? usual_host : mapped.host,
                  .code = mapped.code,
                  .backend = mapped.backend,
                  .largest_of = mapped.largest_of,
                  .scale = mapped.scale,
                  .where = {}};
  re2::RE2::Options options;
  options.set_log_errors(false);
  for (const auto& [label, expression] : mapped.where) {
    auto compiled = std::make_shared<const re2::RE2>(expression, options);
    if (!compiled->ok()) {
      return Status::InvalidArgument("is no RE2 expression: " + compiled->error()).Prefixed("mapping: `" + label + "`");
    }
    rule.where.emplace_back(label, std::move(compiled));
  }
  const std::size_t index = rules_.size();
  if (metric == ProxyMetric::kHttpRequestDuration) {
    uses_[mapped.metric + "_bucket"].push_back({index, Part::kBucket});
    uses_[mapped.metric + "_sum"].push_back({index, Part::kSum});
  } else {
    uses_[mapped.metric].push_back({index, Part::kValue});
  }
  rules_.push_back(std::move(rule));
  return Status::Ok();
}

Result<MappedRules> MappedRules::Make(const Mapping& mapping) {
  MappedRules rules;
  for (const Noun& noun : kNouns) {
    const std::string usual_host = noun.metric == ProxyMetric::kFrontendHttpRequests ? "" : mapping.host;
    for (const MappedMetric& mapped : mapping.*noun.mapped) {
      PT_RETURN_IF_ERROR(rules.Add(mapped, noun.metric, usual_host));
    }
  }
  return rules;
}

std::span<const MappedRules::Use> MappedRules::UsesOf(std::string_view series_name) const {
  const auto found = uses_.find(std::string(series_name));
  if (found == uses_.end()) return {};
  return found->second;
}

}  // namespace proxy_telemetry

#include "proxies/mapped_traffic.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/labels.h"
#include "base/number.h"
#include "base/text.h"

namespace proxy_telemetry {
namespace {

using Part = MappedRules::Part;

// "2" is Envoy's spelling of a class, "2XX" that of others.
std::string CodeOf(std::string_view value) {
  const bool class_digit = !value.empty() && value[0] >= '1' && value[0] <= '5';
  if (class_digit && (value.size() == 1 || value.substr(1) == "XX" || value.substr(1) == "xx")) {
    return std::string(value.substr(0, 1)) + "xx";
  }
  return std::string(value);
}

// Of a bucket's `le`; nullopt: it is no number.
std::optional<double> BoundOf(std::string_view le) {
  double bound = 0;
  if (le.empty() || ParseNumber(le, bound) != NumberError::kNone || std::isnan(bound)) return std::nullopt;
  return bound;
}

bool IsCount(double value) { return std::isfinite(value) && value >= 0; }

// What one sample adds to.
struct Place {
  std::size_t rule = 0;
  Part part = Part::kValue;
  MappedKey key;
  double bound = 0;  // of a bucket
};

}  // namespace

std::vector<std::pair<double, double>> MappedHistogram::Cumulative() const {
  std::vector<std::pair<double, double>> cumulative;
  if (broken || buckets.empty() || !std::isinf(buckets.rbegin()->first)) return cumulative;
  const std::size_t series = buckets.rbegin()->second.series;
  for (const auto& [bound, bucket] : buckets) {
    if (bucket.series > series) return {};
    if (bucket.series == series) cumulative.emplace_back(bound, bucket.count);
  }
  return cumulative;
}

class MappedSink::Impl {
 public:
  Impl(const MappedRules& rules, const NativeName& native_name)
      : rules_(rules), native_name_(native_name), seen_of_rule_(rules.rules().size()) {}

  Status Add(std::string_view name, std::span<const LabelView> labels, double value) {
    const std::span<const MappedRules::Use> uses = rules_.UsesOf(name);
    if (uses.empty()) return Status::Ok();
    sorted_.assign(labels.begin(), labels.end());
    std::sort(sorted_.begin(), sorted_.end(), [](const LabelView& a, const LabelView& b) { return a.name < b.name; });
    if (!series_.insert(TextOf(name, "")).second) return Status::Ok();
    if (series_.size() > kMappedSeriesMax) {
      return Status::ResourceExhausted("more than " + std::to_string(kMappedSeriesMax) + " series of requests");
    }
    for (const MappedRules::Use& use : uses) AddUse(name, use, value);
    return Status::Ok();
  }

  Result<MappedTraffic> Take() {
    PT_RETURN_IF_ERROR(CheckHostLabels());
    for (const auto& [series, largest] : largest_) AddTo(largest.first, largest.second);
    return std::move(traffic_);
  }

 private:
  struct SeenOfRule {
    std::size_t series = 0;
    std::size_t with_host = 0;
    std::string labels;  // of the first, for the message
  };

  // The series without one label, as a key.
  std::string TextOf(std::string_view name, std::string_view without) const {
    std::string text(name);
    for (const LabelView& label : sorted_) {
      if (label.name == without) continue;
      text += '\n';
      text += label.name;
      text += '=';
      AppendEscapedLabelValue(label.value, text);
    }
    return text;
  }

  void AddUse(std::string_view name, const MappedRules::Use& use, double value) {
    const MappedRule& rule = rules_.rules()[use.rule];
    if (!rule.Takes(sorted_)) return;
    const std::string_view host = ValueOfLabel(sorted_, rule.host);
    Count(seen_of_rule_[use.rule], !host.empty());
    if (host.empty()) return;
    const std::optional<std::string> native = native_name_(rule, host);
    if (!native.has_value()) return;
    Place place{use.rule, use.part, {*native, "", ""}, 0};
    if (use.part == Part::kValue && !FillKey(rule, place.key)) return;
    if (use.part != Part::kValue && !FillBound(rule, value, place)) return;
    if (!IsCount(value)) return;
    const bool is_time_or_size = use.part != Part::kBucket;
    const double scaled = is_time_or_size ? rule.Scaled(value) : value;
    if (rule.largest_of.empty()) return AddTo(place, scaled);
    // What differs in nothing else counts the same requests; rules may share a series.
    const auto [found, added] =
        largest_.try_emplace(std::to_string(use.rule) + ' ' + TextOf(name, rule.largest_of), std::move(place), scaled);
    if (!added) found->second.second = std::max(found->second.second, scaled);
  }

  // False where a backend should be named and is not.
  bool FillKey(const MappedRule& rule, MappedKey& key) const {
    if (!rule.code.empty()) key.code = CodeOf(ValueOfLabel(sorted_, rule.code));
    if (rule.backend.empty()) return true;
    key.backend = ValueOfLabel(sorted_, rule.backend);
    return !key.backend.empty();
  }

  // False where that leaves the histogram without meaning.
  bool FillBound(const MappedRule& rule, double value, Place& place) {
    std::optional<double> bound = 0;
    if (place.part == Part::kBucket) bound = BoundOf(ValueOfLabel(sorted_, "le"));
    if (!bound.has_value() || !IsCount(value)) {
      traffic_.durations[place.key.native].broken = true;
      return false;
    }
    place.bound = std::isinf(*bound) ? *bound : rule.Scaled(*bound);
    return true;
  }

  void AddTo(const Place& place, double value) {
    if (place.part == Part::kValue) {
      traffic_.values[rules_.rules()[place.rule].metric][place.key] += value;
      return;
    }
    MappedHistogram& histogram = traffic_.durations[place.key.native];
    if (place.part == Part::kSum) {
      histogram.sum = histogram.sum.value_or(0) + value;
    } else {
      MappedHistogram::Bucket& bucket = histogram.buckets[place.bound];
      bucket.count += value;
      ++bucket.series;
    }
  }

  void Count(SeenOfRule& seen, bool with_host) const {
    seen.with_host += with_host ? 1 : 0;
    if (seen.series++ > 0) return;
    for (const LabelView& label : sorted_) {
      if (!seen.labels.empty()) seen.labels += ", ";
      seen.labels += label.name;
    }
  }

  Status CheckHostLabels() const {
    for (std::size_t i = 0; i < seen_of_rule_.size(); ++i) {
      const SeenOfRule& seen = seen_of_rule_[i];
      if (seen.series == 0 || seen.with_host > 0) continue;
      const MappedRule& rule = rules_.rules()[i];
      const bool is_frontend = rule.metric == ProxyMetric::kFrontendHttpRequests;
      return Status::InvalidArgument("no series of " + QuotedToken(rule.native_metric) + " has the label " +
                                     QuotedToken(rule.host) + " that the mapping takes for the " +
                                     (is_frontend ? "frontend" : "host") + "; the first has " +
                                     (seen.labels.empty() ? "none" : QuotedToken(seen.labels)));
    }
    return Status::Ok();
  }

  const MappedRules& rules_;
  const NativeName& native_name_;
  std::vector<LabelView> sorted_;  // of the series at hand, by name
  std::unordered_set<std::string> series_;
  std::unordered_map<std::string, std::pair<Place, double>> largest_;
  std::vector<SeenOfRule> seen_of_rule_;
  MappedTraffic traffic_;
};

MappedSink::MappedSink(const MappedRules& rules, const NativeName& native_name)
    : impl_(std::make_unique<Impl>(rules, native_name)) {}
MappedSink::~MappedSink() = default;

Status MappedSink::AddSeries(std::string_view /*raw*/, FamilyId /*family*/, std::string_view name,
                             std::span<const LabelView> labels, double value) {
  return impl_->Add(name, labels, value);
}

Result<MappedTraffic> MappedSink::Take() { return impl_->Take(); }

Result<MappedTraffic> ReadMappedTraffic(std::string_view metrics_text, ExpositionFormat format,
                                        const MappedRules& rules, const NativeName& native_name) {
  MappedSink sink(rules, native_name);
  OpenMetricsParser parser(format, sink);
  PT_RETURN_IF_ERROR(parser.Feed(metrics_text));
  PT_RETURN_IF_ERROR(parser.Finish());
  return sink.Take();
}

}  // namespace proxy_telemetry

#include "openmetrics_families.h"

#include <array>

#include "openmetrics_text.h"

namespace proxy_telemetry {
namespace {

MetricType ExposedType(DeclaredType type) {
  switch (type) {
    case DeclaredType::kCounter:
      return MetricType::kCounter;
    case DeclaredType::kGauge:
    case DeclaredType::kInfo:
    case DeclaredType::kStateset:
      return MetricType::kGauge;
    case DeclaredType::kHistogram:
      return MetricType::kHistogram;
    case DeclaredType::kSummary:
      return MetricType::kSummary;
    case DeclaredType::kUnknown:
    case DeclaredType::kGaugeHistogram:
      return MetricType::kUntyped;
  }
  return MetricType::kUntyped;
}

// What a suffix makes of a sample: kBase belongs to the declared family, the others are families of their own.
enum class Membership { kNone, kBase, kSame, kGauge };

Membership TextMembership(DeclaredType type, std::string_view suffix) {
  const bool histogram = type == DeclaredType::kHistogram;
  if (suffix == "_bucket") return histogram ? Membership::kBase : Membership::kNone;
  if (suffix != "_sum" && suffix != "_count") return Membership::kNone;
  return histogram || type == DeclaredType::kSummary ? Membership::kBase : Membership::kNone;
}

// `kSame`: a family of the sample's own name and the declared type.
Membership OpenMetricsMembership(DeclaredType type, std::string_view suffix) {
  switch (type) {
    case DeclaredType::kCounter:
      if (suffix == "_total") return Membership::kSame;
      return suffix == "_created" ? Membership::kGauge : Membership::kNone;
    case DeclaredType::kHistogram:
    case DeclaredType::kSummary:
      return suffix == "_created" ? Membership::kGauge : TextMembership(type, suffix);
    case DeclaredType::kInfo:
      return suffix == "_info" ? Membership::kSame : Membership::kNone;
    case DeclaredType::kGaugeHistogram:
      return suffix == "_bucket" || suffix == "_gcount" || suffix == "_gsum" ? Membership::kSame : Membership::kNone;
    case DeclaredType::kUnknown:
    case DeclaredType::kGauge:
    case DeclaredType::kStateset:
      return Membership::kNone;
  }
  return Membership::kNone;
}

constexpr std::array<std::string_view, 8> kSuffixes = {"_bucket",  "_sum",  "_count",  "_total",
                                                       "_created", "_info", "_gcount", "_gsum"};

}  // namespace

void FamilyTable::Declare(const Metadata& metadata) {
  if (metadata.kind != Metadata::Kind::kHelp && metadata.kind != Metadata::Kind::kType) return;
  last_name_.clear();
  if (pending_ == nullptr || pending_->first != metadata.name) Flush();
  auto at = declared_.find(metadata.name);
  if (at == declared_.end()) at = declared_.try_emplace(std::string(metadata.name)).first;
  pending_ = &*at;
  if (metadata.kind == Metadata::Kind::kType) {
    at->second.type = metadata.type;
    return;
  }
  at->second.help.clear();
  AppendUnescaped(metadata.text, format_ == ExpositionFormat::kOpenMetrics, at->second.help);
}

void FamilyTable::Flush() {
  if (pending_ == nullptr) return;
  const auto& [name, declared] = *pending_;
  pending_ = nullptr;
  if (format_ == ExpositionFormat::kOpenMetrics) {
    // Its samples bear a suffix: announced under that name, or when they come.
    if (declared.type == DeclaredType::kGaugeHistogram) return;
    const std::string_view suffix = declared.type == DeclaredType::kCounter ? "_total"
                                    : declared.type == DeclaredType::kInfo  ? "_info"
                                                                            : "";
    if (!suffix.empty() && !name.ends_with(suffix)) {
      Announce({name + std::string(suffix), ExposedType(declared.type), declared.help});
      return;
    }
  }
  Announce({name, ExposedType(declared.type), declared.help});
}

PageSink::FamilyId FamilyTable::FamilyOf(std::string_view sample_name) {
  if (sample_name == last_name_) return last_id_;
  Flush();
  const Exposed exposed = Resolve(sample_name);
  const auto known = announced_.find(exposed.name);
  const bool current = known != announced_.end() && (!exposed.declared || known->second.type == exposed.type);
  last_id_ = current ? known->second.id : Announce(exposed);
  last_name_ = sample_name;
  return last_id_;
}

FamilyTable::Exposed FamilyTable::Resolve(std::string_view sample_name) const {
  if (const auto exact = declared_.find(sample_name); exact != declared_.end()) {
    return {sample_name, ExposedType(exact->second.type), exact->second.help};
  }
  Exposed exposed;
  for (const std::string_view suffix : kSuffixes) {
    if (ResolveSuffix(sample_name, suffix, exposed)) return exposed;
  }
  return {sample_name, MetricType::kUntyped, {}, false};
}

bool FamilyTable::ResolveSuffix(std::string_view sample_name, std::string_view suffix, Exposed& exposed) const {
  if (!sample_name.ends_with(suffix)) return false;
  const auto base = declared_.find(sample_name.substr(0, sample_name.size() - suffix.size()));
  if (base == declared_.end()) return false;
  const auto& [name, declared] = *base;
  const Membership membership = format_ == ExpositionFormat::kText ? TextMembership(declared.type, suffix)
                                                                   : OpenMetricsMembership(declared.type, suffix);
  if (membership == Membership::kNone) return false;
  const MetricType type = membership == Membership::kGauge ? MetricType::kGauge : ExposedType(declared.type);
  exposed = {membership == Membership::kBase ? std::string_view(name) : sample_name, type, declared.help};
  return true;
}

PageSink::FamilyId FamilyTable::Announce(const Exposed& exposed) {
  scratch_.name = exposed.name;
  scratch_.type = exposed.type;
  scratch_.help = exposed.help;
  const PageSink::FamilyId id = sink_.AddFamily(scratch_);
  auto at = announced_.find(exposed.name);
  if (at == announced_.end()) at = announced_.try_emplace(scratch_.name).first;
  at->second = {id, exposed.type};
  return id;
}

}  // namespace proxy_telemetry

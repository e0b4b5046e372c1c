#include "series_table.h"

#include <algorithm>

#include "series_text.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kExported = "exported_";

Status LimitExceeded(std::string_view limit, const Labels& labels, std::uint64_t found, std::uint64_t allowed) {
  return Status::ResourceExhausted(std::string(limit) + " exceeded: " + std::string(labels.metric_name()) + " has " +
                                   std::to_string(found) + ", allowed are " + std::to_string(allowed) +
                                   "; raise it in the configuration if the target is right");
}

}  // namespace

bool IsReservedMetricName(std::string_view name) {
  return name == "proxy_up" || name.starts_with("proxy_scrape_") || name.starts_with("proxy_last_scrape_") ||
         name.starts_with("proxy_telemetry_") || name.starts_with("process_");
}

SeriesTable::SeriesTable(std::shared_ptr<const LabelPolicy> policy, const InternSeries& intern)
    : policy_(std::move(policy)), intern_(intern) {}

std::uint32_t SeriesTable::FamilyOf(const MetricFamily& family) {
  MetricFamily named = family;
  if (IsReservedMetricName(named.name)) named.name.insert(0, kExported);
  return InsertFamily(std::move(named));
}

std::uint32_t SeriesTable::OwnFamily(const MetricFamily& family) { return InsertFamily(family); }

std::uint32_t SeriesTable::InsertFamily(MetricFamily family) {
  const auto [found, added] = family_by_name_.try_emplace(family.name, static_cast<std::uint32_t>(families_.size()));
  if (!added && families_[found->second] == family) return found->second;
  shared_families_.reset();
  if (added) {
    families_.push_back(std::move(family));
  } else {
    families_[found->second] = std::move(family);
  }
  return found->second;
}

std::shared_ptr<const std::vector<MetricFamily>> SeriesTable::families() {
  if (!shared_families_) shared_families_ = std::make_shared<const std::vector<MetricFamily>>(families_);
  return shared_families_;
}

std::uint32_t SeriesTable::Find(std::string_view raw) {
  if (raw.empty()) return kNone;
  if (guess_ < entries_.size() && entries_[guess_].raw == raw) return guess_++;
  const auto found = by_raw_.find(raw);
  if (found == by_raw_.end()) return kNone;
  guess_ = found->second + 1;
  return found->second;
}

Result<Labels> SeriesTable::FinalLabels(std::string_view name, std::span<const LabelView> labels) const {
  std::vector<Label> all;
  all.reserve(labels.size() + policy_->target_labels.size() + 1);
  all.push_back({std::string(kNameLabel),
                 IsReservedMetricName(name) ? std::string(kExported) + std::string(name) : std::string(name)});
  const auto in_page = [labels](std::string_view wanted) {
    return std::any_of(labels.begin(), labels.end(), [wanted](const LabelView& l) { return l.name == wanted; });
  };
  for (const LabelView& label : labels) {
    std::string label_name(label.name);
    if (!policy_->honor_labels && policy_->target_labels.Has(label.name)) {
      do {
        label_name.insert(0, kExported);
      } while (in_page(label_name) || policy_->target_labels.Has(label_name));
    }
    all.push_back({std::move(label_name), std::string(label.value)});
  }
  for (const Label& label : policy_->target_labels) {
    if (policy_->honor_labels && in_page(label.name)) continue;
    all.push_back(label);
  }
  Labels result(std::move(all));
  PT_RETURN_IF_ERROR(CheckLimits(result));
  return result;
}

Status SeriesTable::CheckLimits(const Labels& labels) const {
  if (policy_->label_limit != 0 && labels.size() > policy_->label_limit) {
    return LimitExceeded("label_limit", labels, labels.size(), policy_->label_limit);
  }
  for (const Label& label : labels) {
    if (policy_->label_name_length_limit != 0 && label.name.size() > policy_->label_name_length_limit) {
      return LimitExceeded("label_name_length_limit", labels, label.name.size(), policy_->label_name_length_limit);
    }
    if (policy_->label_value_length_limit != 0 && label.value.size() > policy_->label_value_length_limit) {
      return LimitExceeded("label_value_length_limit", labels, label.value.size(), policy_->label_value_length_limit);
    }
  }
  return Status::Ok();
}

Result<std::uint32_t> SeriesTable::Add(std::string_view raw, std::uint32_t family, std::string_view name,
                                       std::span<const LabelView> labels) {
  PT_ASSIGN_OR_RETURN(const Labels final_labels, FinalLabels(name, labels));
  const std::uint32_t index = Insert(family, final_labels);
  by_raw_.emplace(storage_->spellings.emplace_back(raw), index);
  if (entries_[index].raw.empty()) entries_[index].raw = storage_->spellings.back();
  guess_ = index + 1;
  return index;
}

std::uint32_t SeriesTable::AddOwn(std::uint32_t family, std::string_view name) {
  return Insert(family, policy_->target_labels.With(kNameLabel, name));
}

std::uint32_t SeriesTable::Insert(std::uint32_t family, const Labels& labels) {
  tsdb::SeriesHandle stored = intern_(labels);
  const auto [found, added] = by_identity_.try_emplace(stored.get(), static_cast<std::uint32_t>(entries_.size()));
  if (!added) return found->second;
  ScrapedSeries& series = storage_->series.emplace_back();
  series.text = SeriesText(labels, false);
  if (labels.Has("le") || labels.Has("quantile")) series.open_metrics_text = SeriesText(labels, true);
  if (series.open_metrics_text == series.text) series.open_metrics_text.clear();
  series.family = family;
  series.stored = std::move(stored);
  entries_.push_back({&series, {}, 0});
  return found->second;
}

bool SeriesTable::Touch(std::uint32_t index, std::uint64_t stamp) {
  if (entries_[index].stamp == stamp) return false;
  entries_[index].stamp = stamp;
  return true;
}

}  // namespace proxy_telemetry

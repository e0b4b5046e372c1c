#include "series_table.h"

#include <algorithm>
#include <optional>

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

Labels SeriesTable::WithTargetLabels(std::string_view name, std::span<const LabelView> labels) const {
  const Labels& target_labels = policy_->target_labels;
  const auto in_page = [labels](std::string_view wanted) {
    return std::any_of(labels.begin(), labels.end(), [wanted](const LabelView& l) { return l.name == wanted; });
  };
  std::vector<Label> all;
  all.reserve(labels.size() + target_labels.size() + 1);
  all.push_back({std::string(kNameLabel), std::string(name)});
  std::vector<const LabelView*> clashing;
  for (const LabelView& label : labels) {
    if (!policy_->honor_labels && target_labels.Has(label.name)) {
      if (!label.value.empty()) clashing.push_back(&label);
    } else {
      all.push_back({std::string(label.name), std::string(label.value)});
    }
  }
  // The shorter name first, as in Prometheus: it decides which of two gets one prefix more.
  std::sort(clashing.begin(), clashing.end(), [](const LabelView* a, const LabelView* b) {
    return a->name.size() != b->name.size() ? a->name.size() < b->name.size() : a->name < b->name;
  });
  std::vector<std::string> taken;
  for (const LabelView* label : clashing) {
    std::string exported(label->name);
    do {
      exported.insert(0, kExported);
    } while (in_page(exported) || target_labels.Has(exported) ||
             std::find(taken.begin(), taken.end(), exported) != taken.end());
    taken.push_back(exported);
    all.push_back({std::move(exported), std::string(label->value)});
  }
  for (const Label& label : target_labels) {
    if (policy_->honor_labels && in_page(label.name)) continue;
    all.push_back(label);
  }
  return Labels(std::move(all));
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

Result<std::uint32_t> SeriesTable::Resolve(std::uint32_t family, std::string_view name,
                                           std::span<const LabelView> labels, bool shown) {
  std::optional<Labels> all = WithTargetLabels(name, labels);
  if (policy_->relabeler) all = policy_->relabeler->Apply(*std::move(all));
  if (!all || all->empty()) return InsertDropped();
  const std::string final_name(all->metric_name());
  if (!IsValidMetricName(final_name)) {
    return Status::InvalidArgument("metric_relabel_configs make " + all->ToString() + " of " + std::string(name) +
                                   ", which has no valid metric name; check their rules about __name__");
  }
  if (shown && final_name != name) family = FamilyOfRenamed(family, name, final_name);
  // What a page sends under a name of ours is about somebody else, also when a rule gave it that name.
  if (IsReservedMetricName(final_name)) all = all->With(kNameLabel, std::string(kExported) + final_name);
  PT_RETURN_IF_ERROR(CheckLimits(*all));
  return Insert(family, *all, shown);
}

Result<std::uint32_t> SeriesTable::Add(std::string_view raw, std::uint32_t family, std::string_view name,
                                       std::span<const LabelView> labels) {
  PT_ASSIGN_OR_RETURN(const std::uint32_t index, Resolve(family, name, labels, true));
  by_raw_.emplace(storage_->spellings.emplace_back(raw), index);
  if (entries_[index].raw.empty()) entries_[index].raw = storage_->spellings.back();
  guess_ = index + 1;
  return index;
}

Result<std::uint32_t> SeriesTable::AddMade(std::uint32_t family, std::string_view name,
                                           std::span<const LabelView> labels, bool shown) {
  return Resolve(family, name, labels, shown);
}

std::uint32_t SeriesTable::AddOwn(std::uint32_t family, std::string_view name) {
  return Insert(family, policy_->target_labels.With(kNameLabel, name), true);
}

std::uint32_t SeriesTable::AddOwn(std::uint32_t family, std::string_view name, std::span<const LabelView> labels,
                                  bool shown) {
  return Insert(family, WithTargetLabels(name, labels), shown);
}

std::uint32_t SeriesTable::Insert(std::uint32_t family, const Labels& labels, bool shown) {
  tsdb::SeriesHandle stored = intern_(labels);
  const auto [found, added] = by_identity_.try_emplace(stored.get(), static_cast<std::uint32_t>(entries_.size()));
  if (!added) return found->second;
  ScrapedSeries& series = storage_->series.emplace_back();
  if (shown) series.text = SeriesText(labels, false);
  if (shown && (labels.Has("le") || labels.Has("quantile"))) series.open_metrics_text = SeriesText(labels, true);
  if (series.open_metrics_text == series.text) series.open_metrics_text.clear();
  series.family = family;
  series.stored = std::move(stored);
  entries_.push_back({&series, {}, 0});
  return found->second;
}

std::uint32_t SeriesTable::InsertDropped() {
  entries_.push_back({nullptr, {}, 0});
  return static_cast<std::uint32_t>(entries_.size() - 1);
}

// Relabelling gave a series of `family`, `page_name` in the page, another name. Its family's entry is one of its own:
// where a family of that name is in the page too, the writer merges them, and types that differ become untyped.
std::uint32_t SeriesTable::FamilyOfRenamed(std::uint32_t family, std::string_view page_name, std::string_view name) {
  std::string_view page_family = families_[family].name;
  if (!page_name.starts_with(page_family)) page_family.remove_prefix(kExported.size());
  const std::string_view suffix = page_name.substr(std::min(page_family.size(), page_name.size()));
  MetricFamily renamed = families_[family];
  if (name.size() > suffix.size() && name.ends_with(suffix)) {
    renamed.name = name.substr(0, name.size() - suffix.size());
  } else {
    renamed = {std::string(name), MetricType::kUntyped, ""};
  }
  if (IsReservedMetricName(name)) renamed.name.insert(0, kExported);
  const auto [found, added] =
      renamed_family_by_name_.try_emplace(renamed.name, static_cast<std::uint32_t>(families_.size()));
  if (added) {
    families_.push_back(std::move(renamed));
    shared_families_.reset();
  } else if (families_[found->second].type != renamed.type) {
    families_[found->second].type = MetricType::kUntyped;
    shared_families_.reset();
  }
  return found->second;
}

bool SeriesTable::Touch(std::uint32_t index, std::uint64_t stamp) {
  if (entries_[index].stamp == stamp) return false;
  entries_[index].stamp = stamp;
  return true;
}

}  // namespace proxy_telemetry

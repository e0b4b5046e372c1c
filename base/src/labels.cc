#include "base/labels.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace proxy_telemetry {
namespace {

bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNameRest(char c) { return IsNameStart(c) || (c >= '0' && c <= '9'); }

// By name, equal names in their order. std::stable_sort does not compile with clang 19 on libstdc++ 12 without a
// warning about a deprecated function.
void SortByName(std::vector<Label>& labels) {
  std::vector<Label*> order;
  order.reserve(labels.size());
  for (Label& label : labels) order.push_back(&label);
  std::sort(order.begin(), order.end(), [](const Label* a, const Label* b) {
    const int difference = a->name.compare(b->name);
    return difference != 0 ? difference < 0 : a < b;
  });
  std::vector<Label> sorted;
  sorted.reserve(labels.size());
  for (Label* label : order) sorted.push_back(std::move(*label));
  labels = std::move(sorted);
}

}  // namespace

Labels::Labels(std::vector<Label> labels) : labels_(std::move(labels)) {
  std::erase_if(labels_, [](const Label& label) { return label.value.empty(); });
  const auto by_name = [](const Label& a, const Label& b) { return a.name < b.name; };
  if (!std::is_sorted(labels_.begin(), labels_.end(), by_name)) SortByName(labels_);
  const auto same_name = [](const Label& a, const Label& b) { return a.name == b.name; };
  labels_.erase(std::unique(labels_.begin(), labels_.end(), same_name), labels_.end());
}

std::string_view Labels::Get(std::string_view name) const {
  for (const Label& label : labels_) {
    if (label.name == name) return label.value;
  }
  return {};
}

bool Labels::Has(std::string_view name) const { return !Get(name).empty(); }

Labels Labels::With(std::string_view name, std::string_view value) const {
  std::vector<Label> labels = labels_;
  std::erase_if(labels, [name](const Label& label) { return label.name == name; });
  labels.push_back({std::string(name), std::string(value)});
  return Labels(std::move(labels));
}

std::string Labels::ToString() const {
  std::string out(metric_name());
  bool first = true;
  for (const Label& label : labels_) {
    if (label.name == kNameLabel) continue;
    out += first ? '{' : ',';
    first = false;
    out += label.name;
    out += "=\"";
    AppendEscapedLabelValue(label.value, out);
    out += '"';
  }
  if (!first || out.empty()) out += first ? "{}" : "}";
  return out;
}

bool IsValidMetricName(std::string_view name) {
  if (name.empty() || !(IsNameStart(name[0]) || name[0] == ':')) return false;
  return std::all_of(name.begin() + 1, name.end(), [](char c) { return IsNameRest(c) || c == ':'; });
}

bool IsValidLabelName(std::string_view name) {
  if (name.empty() || !IsNameStart(name[0])) return false;
  return std::all_of(name.begin() + 1, name.end(), IsNameRest);
}

void AppendEscapedLabelValue(std::string_view value, std::string& out) {
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
}

}  // namespace proxy_telemetry

std::size_t std::hash<proxy_telemetry::Labels>::operator()(const proxy_telemetry::Labels& labels) const noexcept {
  std::size_t seed = 0;
  const auto mix = [&seed](std::string_view text) {
    seed ^= std::hash<std::string_view>{}(text) + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2);
  };
  for (const proxy_telemetry::Label& label : labels) {
    mix(label.name);
    mix(label.value);
  }
  return seed;
}

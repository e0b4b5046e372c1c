// Labels: the identity of a series, as in Prometheus' data model.
//
// Sorted by name, names unique, no empty values (an empty value is the same as no label). The metric's
// name is the label "__name__". Immutable once built; a plain value, safe to read from any thread.
#pragma once

#include <compare>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace proxy_telemetry {

inline constexpr std::string_view kNameLabel = "__name__";

struct Label {
  std::string name;
  std::string value;
  auto operator<=>(const Label&) const = default;
};

class Labels {
 public:
  Labels() = default;
  // Sorts; drops empty values; of two labels of one name the first is kept.
  explicit Labels(std::vector<Label> labels);

  // The value, or "" when there is no such label.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  std::string_view metric_name() const { return Get(kNameLabel); }

  std::size_t size() const { return labels_.size(); }
  bool empty() const { return labels_.empty(); }
  auto begin() const { return labels_.begin(); }
  auto end() const { return labels_.end(); }

  // The same labels with `name` set to `value` (removed when `value` is empty).
  Labels With(std::string_view name, std::string_view value) const;

  // name{a="x",b="y"} with \, " and newline escaped in values: for logs and exposition.
  std::string ToString() const;

  auto operator<=>(const Labels&) const = default;

 private:
  std::vector<Label> labels_;
};

// [a-zA-Z_:][a-zA-Z0-9_:]*
bool IsValidMetricName(std::string_view name);
// [a-zA-Z_][a-zA-Z0-9_]*
bool IsValidLabelName(std::string_view name);

// Appends `value` with \, " and newline escaped, as between the quotes of an exposition's label value.
void AppendEscapedLabelValue(std::string_view value, std::string& out);

}  // namespace proxy_telemetry

template <>
struct std::hash<proxy_telemetry::Labels> {
  std::size_t operator()(const proxy_telemetry::Labels& labels) const noexcept;
};

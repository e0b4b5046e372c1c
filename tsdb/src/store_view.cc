#include "store_view.h"

#include <algorithm>
#include <set>

namespace proxy_telemetry::tsdb {

std::unique_ptr<SeriesCursor> StoreView::Select(const Selection& selection) const {
  return std::make_unique<StoreCursor>(*this, selection, store_.Select(selection.matchers, version_));
}

std::vector<std::string> StoreView::LabelValues(std::string_view name, std::span<const Matcher> matchers) const {
  std::vector<std::string> values;
  if (matchers.empty()) {
    values = store_.AllLabelValues(name, version_);
  } else {
    for (const SeriesHandle& series : store_.Select(matchers, version_)) {
      if (series->labels().Has(name)) values.emplace_back(series->labels().Get(name));
    }
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

std::vector<std::string> StoreView::LabelNames(std::span<const Matcher> matchers) const {
  std::set<std::string, std::less<>> names;
  for (const SeriesHandle& series : store_.Select(matchers, version_)) {
    for (const Label& label : series->labels()) {
      if (!names.contains(label.name)) names.insert(label.name);
    }
  }
  return {names.begin(), names.end()};
}

std::vector<Labels> StoreView::MatchingSeries(std::span<const Matcher> matchers) const {
  std::vector<Labels> all;
  for (const SeriesHandle& series : store_.Select(matchers, version_)) all.push_back(series->labels());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace proxy_telemetry::tsdb

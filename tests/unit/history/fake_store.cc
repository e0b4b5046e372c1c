#include "fake_store.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace proxy_telemetry::history_test {
namespace {

bool MatchesAll(const Labels& labels, std::span<const tsdb::Matcher> matchers) {
  return std::all_of(matchers.begin(), matchers.end(),
                     [&labels](const tsdb::Matcher& matcher) { return matcher.Matches(labels.Get(matcher.name())); });
}

class FakeCursor : public tsdb::SeriesCursor {
 public:
  FakeCursor(std::vector<FakeSeries> series, Status status) : series_(std::move(series)), status_(std::move(status)) {}
  bool Next() override { return ++next_ <= series_.size(); }
  const Labels& labels() const override { return series_[next_ - 1].labels; }
  std::span<const tsdb::Point> points() const override { return series_[next_ - 1].points; }
  Status status() const override { return status_; }

 private:
  std::vector<FakeSeries> series_;
  Status status_;
  std::size_t next_ = 0;
};

}  // namespace

void FakeStore::Add(const Labels& labels, std::int64_t ts_ms, double value) {
  auto series = std::find_if(series_.begin(), series_.end(),
                             [&labels](const FakeSeries& candidate) { return candidate.labels == labels; });
  if (series == series_.end()) series = series_.insert(series_.end(), {labels, {}});
  series->points.push_back({ts_ms, value});
}

void FakeStore::Add(std::string_view name, std::vector<Label> more, std::int64_t ts_s, double value) {
  // Of two labels of one name the first is kept: `more` may replace the defaults.
  more.push_back({std::string(kNameLabel), std::string(name)});
  more.push_back({"job", "j"});
  more.push_back({"instance", "i"});
  more.push_back({"host", "h"});
  Add(Labels(std::move(more)), ts_s * 1000, value);
}

std::unique_ptr<tsdb::SeriesCursor> FakeStore::Select(const tsdb::Selection& selection) const {
  ++select_count;
  earliest_start_ms = std::min(earliest_start_ms, selection.start_ms);
  std::vector<FakeSeries> selected;
  for (const FakeSeries& series : series_) {
    if (!MatchesAll(series.labels, selection.matchers)) continue;
    FakeSeries found{series.labels, {}};
    for (const tsdb::Point& point : series.points) {
      if (point.ts_ms > selection.end_ms) break;
      if (point.ts_ms < selection.start_ms) {
        if (selection.with_previous) found.points.assign(1, point);
      } else {
        found.points.push_back(point);
      }
    }
    if (!found.points.empty()) selected.push_back(std::move(found));
  }
  return std::make_unique<FakeCursor>(std::move(selected), cursor_status);
}

std::vector<std::string> FakeStore::LabelValues(std::string_view name, std::span<const tsdb::Matcher> matchers) const {
  std::set<std::string> values;
  for (const FakeSeries& series : series_) {
    const std::string value(series.labels.Get(name));
    if (!value.empty() && MatchesAll(series.labels, matchers)) values.insert(value);
  }
  return {values.begin(), values.end()};
}

std::vector<std::string> FakeStore::LabelNames(std::span<const tsdb::Matcher> /*matchers*/) const { return {}; }

std::vector<Labels> FakeStore::MatchingSeries(std::span<const tsdb::Matcher> /*matchers*/) const { return {}; }

}  // namespace proxy_telemetry::history_test

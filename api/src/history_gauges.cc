#include "history_gauges.h"

#include <map>
#include <optional>
#include <string_view>

#include "history_samples.h"

namespace proxy_telemetry::history {
namespace {

// Calls use(row, value) for each point, `row` counted in rows.ts_ms.
template <typename Use>
void ForEachPoint(std::span<const tsdb::Point> points, const GaugeRows& rows, const Use& use) {
  std::size_t row = 0;
  for (const tsdb::Point& point : points) {
    while (rows.ts_ms[row] < point.ts_ms) ++row;
    use(row, point.value);
  }
}

// The sum of several gauges at each scrape, and whether there was any.
struct GaugeSum {
  std::vector<double> value;
  std::vector<char> known;

  void Add(std::span<const tsdb::Point> points, const GaugeRows& rows) {
    value.resize(rows.ts_ms.size());
    known.resize(rows.ts_ms.size());
    ForEachPoint(points, rows, [this](std::size_t row, double gauge) {
      value[row] += gauge;
      known[row] = 1;
    });
  }
  bool IsKnown(std::size_t row) const { return !known.empty() && known[row] != 0; }
};

}  // namespace

std::vector<double> BackendsUp(const TargetSeries& target, const GaugeRows& rows,
                               std::span<const std::int64_t> elapsed_ms) {
  GaugeSum host;
  GaugeSum backends;
  for (const FeedSeries& series : target.series) {
    if (series.feed == Feed::kBackendsUp) host.Add(target.PointsOf(series), rows);
    if (series.feed == Feed::kBackendUp) backends.Add(target.PointsOf(series), rows);
  }
  std::vector<double> up(rows.ts_ms.size() - rows.first);
  double last = 0;
  std::optional<std::int64_t> last_ms;
  for (std::size_t row = 0; row < rows.ts_ms.size(); ++row) {
    const GaugeSum* source = host.IsKnown(row) ? &host : backends.IsKnown(row) ? &backends : nullptr;
    if (source != nullptr) {
      last = source->value[row];
      last_ms = rows.ts_ms[row];
    }
    if (row < rows.first || !last_ms) continue;
    const std::size_t result = row - rows.first;
    if (rows.ts_ms[row] - *last_ms <= StaleAfterMs(elapsed_ms[result])) up[result] = last;
  }
  return up;
}

ReportedP99 BackendP99(const TargetSeries& target, const GaugeRows& rows) {
  std::map<std::string_view, std::vector<double>> served;  // requests so far of each backend with a counter of them
  ReportedP99 reported;
  for (const FeedSeries& series : target.series) {
    if (series.feed == Feed::kBackendP99) reported.count.resize(rows.ts_ms.size() - rows.first);
  }
  if (reported.count.empty()) return reported;
  reported.sum_ms.resize(reported.count.size());
  for (const FeedSeries& series : target.series) {
    if (series.feed != Feed::kBackendRequests) continue;
    std::vector<double>& requests = served[series.backend];
    requests.resize(rows.ts_ms.size());
    ForEachPoint(target.PointsOf(series), rows, [&](std::size_t row, double value) { requests[row] += value; });
  }
  for (const FeedSeries& series : target.series) {
    if (series.feed != Feed::kBackendP99) continue;
    const auto requests = served.find(series.backend);
    ForEachPoint(target.PointsOf(series), rows, [&](std::size_t row, double seconds) {
      if (row < rows.first || (requests != served.end() && requests->second[row] <= 0)) return;
      reported.sum_ms[row - rows.first] += SecondsToMs(seconds);
      reported.count[row - rows.first] += 1;
    });
  }
  return reported;
}

}  // namespace proxy_telemetry::history

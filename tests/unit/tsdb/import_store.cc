#include "import_store.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <span>

#include "seed.h"

namespace proxy_telemetry::tsdb {

ImportResult MergeInto(Contents& kept, const std::vector<ImportedSeries>& file) {
  ImportResult result;
  // A file's repeats are held against its own first.
  Contents of_file;
  const auto add = [&result](Contents& to, const Labels& labels, const BitPoint& point) {
    std::vector<BitPoint>& points = to[labels];
    const auto at = std::lower_bound(points.begin(), points.end(), BitPoint{point.first, 0});
    if (at == points.end() || at->first != point.first) {
      points.insert(at, point);
      return true;
    }
    ++(*at == point ? result.known : result.conflicts);
    return false;
  };
  for (const ImportedSeries& series : file) {
    for (const Point& point : series.points) add(of_file, series.labels, MakePoint(point.ts_ms, point.value));
  }
  for (const auto& [labels, points] : of_file) {
    for (const BitPoint& point : points) result.samples += add(kept, labels, point) ? 1 : 0;
  }
  result.series = of_file.size();
  return result;
}

Result<ImportResult> Import(const StoreOptions& options, const std::vector<ImportedSeries>& file, std::size_t batch) {
  PT_ASSIGN_OR_RETURN(const std::unique_ptr<Importer> importer, Importer::Begin(options));
  for (const ImportedSeries& series : file) {
    const std::uint32_t number = importer->AddSeries(series.labels);
    const std::span<const Point> points(series.points);
    for (std::size_t from = 0; from < points.size(); from += batch) {
      PT_RETURN_IF_ERROR(importer->Add(number, points.subspan(from, std::min(batch, points.size() - from))));
    }
  }
  return importer->Commit([](double) {});
}

std::vector<ImportedSeries> RandomFile(std::mt19937_64& random, std::int64_t start_ms, std::int64_t end_ms) {
  const auto value = [&random]() -> double {
    switch (Below(random, 8)) {
      case 0:
        return std::bit_cast<double>(random());
      case 1:
        return std::bit_cast<double>(std::uint64_t{0x7ff0000000000002});
      case 2:
        return -0.0;
      case 3:
        return std::numeric_limits<double>::infinity();
      default:
        return static_cast<double>(Below(random, 4));
    }
  };
  const auto span = static_cast<std::uint64_t>(end_ms - start_ms);
  std::vector<ImportedSeries> file(1 + Below(random, 12));
  for (ImportedSeries& series : file) {
    const std::string host(1, static_cast<char>('a' + Below(random, 3)));
    const char* const metric = Below(random, 2) == 0 ? "requests_total" : "temperature";
    series.labels = MakeLabels({{"__name__", metric}, {"host", host}, {"code", std::to_string(Below(random, 3))}});
    const std::int64_t step_ms = 1 + static_cast<std::int64_t>(Below(random, span / 16));
    const bool is_regular = Below(random, 3) != 0;
    for (std::int64_t ts_ms = start_ms; ts_ms < end_ms; ts_ms += step_ms) {
      const std::int64_t at_ms = is_regular ? ts_ms : start_ms + static_cast<std::int64_t>(Below(random, span));
      series.points.push_back({at_ms, value()});
      if (Below(random, 16) == 0) series.points.push_back({at_ms, value()});
    }
  }
  return file;
}

}  // namespace proxy_telemetry::tsdb

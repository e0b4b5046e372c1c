#include "openmetrics_key.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "openmetrics_number.h"
#include "openmetrics_text.h"

namespace proxy_telemetry {
namespace {

// Where the series ends: behind the last brace, as neither value nor timestamp has one; without labels at the blank.
std::size_t SeriesEnd(std::string_view line, std::string_view blanks) {
  const std::size_t brace = line.rfind('}');
  return brace != std::string_view::npos ? brace + 1 : std::min(line.find_first_of(blanks), line.size());
}

bool SplitText(std::string_view line, SeriesKey& key) {
  const std::size_t end = SeriesEnd(line, " \t");
  key.raw = line.substr(0, end);
  const std::size_t value = SkipBlanks(line, end);
  std::size_t value_end = value;
  while (value_end < line.size() && !IsBlank(line[value_end])) ++value_end;
  if (ParseNumber(line.substr(value, value_end - value), key.value) != NumberError::kNone) return false;
  if (value_end == line.size()) return true;
  const std::size_t timestamp = SkipBlanks(line, value_end);
  const std::size_t timestamp_end = std::min(line.find_first_of(" \t", timestamp), line.size());
  const std::string_view digits = line.substr(timestamp, timestamp_end - timestamp);
  if (!digits.empty() && CheckTimestampMs(digits) != NumberError::kNone) return false;
  return SkipBlanks(line, timestamp_end) == line.size();
}

bool SplitOpenMetrics(std::string_view line, SeriesKey& key) {
  // With an exemplar the last brace is not the series' own.
  if (line.find('#') != std::string_view::npos) return false;
  const std::size_t end = SeriesEnd(line, " ");
  key.raw = line.substr(0, end);
  if (end >= line.size() || line[end] != ' ') return false;
  const std::size_t value_end = std::min(line.find(' ', end + 1), line.size());
  if (ParseNumber(line.substr(end + 1, value_end - end - 1), key.value) != NumberError::kNone) return false;
  if (value_end == line.size()) return true;
  double seconds = 0;
  return ParseNumber(line.substr(value_end + 1), seconds) == NumberError::kNone && std::isfinite(seconds);
}

}  // namespace

bool GuessSeriesKey(ExpositionFormat format, std::string_view line, SeriesKey& key) {
  if (line.empty() || !IsOfClass(line[0], byte_class::kMetricStart)) return false;
  return format == ExpositionFormat::kText ? SplitText(line, key) : SplitOpenMetrics(line, key);
}

}  // namespace proxy_telemetry

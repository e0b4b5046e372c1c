#include "sample_tail.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/labels.h"
#include "base/number.h"
#include "base/text.h"

namespace proxy_telemetry::tools {
namespace {

constexpr std::string_view kNoTimestamp =
    "the sample has no timestamp; every line needs one: a page as it is scraped is no history";

}  // namespace

bool SampleTail::Fail(std::size_t offset, std::string reason) {
  *problem_ = {offset, std::move(reason)};
  return false;
}

std::size_t SampleTail::SkipBlanks(std::size_t at) const {
  while (at < line_.size() && (line_[at] == ' ' || line_[at] == '\t')) ++at;
  return at;
}

std::string_view SampleTail::TokenAt(std::size_t at) const {
  return line_.substr(at, std::min(line_.find_first_of(" \t", at), line_.size()) - at);
}

bool SampleTail::Read(std::string_view line, std::size_t at, std::size_t& value_at, tsdb::Point& point,
                      LineProblem& problem) {
  line_ = line;
  problem_ = &problem;
  value_at = SkipBlanks(at);
  if (value_at == at) return Fail(at, "expected a blank and a value behind the series, " + Got(line, at));
  if (!ReadValue(value_at, "a value", point.value)) return false;
  at = SkipBlanks(value_at + TokenAt(value_at).size());
  if (at == line.size() || line[at] == '#') return Fail(at, std::string(kNoTimestamp));
  const std::string_view timestamp = TokenAt(at);
  std::string reason;
  if (!rule_.Read(timestamp, point.ts_ms, reason)) return Fail(at, std::move(reason));
  at = SkipBlanks(at + timestamp.size());
  if (at == line.size()) return true;
  if (line[at] == '#' && rule_.format() == SampleFormat::kOpenMetrics) return ReadExemplar(at);
  return Fail(at, "expected the end of the line behind the timestamp, " + Got(line, at));
}

bool SampleTail::ReadValue(std::size_t at, std::string_view what, double& value) {
  const std::string_view token = TokenAt(at);
  const NumberError error = ParseNumber(token, value);
  if (error == NumberError::kNone) return true;
  if (error == NumberError::kRange) {
    return Fail(at, std::string(what) + " out of range: " + QuotedToken(token) + " is too large for a 64-bit float");
  }
  if (token.starts_with('{')) return Fail(at, "native histograms cannot be imported");
  return Fail(at, "expected " + std::string(what) + ", " + Got(line_, at));
}

// # {labels} value [timestamp]
bool SampleTail::ReadExemplar(std::size_t at) {
  std::size_t end = SkipBlanks(at + 1);
  if (end == line_.size() || line_[end] != '{') return Fail(end, "expected an exemplar's \"{\", " + Got(line_, end));
  const std::size_t braces = end;
  Labels ignored;
  // {} is an exemplar, but no series: a name in front makes it one.
  const std::string series = "x" + std::string(line_.substr(braces));
  std::size_t size = 0;
  if (!exemplar_.Read(series, Quoting::kExposition, size, ignored, *problem_)) {
    problem_->offset += braces - std::min<std::size_t>(problem_->offset, 1);
    return false;
  }
  end = SkipBlanks(braces + size - 1);
  double value = 0;
  if (!ReadValue(end, "the exemplar's value", value)) return false;
  end = SkipBlanks(end + TokenAt(end).size());
  if (end == line_.size()) return true;
  const std::string_view timestamp = TokenAt(end);
  std::int64_t ts_ms = 0;
  std::string reason;
  if (!rule_.Read(timestamp, ts_ms, reason)) return Fail(end, "the exemplar's " + reason);
  end = SkipBlanks(end + timestamp.size());
  return end == line_.size() || Fail(end, "expected the end of the line behind the exemplar, " + Got(line_, end));
}

}  // namespace proxy_telemetry::tools

#include "history_params.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/duration.h"
#include "base/unix_time.h"
#include "history_aggregate.h"

namespace proxy_telemetry::history {
namespace {

constexpr std::array<KnownRange, 7> kKnownRanges{{{"30m", "30 minutes", 30 * kMinuteMs, kMinuteMs},
                                                  {"1h", "1 hour", kHourMs, kMinuteMs},
                                                  {"6h", "6 hours", 6 * kHourMs, 5 * kMinuteMs},
                                                  {"24h", "24 hours", kDayMs, 15 * kMinuteMs},
                                                  {"7d", "7 days", 7 * kDayMs, kHourMs},
                                                  {"30d", "30 days", 30 * kDayMs, 6 * kHourMs},
                                                  {"1y", "1 year", 365 * kDayMs, kDayMs}}};
constexpr std::string_view kDefaultRange = "1h";
constexpr std::string_view kCustomLabel = "custom";

// The original's window has no end: samples that a clock set back left in the future are in it. This far.
constexpr std::int64_t kFutureMs = kHourMs;

// Unicode's White_Space, as UTF-8.
constexpr std::array<std::string_view, 25> kSpaces{" ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\u0085",
                                                   "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004",
                                                   "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u2028",
                                                   "\u2029", "\u202f", "\u205f", "\u3000"};

struct AggregateName {
  std::string_view name;
  Aggregate aggregate;
};
constexpr std::array<AggregateName, 4> kAggregates{
    {{"first", Aggregate::kFirst}, {"last", Aggregate::kLast}, {"max", Aggregate::kMax}, {"avg", Aggregate::kAvg}}};

// The value; "" also when there is none.
std::string_view ParamOf(const HttpRequest& request, std::string_view name) { return request.Param(name).value_or(""); }

Result<KnownRange> ParseRange(std::string_view key) {
  if (key.empty()) key = kDefaultRange;
  for (const KnownRange& range : kKnownRanges) {
    if (range.key == key) return range;
  }
  return Status::InvalidArgument("invalid range; use 30m, 1h, 6h, 24h, 7d, 30d, or 1y");
}

Result<std::optional<UnixTime>> ParseTime(const HttpRequest& request, std::string_view name) {
  const std::string_view text = ParamOf(request, name);
  if (text.empty()) return std::optional<UnixTime>();
  const std::optional<UnixTime> time = ParseUnixTime(text);
  if (time) return time;
  return Status::InvalidArgument("invalid " + std::string(name) +
                                 "; use Unix seconds or RFC 3339, for example 1710501000 or 2024-03-15T11:10:00Z");
}

// 0 when the request does not say.
Result<std::int64_t> ParseStep(std::string_view text) {
  if (text.empty()) return std::int64_t{0};
  double seconds = 0;
  std::int64_t step_ms = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
  if (error == std::errc() && end == text.data() + text.size()) {
    const double longest_s = static_cast<double>(365 * kDayMs) / kSecondMs * 292;
    if (seconds >= 0 && seconds <= longest_s) step_ms = std::llround(seconds * kSecondMs);
  } else if (const Result<std::int64_t> duration_ms = ParseDurationMs(text); duration_ms.ok()) {
    step_ms = *duration_ms;
  }
  if (step_ms >= kStepMinMs) return step_ms;
  return Status::InvalidArgument(
      "invalid step; use a duration of at least 1s, for example 30s or 5m, or a number of seconds");
}

Result<Aggregate> ParseAggregate(std::string_view text, Aggregate default_aggregate) {
  if (text.empty()) return default_aggregate;
  for (const AggregateName& name : kAggregates) {
    if (name.name == text) return name.aggregate;
  }
  return Status::InvalidArgument("invalid aggregate; use first, last, max, or avg");
}

std::int64_t BucketCount(const HistoryQuery& query) {
  return FloorDiv(query.end_ms, query.step_ms) - FloorDiv(query.start_ms, query.step_ms) + 1;
}

// The step of the shortest known range that covers the window; whole days beyond a year, never too many points.
std::int64_t DefaultStepMs(std::int64_t window_ms) {
  for (const KnownRange& range : kKnownRanges) {
    if (window_ms <= range.duration_ms) return range.step_ms;
  }
  // Two points less than allowed: a window touches one bucket more than it holds, and its last second one more.
  return (window_ms / kDayMs / (kAnswerPointsMax - 2) + 1) * kDayMs;
}

// A sample's ts is its Unix second: the window reaches from the first whole second at or behind the start to the end
// of the second in which it ends, both inclusive.
Status FillWindow(const HttpRequest& request, const KnownRange& range, std::int64_t now_ms, HistoryParams& params) {
  PT_ASSIGN_OR_RETURN(const std::optional<UnixTime> start, ParseTime(request, "start"));
  PT_ASSIGN_OR_RETURN(const std::optional<UnixTime> end, ParseTime(request, "end"));
  const std::int64_t now_s = FloorDiv(now_ms, kSecondMs);
  const UnixTime until = end.value_or(UnixTime{now_s, 0});
  const UnixTime from = start.value_or(UnixTime{until.seconds - range.duration_ms / kSecondMs, until.nanos});
  if (until < from) {
    return Status::InvalidArgument(end ? "invalid end; it is before start" : "invalid start; it is later than now");
  }
  params.query.start_ms = (from.seconds + (from.nanos > 0 ? 1 : 0)) * kSecondMs;
  params.query.end_ms = until.seconds * kSecondMs + kSecondMs - 1;
  params.range_label = start || end ? kCustomLabel : range.label;
  params.query.step_ms = start ? DefaultStepMs((until.seconds - from.seconds) * kSecondMs) : range.step_ms;
  return Status::Ok();
}

}  // namespace

std::span<const KnownRange> KnownRanges() { return kKnownRanges; }

std::string_view TrimSpace(std::string_view text) {
  const auto starts = [&text](std::string_view space) { return text.starts_with(space); };
  const auto ends = [&text](std::string_view space) { return text.ends_with(space); };
  for (const auto* space = kSpaces.begin(); space != kSpaces.end();) {
    space = std::find_if(kSpaces.begin(), kSpaces.end(), starts);
    if (space != kSpaces.end()) text.remove_prefix(space->size());
  }
  for (const auto* space = kSpaces.begin(); space != kSpaces.end();) {
    space = std::find_if(kSpaces.begin(), kSpaces.end(), ends);
    if (space != kSpaces.end()) text.remove_suffix(space->size());
  }
  return text;
}

Result<HistoryParams> ParseHistoryParams(const HttpRequest& request, std::int64_t now_ms, Aggregate default_aggregate) {
  HistoryParams params;
  params.query.host = TrimSpace(ParamOf(request, "host"));
  if (params.query.host.empty()) return Status::InvalidArgument("host parameter required");
  PT_ASSIGN_OR_RETURN(const KnownRange range, ParseRange(ParamOf(request, "range")));
  PT_RETURN_IF_ERROR(FillWindow(request, range, now_ms, params));
  PT_ASSIGN_OR_RETURN(const std::int64_t step_ms, ParseStep(ParamOf(request, "step")));
  if (step_ms > 0) params.query.step_ms = step_ms;
  PT_ASSIGN_OR_RETURN(params.query.aggregate, ParseAggregate(ParamOf(request, "aggregate"), default_aggregate));
  if (BucketCount(params.query) > kAnswerPointsMax) {
    return Status::InvalidArgument("invalid step; the answer would have more than " + std::to_string(kAnswerPointsMax) +
                                   " points: use a longer step or a shorter range");
  }
  if (params.range_label != kCustomLabel) params.query.end_ms += kFutureMs;
  if (const std::string_view job = ParamOf(request, "job"); !job.empty()) params.query.job = job;
  if (const std::string_view instance = ParamOf(request, "instance"); !instance.empty())
    params.query.instance = instance;
  return params;
}

}  // namespace proxy_telemetry::history

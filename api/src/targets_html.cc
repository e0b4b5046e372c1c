#include "targets_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/duration.h"
#include "base/unix_time.h"
#include "http_text.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Targets - proxy-telemetry</title>
<style>
:root { --text: #1d2433; --faint: #5b6577; --line: #dfe3ea; --link: #0b57b8; --back: #fff;
        --good: #1a6b35; --bad: #b3261e; --bad-back: #fdf0ef; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e3e7ee; --faint: #98a2b3; --line: #303846; --link: #7fb4ff; --back: #14181f;
          --good: #74d08f; --bad: #ff9b92; --bad-back: #2c1a1a; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back);
       max-width: 80rem; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
h2 small, .faint { font-size: .85rem; font-weight: normal; color: var(--faint); }
a { color: var(--link); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: normal; color: var(--faint); }
th, td { padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line); vertical-align: top; }
td.number { text-align: right; white-space: nowrap; }
code { font: .85rem ui-monospace, monospace; overflow-wrap: anywhere; }
.up { color: var(--good); }
.down { color: var(--bad); font-weight: bold; }
tr.failed td { background: var(--bad-back); }
.error { color: var(--bad); overflow-wrap: anywhere; }
</style>
</head>
<body>
)";

struct Counts {
  std::size_t up = 0;
  std::size_t down = 0;
  std::size_t unknown = 0;
};

Counts CountsOf(const std::vector<const TargetStatus*>& targets) {
  Counts counts;
  for (const TargetStatus* target : targets) {
    if (target->health == TargetHealth::kUp) ++counts.up;
    if (target->health == TargetHealth::kDown) ++counts.down;
    if (target->health == TargetHealth::kUnknown) ++counts.unknown;
  }
  return counts;
}

std::string TextOf(const Counts& counts) {
  std::string text = fmt::format("{} up, {} down", counts.up, counts.down);
  if (counts.unknown != 0) text += fmt::format(", {} not scraped yet", counts.unknown);
  return text;
}

std::string_view HealthCell(TargetHealth health) {
  switch (health) {
    case TargetHealth::kUp:
      return R"(<td class="up">&#10003; up</td>)";
    case TargetHealth::kDown:
      return R"(<td class="down">&#10007; DOWN</td>)";
    case TargetHealth::kUnknown:
      break;
  }
  return "<td>not scraped yet</td>";
}

std::string Code(std::string_view text) { return "<code>" + EscapeHtml(text) + "</code>"; }

std::string SourceCell(const TargetStatus& target) {
  if (!target.source.starts_with("http://") && !target.source.starts_with("https://")) return Code(target.source);
  return "<a rel=\"noreferrer\" href=\"" + EscapeHtml(target.source) + "\">" + Code(target.source) + "</a>";
}

// Two units at most: nobody reads "1d3h12m5s7ms".
std::string Ago(std::int64_t age_ms) {
  if (age_ms < kSecondMs) return "just now";
  const std::int64_t unit_ms = age_ms < kHourMs ? kSecondMs : (age_ms < kDayMs ? kMinuteMs : kHourMs);
  return FormatDurationMs(age_ms / unit_ms * unit_ms) + " ago";
}

std::string LastScrape(const TargetStatus& target, std::int64_t now_ms) {
  if (target.last_scrape_ms == 0) return "never";
  return "<span title=\"" + FormatUtc(target.last_scrape_ms) + "\">" + Ago(now_ms - target.last_scrape_ms) + "</span>";
}

std::string Rhythm(const TargetStatus& target) {
  if (target.interval_ms == 0) return "";
  return "<br><span class=\"faint\">every " + FormatDurationMs(target.interval_ms) + "</span>";
}

void AppendTarget(const TargetStatus& target, std::int64_t now_ms, std::string& page) {
  const bool down = target.health == TargetHealth::kDown;
  page.append(down ? "<tr class=\"failed\">" : "<tr>").append(HealthCell(target.health));
  page.append("<td>").append(SourceCell(target)).append("<br>").append(Code(target.labels.ToString()));
  if (!target.last_error.ok()) {
    page.append("<br><span class=\"error\">").append(EscapeHtml(target.last_error.message())).append("</span>");
    const std::string_view advice = AdviceFor(target.last_error.code());
    if (!advice.empty()) page.append("<br><strong>").append(advice).append("</strong>");
  }
  page.append("</td><td>").append(target.proxy.empty() ? "not known yet" : EscapeHtml(target.proxy));
  page.append("</td><td>").append(LastScrape(target, now_ms)).append(Rhythm(target));
  page.append(fmt::format("</td><td class=\"number\">{:.1f} ms</td><td class=\"number\">{}</td></tr>\n",
                          target.last_duration_seconds * 1000, target.samples));
}

void AppendJob(const std::string& job, const std::vector<const TargetStatus*>& targets, bool only_down,
               std::int64_t now_ms, std::string& page) {
  const Counts counts = CountsOf(targets);
  if (only_down && counts.down == 0) return;
  // Within their health they stay in the order of the snapshot.
  std::vector<const TargetStatus*> shown;
  for (const TargetHealth health : {TargetHealth::kDown, TargetHealth::kUnknown, TargetHealth::kUp}) {
    if (only_down && health != TargetHealth::kDown) continue;
    std::copy_if(targets.begin(), targets.end(), std::back_inserter(shown),
                 [health](const TargetStatus* target) { return target->health == health; });
  }
  page.append("<h2>").append(EscapeHtml(job)).append(" <small>").append(TextOf(counts)).append("</small></h2>\n");
  page.append(
      "<div class=\"wide\"><table>\n<tr><th>State</th><th>Target</th><th>Read as</th><th>Last round</th>"
      "<th>Took</th><th>Samples</th></tr>\n");
  for (const TargetStatus* target : shown) AppendTarget(*target, now_ms, page);
  page.append("</table></div>\n");
}

void AppendDropped(const std::vector<DroppedTarget>& dropped, std::string& page) {
  if (dropped.empty()) return;
  page.append(
      fmt::format("<h2>Left out <small>{}, by relabelling or for an error</small></h2>\n<ul>\n", dropped.size()));
  for (std::size_t i = 0; i < std::min(dropped.size(), kDroppedTargetsShownMax); ++i) {
    const DroppedTarget& target = dropped[i];
    page.append("<li>").append(EscapeHtml(target.job)).append(" ").append(Code(target.discovered.ToString()));
    if (!target.error.empty())
      page.append(" <span class=\"error\">").append(EscapeHtml(target.error)).append("</span>");
    page.append("</li>\n");
  }
  page.append("</ul>\n");
  if (dropped.size() > kDroppedTargetsShownMax) {
    page.append(fmt::format("<p>and {} more, all in <a href=\"api/v1/targets?state=dropped\">/api/v1/targets</a></p>\n",
                            dropped.size() - kDroppedTargetsShownMax));
  }
}

}  // namespace

std::string_view AdviceFor(StatusCode code) {
  switch (code) {
    case StatusCode::kUnavailable:
      return "Nothing answers there: check that the proxy runs, listens on this address, and no firewall is between.";
    case StatusCode::kTimeout:
      return "It answers too slowly or not at all: check the proxy's load, or raise scrape_timeout.";
    case StatusCode::kNotFound:
      return "The proxy answers, but not with its statistics: check that they are switched on, metrics_path, and for "
             "401 and 403 the credentials.";
    case StatusCode::kCorruption:
    case StatusCode::kInvalidArgument:
      return "What came or what is configured does not fit: check proxy:, metrics_path and the job's rules.";
    case StatusCode::kIoError:
      return "Check that the file is there and that this program may read it.";
    default:
      return "";
  }
}

std::string TargetsPage(const TargetStatuses& statuses, bool only_down, std::int64_t now_ms) {
  std::vector<std::pair<std::string, std::vector<const TargetStatus*>>> jobs;
  std::vector<const TargetStatus*> all;
  for (const auto& target : statuses.active) {
    if (jobs.empty() || jobs.back().first != target->job) jobs.push_back({target->job, {}});
    jobs.back().second.push_back(target.get());
    all.push_back(target.get());
  }
  std::string page(kHead);
  page.append("<h1>Targets</h1>\n<p>").append(TextOf(CountsOf(all))).append(". ");
  page.append(only_down ? "Only those that are down are shown; <a href=\"targets\">show all</a>. "
                        : "<a href=\"targets?state=down\">Show only those that are down</a>. ");
  page.append("For programs: <a href=\"api/v1/targets\">/api/v1/targets</a>. <a href=\"./\">Start page</a></p>\n");
  if (all.empty()) {
    page.append(
        "<p>There are no targets: name some in <code>scrape_configs</code>, or see below what was left out.</p>\n");
  }
  for (const bool with_down : {true, false}) {
    for (const auto& [job, targets] : jobs) {
      if ((CountsOf(targets).down != 0) == with_down) AppendJob(job, targets, only_down, now_ms, page);
    }
  }
  AppendDropped(*statuses.dropped, page);
  page.append("</body>\n</html>\n");
  return page;
}

}  // namespace proxy_telemetry

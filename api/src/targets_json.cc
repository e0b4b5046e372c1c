#include "targets_json.h"

#include <algorithm>
#include <array>

#include "base/duration.h"
#include "base/unix_time.h"
#include "json_writer.h"

namespace proxy_telemetry {
namespace {

constexpr std::array<std::string_view, 3> kLocalHosts{"127.0.0.1", "localhost", "[::1]"};
constexpr const char* kNever = "0001-01-01T00:00:00Z";  // Go's zero time

// Fields of one object, in order.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  ~ObjectWriter() { out_ += '}'; }
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  std::string& Key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    AppendJsonString(name, out_);
    out_ += ':';
    return out_;
  }
  void Text(std::string_view name, std::string_view value) { AppendJsonString(value, Key(name)); }

 private:
  std::string& out_;
  bool first_ = true;
};

void AppendLabels(const Labels& labels, std::string& out) {
  ObjectWriter object(out);
  for (const Label& label : labels) object.Text(label.name, label.value);
}

std::string Duration(std::int64_t duration_ms) { return duration_ms == 0 ? "" : FormatDurationMs(duration_ms); }

void AppendActive(const TargetStatus& target, std::string_view external_host, std::string& out) {
  ObjectWriter object(out);
  AppendLabels(target.discovered, object.Key("discoveredLabels"));
  AppendLabels(target.labels, object.Key("labels"));
  object.Text("scrapePool", target.job);
  object.Text("scrapeUrl", target.source);
  object.Text("globalUrl", GlobalUrl(target.source, external_host));
  object.Text("lastError", target.last_error.message());
  object.Text("lastScrape", target.last_scrape_ms == 0 ? kNever : FormatUtc(target.last_scrape_ms));
  AppendJsonNumber(target.last_duration_seconds, object.Key("lastScrapeDuration"));
  object.Text("health", TargetHealthName(target.health));
  object.Text("scrapeInterval", Duration(target.interval_ms));
  object.Text("scrapeTimeout", Duration(target.timeout_ms));
  object.Text("proxy", target.proxy);
  AppendJsonInteger(static_cast<std::int64_t>(target.samples), object.Key("samples"));
}

void AppendDropped(const DroppedTarget& target, std::string& out) {
  ObjectWriter object(out);
  AppendLabels(target.discovered, object.Key("discoveredLabels"));
  object.Text("scrapePool", target.job);
  if (!target.error.empty()) object.Text("error", target.error);
}

}  // namespace

std::string GlobalUrl(std::string_view url, std::string_view external_host) {
  std::string global(url);
  if (external_host.empty() || (!url.starts_with("http://") && !url.starts_with("https://"))) return global;
  const std::size_t begin = url.find("://") + 3;
  const std::size_t end = std::min(url.find_first_of("/?", begin), url.size());
  const std::string_view authority = url.substr(begin, end - begin);
  for (const std::string_view local : kLocalHosts) {
    const bool names_it =
        authority.starts_with(local) && (authority.size() == local.size() || authority[local.size()] == ':');
    if (names_it) return global.replace(begin, local.size(), external_host);
  }
  return global;
}

std::string TargetsJson(const TargetStatuses& statuses, const TargetsFilter& filter, std::string_view external_host) {
  const auto wanted = [&filter](const std::string& job) { return filter.job.empty() || filter.job == job; };
  std::string out = R"({"status":"success","data":{"activeTargets":[)";
  bool first = true;
  for (const auto& target : statuses.active) {
    if (!filter.active || !wanted(target->job)) continue;
    if (!first) out += ',';
    first = false;
    AppendActive(*target, external_host, out);
  }
  out += R"(],"droppedTargets":[)";
  first = true;
  for (const DroppedTarget& target : *statuses.dropped) {
    if (!filter.dropped || !wanted(target.job)) continue;
    if (!first) out += ',';
    first = false;
    AppendDropped(target, out);
  }
  out += "]}}";
  return out;
}

}  // namespace proxy_telemetry

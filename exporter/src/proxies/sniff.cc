// What a page is, told by its beginning.
#include <algorithm>
#include <array>
#include <span>

#include "base/labels.h"
#include "exporter/proxies.h"

namespace proxy_telemetry {
namespace {

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view SkipBlank(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

bool IsHaproxyHeader(std::string_view line) {
  if (!line.starts_with("# ")) return false;
  const std::string cells = "," + std::string(line.substr(2)) + ",";
  return cells.find(",pxname,") != std::string::npos && cells.find(",svname,") != std::string::npos;
}

bool IsHtml(std::string_view text) {
  constexpr std::array<std::string_view, 4> kStarts = {"<!doctype html", "<html", "<head", "<?xml"};
  return std::any_of(kStarts.begin(), kStarts.end(), [text](std::string_view start) {
    return EqualsIgnoringCase(text.substr(0, start.size()), start);
  });
}

// Whether a JSON object, of which this is the beginning, has one of `keys` at its top. What is deeper does not count:
// a host may be called like a key.
bool HasTopKey(std::string_view text, std::span<const std::string_view> keys) {
  if (!text.starts_with('{')) return false;
  std::size_t depth = 0;
  bool is_value = false;  // behind a colon at the top
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return false;
    if (depth == 1 && c == ':') is_value = true;
    if (depth == 1 && c == ',') is_value = false;
    if (c != '"') continue;
    const std::size_t begin = at + 1;
    for (at = begin; at < text.size() && text[at] != '"'; ++at) at += text[at] == '\\' ? 1 : 0;
    if (at >= text.size()) return false;
    const std::string_view key = text.substr(begin, at - begin);
    if (depth == 1 && !is_value && std::find(keys.begin(), keys.end(), key) != keys.end()) return true;
  }
  return false;
}

// /uptime has "system" and "global" before "hosts"; any of them is enough.
bool IsUptime(std::string_view text) {
  constexpr std::array<std::string_view, 3> kKeys = {"hosts", "system", "global"};
  return HasTopKey(text, kKeys);
}

bool IsVts(std::string_view text) {
  constexpr std::array<std::string_view, 2> kKeys = {"nginxVersion", "serverZones"};
  return HasTopKey(text, kKeys);
}

// /status/, and its part http/.
bool IsAngie(std::string_view text) {
  constexpr std::array<std::string_view, 2> kKeys = {"angie", "server_zones"};
  return HasTopKey(text, kKeys);
}

bool IsStub(std::string_view text) {
  return text.starts_with("Active connections: ") &&
         text.find("\nserver accepts handled requests") != std::string_view::npos &&
         text.find("\nReading: ") != std::string_view::npos;
}

// The scoreboard may be long, but begins early; without ExtendedStatus both lines are there too, in old
// versions as the first ones.
bool IsApache(std::string_view text) {
  const bool has_workers = text.starts_with("BusyWorkers: ") || text.find("\nBusyWorkers: ") != std::string_view::npos;
  return has_workers && text.find("\nScoreboard: ") != std::string_view::npos;
}

// A sample is a metric's name, then labels or a blank and a number.
bool IsSample(std::string_view line) {
  const std::size_t name_end = line.find_first_of("{ \t");
  if (name_end == std::string_view::npos || !IsValidMetricName(line.substr(0, name_end))) return false;
  if (line[name_end] == '{') return true;
  const std::string_view value = SkipBlank(line.substr(name_end));
  return !value.empty() && (value.find_first_of("0123456789") <= 1 || value.starts_with("NaN") ||
                            value.starts_with("+Inf") || value.starts_with("-Inf"));
}

bool IsExposition(std::string_view text) {
  while (true) {
    text = SkipBlank(text);
    if (text.empty()) return false;
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with("# HELP ") || line.starts_with("# TYPE ") || line.starts_with("# UNIT ") || line == "# EOF") {
      return true;
    }
    if (!line.starts_with('#')) return IsSample(line);
    text.remove_prefix(line.size());
  }
}

}  // namespace

PageKind SniffPage(std::string_view head) {
  head = head.substr(0, kSniffBytes);
  if (IsHaproxyHeader(head.substr(0, head.find('\n')))) return PageKind::kHaproxyCsv;
  const std::string_view text = SkipBlank(head);
  if (IsHtml(text)) return PageKind::kHtml;
  if (IsVts(text)) return PageKind::kNginxVts;
  if (IsAngie(text)) return PageKind::kAngie;
  if (IsUptime(text)) return PageKind::kAgberoUptime;
  if (IsStub(text)) return PageKind::kNginxStub;
  if (IsApache(text)) return PageKind::kApache;
  return IsExposition(text) ? PageKind::kExposition : PageKind::kUnknown;
}

ProxyKind ProxyOfExposition(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, ProxyKind>, 7> kPrefixes = {{{"agbero_", ProxyKind::kAgbero},
                                                                                {"haproxy_", ProxyKind::kHaproxy},
                                                                                {"traefik_", ProxyKind::kTraefik},
                                                                                {"envoy_", ProxyKind::kEnvoy},
                                                                                {"caddy_", ProxyKind::kCaddy},
                                                                                {"nginx_vts_", ProxyKind::kNginx},
                                                                                {"angie_", ProxyKind::kAngie}}};
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    std::string_view line = text.substr(0, newline);
    if (line.starts_with("# TYPE ") || line.starts_with("# HELP ")) line.remove_prefix(7);
    for (const auto& [prefix, kind] : kPrefixes) {
      if (line.starts_with(prefix)) return kind;
    }
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
  }
  return ProxyKind::kOpenMetrics;
}

}  // namespace proxy_telemetry

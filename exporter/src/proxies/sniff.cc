// What a page is, told by its beginning.
#include <algorithm>
#include <array>

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

// /uptime has "system" and "global" before "hosts"; any of them is enough.
bool IsUptime(std::string_view text) {
  constexpr std::array<std::string_view, 3> kKeys = {"\"hosts\"", "\"system\"", "\"global\""};
  return text.starts_with('{') && std::any_of(kKeys.begin(), kKeys.end(), [text](std::string_view key) {
           return text.find(key) != std::string_view::npos;
         });
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
  if (IsUptime(text)) return PageKind::kAgberoUptime;
  return IsExposition(text) ? PageKind::kExposition : PageKind::kUnknown;
}

bool IsAgberoExposition(std::string_view text) {
  constexpr std::array<std::string_view, 3> kLineStarts = {"agbero_", "# TYPE agbero_", "# HELP agbero_"};
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    const std::string_view line = text.substr(0, newline);
    if (std::any_of(kLineStarts.begin(), kLineStarts.end(),
                    [line](std::string_view start) { return line.starts_with(start); })) {
      return true;
    }
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
  }
  return false;
}

}  // namespace proxy_telemetry

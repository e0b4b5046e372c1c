#include "series_text.h"

#include <charconv>
#include <cmath>

#include "base/number.h"

namespace proxy_telemetry {
namespace {

// "1" as "1.0" and so on; what is no number stays.
void AppendCanonicalFloat(std::string_view text, std::string& out) {
  std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  double value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    AppendEscapedLabelValue(text, out);
    return;
  }
  const std::size_t begin = out.size();
  AppendNumber(value, out);
  if (std::isfinite(value) && out.find_first_of(".e", begin) == std::string::npos) out += ".0";
}

}  // namespace

std::string SeriesText(const Labels& labels, bool open_metrics) {
  std::string out(labels.metric_name());
  bool first = true;
  for (const Label& label : labels) {
    if (label.name == kNameLabel) continue;
    out += first ? '{' : ',';
    first = false;
    out += label.name;
    out += "=\"";
    if (open_metrics && (label.name == "le" || label.name == "quantile")) {
      AppendCanonicalFloat(label.value, out);
    } else {
      AppendEscapedLabelValue(label.value, out);
    }
    out += '"';
  }
  if (!first) out += '}';
  return out;
}

void AppendHelp(std::string_view help, bool open_metrics, std::string& out) {
  for (const char c : help) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (open_metrics && c == '"')) out += '\\';
    out += c;
  }
}

}  // namespace proxy_telemetry

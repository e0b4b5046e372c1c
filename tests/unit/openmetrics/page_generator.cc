#include "page_generator.h"

#include <vector>

namespace proxy_telemetry {

std::string PageGenerator::Blank(bool required) {
  static const char* const kBlanks[] = {" ", "  ", "\t", " \t "};
  if (!text_) return required ? " " : "";
  return required || Chance(4) ? Pick(kBlanks) : "";
}

std::string PageGenerator::Name() {
  static const char* const kNames[] = {"a", "up", "http_requests", "rpc:rate5m", "_x", "A9", "latency_seconds"};
  return Pick(kNames);
}

std::string PageGenerator::Number() {
  static const char* const kNumbers[] = {"0",
                                         "1",
                                         "-1",
                                         "+1",
                                         "12345678901234567",
                                         "0.1",
                                         "1e3",
                                         "1E-7",
                                         ".5",
                                         "5.",
                                         "1e22",
                                         "NaN",
                                         "nan",
                                         "+Inf",
                                         "-Inf",
                                         "inf",
                                         "-0",
                                         "1.7976931348623157e308",
                                         "5e-324",
                                         "2e-324",
                                         "1e-400",
                                         "123456789.123456789",
                                         "9007199254740993",
                                         "0.30000000000000004",
                                         "Infinity"};
  static const char* const kWrong[] = {"1e400", "0x10", "1_000", "", ".", "1e", "--1", "one", "+nan", "1,5", "infin"};
  if (spoiled_ && Chance(12)) return Pick(kWrong);
  if (Chance(2)) return Pick(kNumbers);
  return std::to_string(static_cast<std::int64_t>(random_()) >> Below(60));
}

std::string PageGenerator::LabelValue() {
  static const char* const kParts[] = {
      "x",        "example.org",      "\\\\", "\\\"", "\\n", "\\t", "{", "}", "} 5", "#", " # {", ",", "=", " ", "\t",
      "\xC3\xA9", "\xF0\x9F\x98\x80", "\r",   "0"};
  static const char* const kWrong[] = {"\xFF", "\xC3", "\xED\xA0\x80", "\"", "\\"};
  std::string value;
  for (std::size_t parts = Below(4); parts > 0; --parts) value += Pick(kParts);
  if (spoiled_ && Chance(30)) value += Pick(kWrong);
  return value;
}

std::string PageGenerator::Labels() {
  static const char* const kNames[] = {"host", "code", "le", "_p", "B2"};
  static const char* const kWrong[] = {"__name__", "9x", "a:b", "\"q\"", "", "host", "\xC3\xA9"};
  if (Chance(3)) return "";
  std::string labels = Blank(false) + "{" + Blank(false);
  std::size_t next = Below(2);
  const std::size_t count = Below(4);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = spoiled_ && Chance(15) ? Pick(kWrong) : kNames[next++];
    labels += name + Blank(false) + "=" + Blank(false) + "\"" + LabelValue() + "\"" + Blank(false);
    if (i + 1 < count || Chance(4)) labels += "," + Blank(false);
  }
  return labels + "}";
}

std::string PageGenerator::Metadata() {
  static const char* const kTextTypes[] = {"counter", "gauge", "histogram", "summary", "untyped"};
  static const char* const kOpenMetricsTypes[] = {"counter", "gauge",          "histogram", "summary",
                                                  "unknown", "gaugehistogram", "info",      "stateset"};
  static const char* const kHelps[] = {"", "what it is", "a \\\\ b \\n c \\\" d \\x", " two blanks", "\xC3\xA9", "{}"};
  // In OpenMetrics a name is declared once: what the sink was told of samples in between need not be the last word.
  family_ = Name();
  if (!text_) family_ += std::to_string(families_++);
  const std::string hash = text_ ? Blank(false) + "#" + Blank(true) : "# ";
  std::string lines;
  if (!Chance(4)) lines += hash + "HELP" + Blank(true) + family_ + " " + Pick(kHelps) + "\n";
  if (!Chance(4)) {
    const std::string type = text_ ? Pick(kTextTypes) : Pick(kOpenMetricsTypes);
    lines += hash + "TYPE" + Blank(true) + family_ + " " + (spoiled_ && Chance(20) ? "counters" : type) + "\n";
  }
  if (!text_ && Chance(8)) lines += "# UNIT " + family_ + (Chance(2) ? "_s s\n" : " \n");
  if (text_ && Chance(6)) lines += Chance(2) ? "# a comment\n" : "#\n";
  if (spoiled_ && Chance(30)) lines += "# TYPE\n# HELP 9 x\n";
  return lines;
}

std::string PageGenerator::Sample() {
  static const char* const kSuffixes[] = {"",       "",         "",      "_total",  "_bucket", "_sum",
                                          "_count", "_created", "_info", "_gcount", "_gsum"};
  std::string line = text_ ? Blank(false) : "";
  line += (Chance(8) ? Name() : family_) + Pick(kSuffixes) + Labels();
  line += Blank(text_ ? line.back() != '}' : true) + Number();
  if (Chance(5)) line += Blank(true) + (text_ ? std::to_string(Below(2'000'000'000'000)) : "1520879607.789");
  if (!text_ && Chance(6)) line += " # {trace_id=\"" + LabelValue() + "\"} 0.67" + (Chance(2) ? " 1.5" : "");
  line += Blank(false);
  if (spoiled_ && Chance(60)) line += "x";
  return line + "\n";
}

std::string PageGenerator::Page() {
  spoiled_ = Chance(2);
  std::string page;
  for (std::size_t families = Below(5); families > 0; --families) {
    page += Metadata();
    for (std::size_t samples = Below(5); samples > 0; --samples) page += Sample();
    if (text_ && Chance(5)) page += Blank(false) + "\n";
  }
  if (!text_ && !(spoiled_ && Chance(10))) page += Chance(5) ? "# EOF" : "# EOF\n";
  if (text_ && !page.empty() && Chance(5)) page.pop_back();
  return page;
}

std::string PageGenerator::Damaged(std::string page) {
  static const char kBytes[] = "{}\"\\,= \t\n\r#_:aN0-+.e<\x80\xFF";
  for (std::size_t changes = 1 + Below(4); changes > 0 && !page.empty(); --changes) {
    const std::size_t at = Below(page.size());
    const std::size_t start = page.rfind('\n', at) == std::string::npos ? 0 : page.rfind('\n', at) + 1;
    const std::size_t end = page.find('\n', at) == std::string::npos ? page.size() : page.find('\n', at) + 1;
    const std::string line = start < end ? page.substr(start, end - start) : "";
    switch (Below(6)) {
      case 0:
        page[at] = static_cast<char>(Below(256));
        break;
      case 1:
        page[at] = kBytes[Below(sizeof kBytes)];
        break;  // the final NUL is one of them
      case 2:
        page.insert(at, 1, kBytes[Below(sizeof kBytes)]);
        break;
      case 3:
        page.erase(at, 1 + Below(3));
        break;
      case 4:
        page.insert(start < page.size() ? start : 0, line);
        break;
      default:
        page.erase(start < page.size() ? start : 0, line.size());
        break;
    }
  }
  return page;
}

}  // namespace proxy_telemetry

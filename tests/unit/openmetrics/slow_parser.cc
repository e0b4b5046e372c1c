#include "slow_parser.h"

#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

namespace proxy_telemetry {
namespace {

using Strings = std::vector<std::string>;

bool Letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool Digit(char c) { return c >= '0' && c <= '9'; }

// Each takes its token off the front of `rest`, or leaves it and returns nothing.
std::string TakeName(std::string& rest, bool colon) {
  std::string name;
  while (!rest.empty() && (Letter(rest[0]) || (colon && rest[0] == ':') || (!name.empty() && Digit(rest[0])))) {
    name += rest[0];
    rest.erase(0, 1);
  }
  return name;
}

bool Take(std::string& rest, const std::string& token) {
  if (rest.compare(0, token.size(), token) != 0) return false;
  rest.erase(0, token.size());
  return true;
}

void TakeBlanks(std::string& rest) {
  while (Take(rest, " ") || Take(rest, "\t")) continue;
}

bool ValidUtf8(const std::string& text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i++]);
    const int more = lead < 0x80 ? 0 : lead >> 5 == 6 ? 1 : lead >> 4 == 14 ? 2 : lead >> 3 == 30 ? 3 : -1;
    if (more < 0) return false;
    unsigned long code = more == 0 ? lead : lead & (0x3FU >> more);
    for (int k = 0; k < more; ++k, ++i) {
      if (i == text.size() || (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return false;
      code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
    }
    const unsigned long least[] = {0, 0x80, 0x800, 0x10000};
    if (code < least[more] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
  }
  return true;
}

std::string Unescape(const std::string& text, const std::string& escapes) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && escapes.find(text[i + 1]) != std::string::npos) {
      ++i;
      out += text[i] == 'n' ? '\n' : text[i];
    } else {
      out += text[i];
    }
  }
  return out;
}

// As strconv.ParseFloat without hexadecimal and underscores; strtod does the arithmetic ("C" locale).
std::optional<double> Number(const std::string& text) {
  std::string lower;
  for (const char c : text) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower == "nan") return std::nan("");
  std::string body = lower;
  if (!body.empty() && (body[0] == '+' || body[0] == '-')) body.erase(0, 1);
  const double sign = !lower.empty() && lower[0] == '-' ? -1 : 1;
  if (body == "inf" || body == "infinity") return sign * INFINITY;
  if (body.empty() || body.find_first_not_of("0123456789.e+-") != std::string::npos) return std::nullopt;
  if (!Digit(body[0]) && body[0] != '.') return std::nullopt;
  char* end = nullptr;
  errno = 0;
  const double value = std::strtod(body.c_str(), &end);
  if (end != body.c_str() + body.size() || std::isinf(value)) return std::nullopt;
  return sign * value;
}

std::string TakeToken(std::string& rest, bool tabs) {
  std::string token;
  while (!rest.empty() && rest[0] != ' ' && !(tabs && rest[0] == '\t')) {
    token += rest[0];
    rest.erase(0, 1);
  }
  return token;
}

std::string TypeOf(const std::string& om_type) {
  if (om_type == "info" || om_type == "stateset") return "gauge";
  if (om_type == "unknown" || om_type == "gaugehistogram") return "untyped";
  return om_type;
}

class SlowParser {
 public:
  explicit SlowParser(ExpositionFormat format) : text_(format == ExpositionFormat::kText) {}

  SlowPage Parse(const std::string& page) {
    SlowPage result;
    Strings lines(1);
    for (const char c : page) {
      if (c == '\n') {
        lines.emplace_back();
      } else {
        lines.back() += c;
      }
    }
    if (lines.back().empty()) lines.pop_back();
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (eof_ || lines[i].size() > kExpositionLineBytesMax || !Line(lines[i])) {
        result.bad_line = i + 1;
        return result;
      }
    }
    if (!text_ && !eof_) {
      result.bad_line = page.empty() || page.back() == '\n' ? lines.size() + 1 : lines.size();
      return result;
    }
    result.samples = std::move(samples_);
    for (const RecordedSample& sample : result.samples) {
      const MetricFamily family = FamilyOf(sample.family);
      // Metadata after the sample may have made its name a part of another family; its own has none then.
      result.families[sample.family] =
          family.name == sample.family ? family : MetricFamily{sample.family, MetricType::kUntyped, ""};
    }
    return result;
  }

 private:
  bool Line(std::string line) {
    if (text_) TakeBlanks(line);
    if (line.empty()) return text_;
    return line[0] == '#' ? Hash(line.substr(1)) : Sample(line);
  }

  bool Hash(std::string rest) {
    if (!Take(rest, " ") && !(text_ && Take(rest, "\t"))) return text_;
    if (text_) TakeBlanks(rest);
    if (!text_ && rest == "EOF") return eof_ = true;
    std::string keyword = rest.substr(0, 4);
    if (keyword != "HELP" && keyword != "TYPE" && (text_ || keyword != "UNIT")) return text_;
    rest.erase(0, 4);
    if (!Take(rest, " ") && !(text_ && Take(rest, "\t"))) return text_;
    if (text_) TakeBlanks(rest);
    const std::string name = TakeName(rest, true);
    if (name.empty()) return false;
    if (!text_ && rest.substr(0, 1) != " ") return false;
    std::string blank = rest;
    TakeBlanks(blank);
    if (text_ && blank.empty()) rest.clear();
    return Declare(keyword, name, rest.empty() ? "" : rest.substr(1));
  }

  bool Declare(const std::string& keyword, const std::string& name, const std::string& value) {
    if (keyword == "HELP") {
      if (!ValidUtf8(value)) return false;
      declared_.emplace(name, "unknown");
      help_[name] = Unescape(value, text_ ? "\\n" : "\\n\"");
      return true;
    }
    if (keyword == "UNIT") {
      const std::string end = "_" + value;
      return value.empty() || (name.size() >= end.size() && name.substr(name.size() - end.size()) == end);
    }
    std::set<std::string> types = {"counter", "gauge", "histogram", "summary"};
    if (text_) {
      types.insert("untyped");
    } else {
      types.insert({"unknown", "gaugehistogram", "info", "stateset"});
    }
    if (types.count(value) == 0) return false;
    declared_[name] = value == "untyped" ? "unknown" : value;
    return true;
  }

  bool Sample(std::string rest) {
    RecordedSample sample;
    sample.name = TakeName(rest, true);
    if (sample.name.empty()) return false;
    const std::string behind_name = rest;
    if (text_) TakeBlanks(rest);
    if (Take(rest, "{")) {
      std::vector<Label> labels;
      if (!LabelsTo(rest, labels)) return false;
      std::set<std::string> names = {"__name__"};
      for (const Label& label : labels) {
        if (!names.insert(label.name).second) return false;
      }
      sample.labels = Labels(labels);
    } else if (behind_name == rest && !(!text_ && rest.substr(0, 1) == " ")) {
      return false;
    }
    if (text_ ? !TextTail(rest, sample.value) : !OpenMetricsTail(rest, sample.value)) return false;
    sample.family = FamilyOf(sample.name).name;
    samples_.push_back(sample);
    return true;
  }

  bool LabelsTo(std::string& rest, std::vector<Label>& labels) {
    if (text_) TakeBlanks(rest);
    if (Take(rest, "}")) return true;
    Label label{TakeName(rest, false), ""};
    if (label.name.empty()) return false;
    if (text_) TakeBlanks(rest);
    if (!Take(rest, "=")) return false;
    if (text_) TakeBlanks(rest);
    if (!Take(rest, "\"")) return false;
    std::string value;
    while (!Take(rest, "\"")) {
      const std::size_t bytes = rest.substr(0, 1) == "\\" ? 2 : 1;
      if (rest.size() < bytes) return false;
      value += rest.substr(0, bytes);
      rest.erase(0, bytes);
    }
    if (!ValidUtf8(value)) return false;
    label.value = Unescape(value, "\\n\"");
    labels.push_back(label);
    if (text_) TakeBlanks(rest);
    if (!Take(rest, ",") && !text_ && rest.substr(0, 1) != "}") return false;
    return LabelsTo(rest, labels);
  }

  static bool TextTail(std::string rest, double& value) {
    TakeBlanks(rest);
    const std::optional<double> number = Number(TakeToken(rest, true));
    if (!number) return false;
    value = *number;
    TakeBlanks(rest);
    if (rest.empty()) return true;
    std::string timestamp = TakeToken(rest, true);
    TakeBlanks(rest);
    if (!rest.empty()) return false;
    errno = 0;
    std::strtoll(timestamp.c_str(), nullptr, 10);
    if (errno == ERANGE) return false;
    Take(timestamp, "-");
    return !timestamp.empty() && timestamp.find_first_not_of("0123456789") == std::string::npos;
  }

  static bool Timestamp(std::string& rest) {
    if (!Take(rest, " ")) return false;
    const std::optional<double> seconds = Number(TakeToken(rest, false));
    return seconds && std::isfinite(*seconds);
  }

  bool OpenMetricsTail(std::string rest, double& value) {
    if (!Take(rest, " ")) return false;
    const std::optional<double> number = Number(TakeToken(rest, false));
    if (!number) return false;
    value = *number;
    if (rest.empty()) return true;
    if (rest.substr(0, 4) != " # {" && !Timestamp(rest)) return false;
    if (rest.empty()) return true;
    if (!Take(rest, " # {")) return false;
    std::vector<Label> labels;
    if (!LabelsTo(rest, labels) || !Take(rest, " ") || !Number(TakeToken(rest, false))) return false;
    return rest.empty() || (Timestamp(rest) && rest.empty());
  }

  // In the terms of 0.0.4.
  MetricFamily FamilyOf(const std::string& name) const {
    if (declared_.count(name) != 0) return Family(name, name, TypeOf(declared_.at(name)));
    // Declared types, the suffixes their samples may have, and whether such a sample is a part of the family.
    struct Rule {
      std::string type, suffix;
      bool part;
      std::string as;
    };
    std::vector<Rule> rules = {{"histogram", "_bucket", true, "histogram"},
                               {"histogram", "_sum", true, "histogram"},
                               {"histogram", "_count", true, "histogram"},
                               {"summary", "_sum", true, "summary"},
                               {"summary", "_count", true, "summary"}};
    if (!text_) {
      rules.insert(rules.end(), {{"counter", "_total", false, "counter"},
                                 {"counter", "_created", false, "gauge"},
                                 {"histogram", "_created", false, "gauge"},
                                 {"summary", "_created", false, "gauge"},
                                 {"info", "_info", false, "gauge"},
                                 {"gaugehistogram", "_bucket", false, "untyped"},
                                 {"gaugehistogram", "_gsum", false, "untyped"},
                                 {"gaugehistogram", "_gcount", false, "untyped"}});
    }
    for (const auto& [type, suffix, part, as] : rules) {
      for (const auto& [base, declared] : declared_) {
        if (declared == type && name == base + suffix) return Family(part ? base : name, base, as);
      }
    }
    return {name, MetricType::kUntyped, ""};
  }

  MetricFamily Family(const std::string& name, const std::string& declared_as, const std::string& type) const {
    const std::map<std::string, MetricType> types = {
        {"untyped", MetricType::kUntyped},     {"counter", MetricType::kCounter}, {"gauge", MetricType::kGauge},
        {"histogram", MetricType::kHistogram}, {"summary", MetricType::kSummary}, {"unknown", MetricType::kUntyped}};
    const auto help = help_.find(declared_as);
    return {name, types.at(type), help == help_.end() ? "" : help->second};
  }

  const bool text_;
  bool eof_ = false;
  std::map<std::string, std::string> declared_;  // name: type
  std::map<std::string, std::string> help_;
  std::vector<RecordedSample> samples_;
};

}  // namespace

SlowPage ParseSlowly(ExpositionFormat format, const std::string& page) { return SlowParser(format).Parse(page); }

}  // namespace proxy_telemetry

#include "slow_sample_parser.h"

#include <bit>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <optional>
#include <regex>

#include "base/utf8.h"

namespace proxy_telemetry::tools {
namespace {

struct Bad {};  // thrown at the first wrong line

void Require(bool good) {
  if (!good) throw Bad();
}

// Patterns are literals; compiling one takes longer than matching.
bool Matches(const std::string& text, const char* pattern) {
  static std::map<std::string, std::regex> compiled;
  return std::regex_match(text, compiled.try_emplace(pattern, pattern).first->second);
}

double Number(const std::string& text) {
  std::string lower;
  for (const char c : text) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (Matches(lower, "[-+]?inf(inity)?")) return lower[0] == '-' ? -INFINITY : INFINITY;
  Require(Matches(lower, R"([-+]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?)"));
  const double value = std::strtod(lower.c_str(), nullptr);
  Require(!std::isinf(value));
  return value;
}

// The decimal moved by `shift` digits and cut off behind the point.
std::int64_t Shifted(std::string text, int shift) {
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') text.erase(0, 1);
  int exponent = 0;
  if (const std::size_t e = text.find_first_of("eE"); e != std::string::npos) {
    const double wide = std::strtod(text.c_str() + e + 1, nullptr);
    exponent = static_cast<int>(std::max(-100000.0, std::min(100000.0, wide)));
    text.resize(e);
  }
  std::size_t point = text.find('.');
  if (point == std::string::npos) {
    point = text.size();
  } else {
    text.erase(point, 1);
  }
  long digits_before = static_cast<long>(point) + exponent + shift;
  while (!text.empty() && text[0] == '0') {
    text.erase(0, 1);
    --digits_before;
  }
  if (text.empty() || digits_before <= 0) return 0;
  Require(digits_before <= 19);
  text.resize(static_cast<std::size_t>(digits_before), '0');
  const unsigned long long magnitude = std::strtoull(text.c_str(), nullptr, 10);
  Require(magnitude <= 1ULL << 60);
  const auto number = static_cast<std::int64_t>(magnitude);
  return negative ? -number : number;
}

class SlowReader {
 public:
  SlowReader(SampleFormat format, SlowText& out) : format_(format), auto_(format == SampleFormat::kAuto), out_(out) {}

  void Line(const std::string& line) {
    Require(line.size() <= kSampleLineBytesMax);
    Require(!ended_);
    const std::size_t start = line.find_first_not_of(" \t");
    if (start == std::string::npos) return;
    if (line[start] == '#') {
      Comment(line, line.substr(start));
      comment_ = true;
      return;
    }
    if (format_ == SampleFormat::kAuto && line[start] == '{' && !comment_) format_ = SampleFormat::kTsdbDump;
    line_ = line;
    at_ = start;
    Sample();
  }
  void End(const std::string& rest) {
    if (rest == "# EOF") {
      Line(rest);
    } else {
      Require(rest.empty());
    }
    Require(!bits_);
    if (format_ == SampleFormat::kOpenMetrics || format_ == SampleFormat::kAuto) Require(ended_);
  }

 private:
  void Comment(const std::string& line, const std::string& comment) {
    if (line == "# EOF") {
      if (format_ == SampleFormat::kPrometheusText) Require(!auto_);
      ended_ = format_ == SampleFormat::kOpenMetrics || format_ == SampleFormat::kAuto;
      return;
    }
    const std::string mark = " proxy-telemetry:value-bits ";
    if (comment.rfind("# HELP ", 0) != 0 || comment.find(mark) == std::string::npos) return;
    const std::string digits = comment.substr(comment.find(mark) + mark.size());
    Require(digits.find('\0') == std::string::npos && Matches(digits, "0x[0-9a-fA-F]{16}") && !bits_);
    bits_ = std::strtoull(digits.c_str(), nullptr, 16);
    Require(std::isnan(std::bit_cast<double>(*bits_)));
  }

  char Peek() const { return at_ < line_.size() ? line_[at_] : '\0'; }
  bool AtEnd() const { return at_ >= line_.size(); }
  bool Blank() const { return !AtEnd() && (line_[at_] == ' ' || line_[at_] == '\t'); }
  void Blanks() {
    while (Blank()) ++at_;
  }
  std::string Token() {
    std::string token;
    while (!AtEnd() && !Blank()) token += line_[at_++];
    return token;
  }
  std::string Name(bool metric) {
    std::string name;
    while (std::isalnum(static_cast<unsigned char>(Peek())) || Peek() == '_' || (metric && Peek() == ':')) {
      if (name.empty() && std::isdigit(static_cast<unsigned char>(Peek()))) break;
      name += line_[at_++];
    }
    return name;
  }

  std::string Quoted(bool go) {
    Require(Peek() == '"');
    ++at_;
    std::string out;
    while (true) {
      Require(!AtEnd());
      char c = line_[at_++];
      if (c == '"') break;
      if (c == '\\') {
        Require(!AtEnd());
        c = line_[at_++];
        go ? GoEscape(c, out) : Escape(c, out);
      } else {
        out += c;
      }
    }
    Require(FindInvalidUtf8(out) == std::string::npos);
    return out;
  }
  static void Escape(char c, std::string& out) {
    if (c != 'n' && c != '"' && c != '\\') out += '\\';
    out += c == 'n' ? '\n' : c;
  }
  void GoEscape(char c, std::string& out) {
    static const std::map<char, char> kSimple{{'a', '\a'}, {'b', '\b'}, {'f', '\f'},  {'n', '\n'}, {'r', '\r'},
                                              {'t', '\t'}, {'v', '\v'}, {'\\', '\\'}, {'"', '"'}};
    if (const auto simple = kSimple.find(c); simple != kSimple.end()) {
      out += simple->second;
      return;
    }
    const bool octal = c >= '0' && c <= '7';
    const std::size_t width = octal ? 3 : c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (octal) --at_;
    Require(width > 0 && at_ + width <= line_.size());
    const std::string digits = line_.substr(at_, width);
    at_ += width;
    for (const char digit : digits) {
      Require(octal ? digit >= '0' && digit <= '7' : std::isxdigit(static_cast<unsigned char>(digit)) != 0);
    }
    const unsigned long code = std::strtoul(digits.c_str(), nullptr, octal ? 8 : 16);
    if (octal || c == 'x') {
      Require(code <= 0xFF);
      out += static_cast<char>(static_cast<unsigned char>(code));
      return;
    }
    Require(code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF));
    const auto byte = [&out](unsigned long value) { out += static_cast<char>(static_cast<unsigned char>(value)); };
    if (code >= 0x10000) {
      byte(0xF0 + (code >> 18));
      byte(0x80 + (code >> 12) % 64);
      byte(0x80 + (code >> 6) % 64);
      byte(0x80 + code % 64);
    } else if (code >= 0x800) {
      byte(0xE0 + (code >> 12));
      byte(0x80 + (code >> 6) % 64);
      byte(0x80 + code % 64);
    } else if (code >= 0x80) {
      byte(0xC0 + (code >> 6));
      byte(0x80 + code % 64);
    } else {
      byte(code);
    }
  }

  void Add(std::map<std::string, std::string>& labels, const std::string& name, const std::string& value) {
    Require(labels.size() < kMaxLabels && name.size() <= kMaxName && value.size() <= kMaxValue);
    if (name == "__name__") Require(value.size() <= kMaxName);
    Require(labels.emplace(name, value).second);
  }

  std::map<std::string, std::string> Series(bool exemplar) {
    const bool go = format_ == SampleFormat::kTsdbDump;
    std::map<std::string, std::string> labels;
    if (exemplar) labels.emplace("__name__", "");
    if (!exemplar && Peek() != '{') {
      Require(!go);
      const std::string name = Name(true);
      Require(!name.empty());
      Add(labels, "__name__", name);
    }
    const std::size_t end = at_;
    Blanks();
    if (Peek() != '{') {
      at_ = end;
      return labels;
    }
    ++at_;
    Blanks();
    while (Peek() != '}') {
      Item(go, labels);
      Blanks();
      if (Peek() == '}') break;
      Require(Peek() == ',');
      ++at_;
      Blanks();
    }
    ++at_;
    return labels;
  }
  void Item(bool go, std::map<std::string, std::string>& labels) {
    const bool quoted = Peek() == '"';
    const std::string name = quoted ? Quoted(go) : Name(false);
    Require(!name.empty());
    Blanks();
    if (quoted && !go && (Peek() == ',' || Peek() == '}')) {
      Add(labels, "__name__", name);
      return;
    }
    Require(Peek() == '=');
    ++at_;
    Blanks();
    Require(Peek() == '"' && (go || name != "__name__"));
    Add(labels, name, Quoted(go));
  }

  std::int64_t Time(const std::string& text) {
    if (format_ == SampleFormat::kAuto) {
      const bool integer = Matches(text, "-?[0-9]+");
      // Beyond 64 bits it is neither.
      const double wide = integer ? std::strtod(text.c_str(), nullptr) : 0;
      format_ = integer && std::fabs(wide) >= 1e11 && std::fabs(wide) < 9.2e18 ? SampleFormat::kPrometheusText
                                                                               : SampleFormat::kOpenMetrics;
    }
    if (format_ == SampleFormat::kOpenMetrics) {
      Require(Matches(text, R"([-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?)"));
      const std::int64_t ms = Shifted(text, 3);
      if (auto_) Require(std::llabs(ms) < 100'000'000'000'000);
      return ms;
    }
    Require(Matches(text, "-?[0-9]+"));
    const std::int64_t ms = Shifted(text, 0);
    if (auto_ && format_ == SampleFormat::kPrometheusText) Require(std::llabs(ms) >= 100'000'000'000);
    return ms;
  }

  void Sample() {
    std::map<std::string, std::string> labels = Series(false);
    Require(Blank());
    Blanks();
    double value = Number(Token());
    Blanks();
    Require(!AtEnd() && Peek() != '#');
    const std::int64_t ts_ms = Time(Token());
    Blanks();
    if (!AtEnd()) Exemplar();
    if (bits_) {
      Require(std::isnan(value));
      value = std::bit_cast<double>(*bits_);
      bits_.reset();
    }
    std::vector<Label> sorted;
    for (const auto& [name, label_value] : labels) sorted.push_back({name, label_value});
    const Labels as_labels(std::move(sorted));
    Require(!as_labels.empty());
    out_.points.push_back({LabelsKey(as_labels), ts_ms, std::bit_cast<std::uint64_t>(value)});
  }
  void Exemplar() {
    Require(Peek() == '#' && format_ == SampleFormat::kOpenMetrics);
    ++at_;
    Blanks();
    Require(Peek() == '{');
    Series(true);
    Blanks();
    Number(Token());
    Blanks();
    if (!AtEnd()) Time(Token());
    Blanks();
    Require(AtEnd());
  }

  static constexpr std::size_t kMaxLabels = 256;
  static constexpr std::size_t kMaxName = 1024;
  static constexpr std::size_t kMaxValue = 65536;

  SampleFormat format_;
  const bool auto_;
  SlowText& out_;
  bool ended_ = false;
  bool comment_ = false;
  std::optional<std::uint64_t> bits_;
  std::string line_;
  std::size_t at_ = 0;
};

}  // namespace

SlowText ParseTextSlowly(SampleFormat format, const std::string& text) {
  SlowText out;
  SlowReader reader(format, out);
  std::size_t line = 0;
  try {
    std::size_t from = 0;
    for (std::size_t newline; (newline = text.find('\n', from)) != std::string::npos; from = newline + 1) {
      ++line;
      reader.Line(text.substr(from, newline - from));
    }
    ++line;
    reader.End(text.substr(from));
  } catch (const Bad&) {
    out.bad_line = line;
  }
  return out;
}

}  // namespace proxy_telemetry::tools

#include "slow_json_line.h"

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>

#include "logs/json_scan.h"

namespace proxy_telemetry {
namespace {

// Bytes that JSON would refuse become characters of a private plane, and bytes again behind the parser.
std::string PrivateOf(unsigned char byte) {
  const unsigned code = 0x100000U + byte;
  return {static_cast<char>(0xF0U | code >> 18U), static_cast<char>(0x80U | (code >> 12U & 0x3FU)),
          static_cast<char>(0x80U | (code >> 6U & 0x3FU)), static_cast<char>(0x80U | (code & 0x3FU))};
}

// In one pass: bytes that come out may look like such a character.
std::string BytesOf(const std::string& text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size();) {
    unsigned byte = text[at] == '\xf4' ? 0 : 256;
    while (byte < 256 && text.compare(at, 4, PrivateOf(static_cast<unsigned char>(byte))) != 0) ++byte;
    bytes += byte < 256 ? static_cast<char>(byte) : text[at];
    at += byte < 256 ? 4 : 1;
  }
  return bytes;
}

bool Matches(std::string_view text, const char* pattern) {
  return std::regex_match(text.begin(), text.end(), std::regex(pattern));
}
bool StartsLike(std::string_view text, std::size_t at, std::size_t size, const char* pattern) {
  return at + size <= text.size() && Matches(text.substr(at, size), pattern);
}

// The string whose opening quote is at `at`, as strict JSON; `at` is moved behind it.
std::string StrictString(std::string_view line, std::size_t& at) {
  std::string out = "\"";
  for (++at; at < line.size() && line[at] != '"';) {
    const auto byte = static_cast<unsigned char>(line[at]);
    if (byte != '\\') {
      out += byte < 0x20 || byte >= 0x7F ? PrivateOf(byte) : std::string(1, line[at]);
      ++at;
    } else if (StartsLike(line, at, 12, R"(\\u[dD][89abAB]..\\u[dD][c-fC-F]..)") &&
               StartsLike(line, at, 12, R"((\\u[0-9a-fA-F]{4}){2})")) {
      out += line.substr(at, 12);
      at += 12;
    } else if (StartsLike(line, at, 6, R"(\\u[0-9a-fA-F]{4})")) {
      out += StartsLike(line, at, 4, R"(\\u[dD][89a-fA-F])") ? "\\ufffd" : line.substr(at, 6);
      at += 6;
    } else if (StartsLike(line, at, 4, R"(\\x[0-9a-fA-F]{2})")) {
      out += PrivateOf(static_cast<unsigned char>(std::stoi(std::string(line.substr(at + 2, 2)), nullptr, 16)));
      at += 4;
    } else if (at + 1 < line.size() && line[at + 1] == 'v') {
      out += "\\u000b";
      at += 2;
    } else if (at + 1 < line.size() && std::string_view("\"\\/bfnrt").find(line[at + 1]) != std::string_view::npos) {
      out += line.substr(at, 2);
      at += 2;
    } else {
      out += at + 1 < line.size() ? "\\\\" : "";
      ++at;
    }
  }
  if (at < line.size()) {
    out += '"';
    ++at;
  }
  return out;
}

// Words without quotes, and values that are missing, become strings.
std::string StrictJson(std::string_view line) {
  std::string out;
  std::string open;
  char before = 0;
  for (std::size_t at = 0; at < line.size();) {
    const char c = line[at];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at;
      out += ' ';
      continue;
    }
    const bool is_value = before == ':' || (!open.empty() && open.back() == '[' && (before == ',' || before == '['));
    std::size_t end = at;
    while (end < line.size() && (std::isalnum(static_cast<unsigned char>(line[end])) != 0 ||
                                 std::string_view("+-.").find(line[end]) != std::string_view::npos)) {
      ++end;
    }
    const bool is_missing = c == ',' || c == '}' || (c == ']' && before != '[');
    if (is_value && (end != at || is_missing)) {
      out += '"' + std::string(line.substr(at, end - at)) + '"';
      at = end;
      before = '"';
    } else if (c == '"') {
      out += StrictString(line, at);
      before = '"';
    } else {
      if (c == '{' || c == '[') open += c;
      if ((c == '}' || c == ']') && !open.empty()) open.pop_back();
      // What nlohmann's parser takes for the end, or passes over.
      out += c == '\0' || c == '\xef' ? '?' : c;
      before = c;
      ++at;
    }
  }
  return out;
}

struct Member {
  std::string name;
  std::string value;
};

// Collects the members that count, in the order of the line.
class Collector : public nlohmann::json::json_sax_t {
 public:
  bool null() override { return false; }
  bool boolean(bool) override { return false; }
  bool number_integer(number_integer_t) override { return false; }
  bool number_unsigned(number_unsigned_t) override { return false; }
  bool number_float(number_float_t, const string_t&) override { return false; }
  bool binary(binary_t&) override { return false; }
  bool string(string_t& value) override {
    const std::string bytes = BytesOf(value);
    if (path_.size() == 1 && !is_array_.back()) members.push_back({path_[0], bytes});
    if (path_.size() == 2 && path_[0] == "request" && path_[1] == "host" && !is_array_.back() && !is_array_[0]) {
      members.push_back({"request.host", bytes});
      has_request_host = true;
    }
    return !path_.empty();
  }
  bool start_object(std::size_t) override { return Open(false); }
  bool key(string_t& name) override {
    path_.back() = BytesOf(name);
    if (path_.size() == 1) names.push_back(path_.back());
    return true;
  }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t) override { return !path_.empty() && Open(true); }
  bool end_array() override { return Close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

  std::vector<Member> members;
  std::vector<std::string> names;  // of all members of the outermost object
  bool has_request_host = false;   // Caddy's, inside its request

 private:
  bool Open(bool is_array) {
    path_.emplace_back();
    is_array_.push_back(is_array);
    return path_.size() <= kLogDepthMax;
  }
  bool Close() {
    path_.pop_back();
    is_array_.pop_back();
    return true;
  }
  std::vector<std::string> path_;
  std::vector<bool> is_array_;
};

std::optional<double> Decimal(const std::string& text) {
  if (!Matches(text, R"((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)")) return std::nullopt;
  const double value = std::strtod(text.c_str(), nullptr);
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<double> Seconds(std::string text, TimeUnit unit) {
  if (text.starts_with('+')) text.erase(0, 1);
  std::optional<double> sum = Decimal(text);
  if (sum.has_value()) {
    *sum /= std::pow(10, static_cast<int>(unit));
  } else {
    const std::regex part("((?:\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?)(ns|us|\xc2\xb5s|\xce\xbcs|ms|s|m|h)");
    while (!text.empty()) {
      std::smatch match;
      if (!std::regex_search(text, match, part, std::regex_constants::match_continuous)) return std::nullopt;
      const std::string name = match[3];
      const double scale = name == "ns"   ? 1e-9
                           : name == "ms" ? 1e-3
                           : name == "s"  ? 1
                           : name == "m"  ? 60
                           : name == "h"  ? 3600
                                          : 1e-6;
      sum = sum.value_or(0) + Decimal(match[1]).value_or(INFINITY) * scale;
      text = match.suffix();
    }
  }
  return sum.has_value() && *sum <= kLogSecondsMax ? sum : std::nullopt;
}

std::string Trimmed(std::string text) {
  text.erase(0, text.find_first_not_of(' '));
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::optional<double> SecondsOfList(const std::string& text, TimeUnit unit) {
  std::vector<std::string> tries(1);
  for (const char c : text) {
    if (c == ',' || c == ':') {
      tries.emplace_back();
    } else {
      tries.back() += c;
    }
  }
  std::optional<double> sum;
  for (const std::string& element : tries) {
    const std::string one = Trimmed(element);
    if (one.empty() || one.starts_with('-') || one == "null") continue;
    const std::optional<double> seconds = Seconds(one, unit);
    if (!seconds.has_value()) return std::nullopt;
    sum = sum.value_or(0) + *seconds;
  }
  return sum.has_value() && *sum <= kLogSecondsMax ? sum : std::nullopt;
}

std::optional<double> Bytes(std::string text) {
  if (text.starts_with('+')) text.erase(0, 1);
  const std::optional<double> bytes = Decimal(text);
  return bytes.has_value() && *bytes <= kLogBytesMax && std::floor(*bytes) == *bytes ? bytes : std::nullopt;
}

LogMeaning MeaningOf(const std::string& name, LogKind kind) {
  for (const LineFieldRow& row : LineFieldRows()) {
    if (row.name == name && (row.kinds >> static_cast<unsigned>(kind) & 1U) != 0) return row.meaning;
  }
  return {};
}

bool DependsOnKind(const std::string& name) {
  for (std::size_t kind = 0; kind < kLogKinds; ++kind) {
    if (MeaningOf(name, static_cast<LogKind>(kind)) != MeaningOf(name, LogKind::kUnknown)) return true;
  }
  return false;
}

LogKind HintOf(const Collector& line) {
  LogKind hint = LogKind::kUnknown;
  const auto take = [&hint](LogKind kind) {
    if (hint != LogKind::kUnknown && hint != kind) return false;
    hint = kind;
    return true;
  };
  if (line.has_request_host) take(LogKind::kCaddy);
  for (const std::string& name : line.names) {
    for (const LineHintRow& row : LineHintRows()) {
      if (row.name == name && !take(row.kind)) return LogKind::kUnknown;
    }
  }
  return hint;
}

// Of the fields' values the readable one of the lowest rank, of equal ranks the last.
template <typename Value, typename Read>
std::optional<Value> Best(const std::vector<Member>& members, LineField field, LogKind kind, const Read& read) {
  std::optional<Value> best;
  unsigned best_rank = 255;
  for (const Member& member : members) {
    const LogMeaning meaning = MeaningOf(member.name, kind);
    if (meaning.field != field || meaning.rank > best_rank) continue;
    const std::optional<Value> value = read(member.value, meaning.unit);
    if (!value.has_value()) continue;
    best = value;
    best_rank = meaning.rank;
  }
  return best;
}

bool IsOther(const Collector& line, LogKind kind) {
  bool is_access = false;
  bool is_http = false;
  bool says_something = false;
  for (const Member& member : line.members) {
    const bool is_message = member.name == "msg" || member.name == "message";
    says_something |= is_message || member.name == "logger";
    is_access |= is_message && member.value == "handled request";
    is_access |= member.name == "logger" && member.value.starts_with("http.log.access");
    is_http |= member.name == "logger" && member.value.starts_with("http.");
  }
  if (kind == LogKind::kCaddy) return says_something && !is_access;
  if (kind != LogKind::kTraefik) return is_http && !is_access;
  for (const std::string& name : line.names) {
    for (const LineHintRow& row : LineHintRows()) {
      if (row.name == name && row.kind == LogKind::kTraefik) return false;
    }
  }
  return true;
}

bool IsOwnLog(const std::vector<Member>& members) {
  for (const Member& member : members) {
    for (const char* name : {"level", "lvl", "severity", "msg", "message", "logger"}) {
      if (member.name == name) return true;
    }
  }
  return false;
}

}  // namespace

ReadLine ReadSlowly(std::string_view line, LogKind kind) {
  Collector collector;
  ReadLine read;
  if (!nlohmann::json::sax_parse(StrictJson(line), &collector)) return read;
  if (IsOther(collector, kind)) {
    read.outcome = LineOutcome::kOther;
    return read;
  }
  std::vector<Member>& members = collector.members;
  if (kind == LogKind::kUnknown) {
    std::vector<Member> sorted;
    for (const bool depends : {false, true}) {
      for (const Member& member : members) {
        if (DependsOnKind(member.name) == depends) sorted.push_back(member);
      }
    }
    members = sorted;
    kind = HintOf(collector);
  }
  const auto status = Best<int>(members, LineField::kStatus, kind, [](const std::string& text, TimeUnit) {
    if (Matches(text, "[1-9][0-9][0-9]")) return std::optional(std::stoi(text));
    return text.empty() || text == "null" || Matches(text, "-?[0-9]*") ? std::optional(0) : std::nullopt;
  });
  if (!status.has_value()) {
    read.outcome = IsOwnLog(members) ? LineOutcome::kOther : LineOutcome::kUnreadable;
    return read;
  }
  read.outcome = LineOutcome::kRecord;
  read.status = *status;
  const auto host = [](const std::string& text, TimeUnit) {
    return Matches(text, "|-|_|null") ? std::nullopt : std::optional(text);
  };
  read.host = Best<std::string>(members, LineField::kHost, kind, host).value_or("");
  const auto bytes = [](const std::string& text, TimeUnit) { return Bytes(text); };
  read.seconds = Best<double>(members, LineField::kSeconds, kind, Seconds);
  read.upstream_seconds = Best<double>(members, LineField::kUpstreamSeconds, kind, SecondsOfList);
  read.request_bytes = Best<double>(members, LineField::kRequestBytes, kind, bytes);
  read.response_bytes = Best<double>(members, LineField::kResponseBytes, kind, bytes);
  return read;
}

}  // namespace proxy_telemetry

#include "logs/log_format.h"

#include <array>

namespace proxy_telemetry {
namespace {

constexpr std::string_view kCombined =
    R"($remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent")";
// The port stays with the host, which the normalisation of hosts takes off.
constexpr std::string_view kVhostPrefix = "$host ";
constexpr std::string_view kWhiteSpace = " \t\r\n";

struct NamedMeaning {
  std::string_view name;
  LogMeaning meaning;
};
constexpr std::array kMeanings = {
    NamedMeaning{"host", {LineField::kHost, 0}},
    NamedMeaning{"http_host", {LineField::kHost, 1}},
    NamedMeaning{"server_name", {LineField::kHost, 3}},
    NamedMeaning{"ssl_server_name", {LineField::kHost, 3}},
    NamedMeaning{"status", {LineField::kStatus, 0}},
    NamedMeaning{"request_time", {LineField::kSeconds, 0, TimeUnit::kSeconds}},
    NamedMeaning{"upstream_response_time", {LineField::kUpstreamSeconds, 0, TimeUnit::kSeconds}},
    NamedMeaning{"bytes_sent", {LineField::kResponseBytes, 0}},
    NamedMeaning{"body_bytes_sent", {LineField::kResponseBytes, 1}},
    NamedMeaning{"request_length", {LineField::kRequestBytes, 0}},
};

LogMeaning MeaningOf(std::string_view name) {
  for (const NamedMeaning& known : kMeanings) {
    if (known.name == name) return known.meaning;
  }
  return {};
}

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

ValueShape ShapeOf(const LogVariable& variable) {
  const char next = variable.until.empty() ? '\0' : variable.until.front();
  const bool is_blank = next == ' ';
  if (is_blank && variable.name == "request") return ValueShape::kRequest;
  if (is_blank && variable.name == "time_local") return ValueShape::kTime;
  if ((is_blank || next == ',') && variable.name.starts_with("upstream_")) return ValueShape::kList;
  if (next == ':' && variable.meaning.field == LineField::kHost) return ValueShape::kHost;
  return ValueShape::kPlain;
}

// "$name" or "${name}" at the front of `text`, which is removed from it.
Result<std::string> TakeName(std::string_view& text) {
  const bool has_braces = text.substr(1).starts_with('{');
  const std::size_t start = has_braces ? 2 : 1;
  std::size_t end = start;
  while (end < text.size() && IsNameByte(text[end])) ++end;
  if (end == start || (has_braces && (end == text.size() || text[end] != '}'))) {
    return Status::InvalidArgument("no variable's name behind `$` at `" + std::string(text.substr(0, 20)) + "`");
  }
  std::string name(text.substr(start, end - start));
  text.remove_prefix(end + (has_braces ? 1 : 0));
  return name;
}

// Variables without text between them make one value, which is good as long as it does not count.
Status MergeAdjacent(LineFormat& format) {
  std::vector<LogVariable> merged;
  for (LogVariable& variable : format.variables) {
    if (!merged.empty() && merged.back().until.empty()) {
      const LogVariable& before = merged.back();
      if (before.meaning.field != LineField::kNone || variable.meaning.field != LineField::kNone) {
        return Status::InvalidArgument("nothing tells where $" + before.name + " ends and $" + variable.name +
                                       " begins: put a blank or quotes between them");
      }
      merged.pop_back();
    }
    merged.push_back(std::move(variable));
  }
  format.variables = std::move(merged);
  return Status::Ok();
}

Result<LineFormat> Compile(std::string_view text) {
  LineFormat format;
  bool tells_requests = false;
  while (!text.empty()) {
    const std::size_t dollar = text.find('$');
    std::string& literal = format.variables.empty() ? format.start : format.variables.back().until;
    literal += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar);
    LogVariable variable;
    PT_ASSIGN_OR_RETURN(variable.name, TakeName(text));
    variable.meaning = MeaningOf(variable.name);
    tells_requests |= variable.name == "status" || variable.name == "request";
    format.variables.push_back(std::move(variable));
  }
  if (!tells_requests) {
    return Status::InvalidArgument(
        format.variables.empty()
            ? "no such format: take json, combined, vhost_combined or an nginx log_format with its $variables"
            : "the log_format has neither $status nor $request: add $status");
  }
  PT_RETURN_IF_ERROR(MergeAdjacent(format));
  for (LogVariable& variable : format.variables) variable.shape = ShapeOf(variable);
  return format;
}

// One argument of a directive of nginx.conf, its quotes and their escapes undone as nginx does.
Result<std::string> TakeArgument(std::string_view& text) {
  const char quote = text.front();
  std::string argument;
  if (quote != '\'' && quote != '"') {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n;"), text.size());
    argument = text.substr(0, end);
    text.remove_prefix(end);
    return argument;
  }
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == quote) {
      text.remove_prefix(i + 1);
      if (text.empty() || (kWhiteSpace.find(text.front()) != std::string_view::npos) || text.front() == ';') {
        return argument;
      }
      return Status::InvalidArgument("a blank must follow the quote that closes a piece, not `" +
                                     std::string(text.substr(0, 10)) + "`");
    }
    if (text[i] == '\\' && i + 1 < text.size()) {
      const char next = text[i + 1];
      const std::size_t known = std::string_view("\"'\\trn").find(next);
      if (known != std::string_view::npos) {
        argument.push_back("\"'\\\t\r\n"[known]);
        ++i;
        continue;
      }
    }
    argument.push_back(text[i]);
  }
  return Status::InvalidArgument("a quote is not closed");
}

void TrimFront(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(kWhiteSpace), text.size()));
}

Status ReadEscape(std::string_view value, bool& has_escapes) {
  if (value != "default" && value != "json" && value != "none") {
    return Status::InvalidArgument("escape=" + std::string(value.substr(0, 20)) + " is unknown: default, json or none");
  }
  has_escapes = value != "none";
  return Status::Ok();
}

// [log_format NAME] [escape=...] 'piece' ... [;]
Result<LineFormat> CompileDirective(std::string_view text) {
  constexpr std::string_view kDirective = "log_format";
  constexpr std::string_view kEscape = "escape=";
  if (text.starts_with(kDirective)) {
    text.remove_prefix(kDirective.size());
    TrimFront(text);
    if (!text.empty()) PT_RETURN_IF_ERROR(TakeArgument(text).status());
    TrimFront(text);
  }
  bool has_escapes = true;
  if (text.starts_with(kEscape)) {
    PT_ASSIGN_OR_RETURN(const std::string escape, TakeArgument(text));
    PT_RETURN_IF_ERROR(ReadEscape(std::string_view(escape).substr(kEscape.size()), has_escapes));
  }
  std::string pieces;
  for (TrimFront(text); !text.empty(); TrimFront(text)) {
    if (text.front() == ';') {
      text.remove_prefix(1);
      TrimFront(text);
      if (!text.empty()) return Status::InvalidArgument("something follows the `;` of the log_format");
      break;
    }
    PT_ASSIGN_OR_RETURN(const std::string piece, TakeArgument(text));
    pieces += piece;
  }
  PT_ASSIGN_OR_RETURN(LineFormat format, Compile(pieces));
  format.has_escapes = has_escapes;
  return format;
}

}  // namespace

Result<LineFormat> ParseLineFormat(std::string_view text) {
  if (text.size() > kLogFormatBytesMax) {
    return Status::InvalidArgument("a log_format longer than " + std::to_string(kLogFormatBytesMax) + " bytes");
  }
  TrimFront(text);
  while (!text.empty() && kWhiteSpace.find(text.back()) != std::string_view::npos) text.remove_suffix(1);
  if (text == "combined" || text == "vhost_combined") {
    std::string format(text == "combined" ? "" : kVhostPrefix);
    format += kCombined;
    PT_ASSIGN_OR_RETURN(LineFormat combined, Compile(format));
    combined.allows_more = true;
    return combined;
  }
  const bool is_directive = text.starts_with("log_format ") || text.starts_with("log_format\t") ||
                            text.starts_with("escape=") || text.starts_with('\'');
  return is_directive ? CompileDirective(text) : Compile(text);
}

}  // namespace proxy_telemetry

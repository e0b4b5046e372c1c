#include "logs/format_line.h"

#include <utility>

namespace proxy_telemetry {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// " HTTP/1.1" at the end of `request`.
bool HasProtocol(std::string_view request) {
  constexpr std::string_view kProtocol = " HTTP/1.";
  return request.size() > kProtocol.size() && IsDigit(request.back()) &&
         request.substr(request.size() - kProtocol.size() - 1, kProtocol.size() - 2) == " HTTP/" &&
         IsDigit(request[request.size() - 3]) && request[request.size() - 2] == '.';
}

// Where a list of tries that starts at `at` ends: a try goes to a blank, a comma or `until`.
std::size_t ListEnd(std::string_view line, std::size_t at, std::string_view until) {
  while (true) {
    while (at < line.size() && line[at] != ' ' && line[at] != ',' && !line.substr(at).starts_with(until)) ++at;
    if (line.substr(at, 2) == ", ") {
      at += 2;
    } else if (line.substr(at, 3) == " : ") {
      at += 3;
    } else {
      return at;
    }
  }
}

// nginx writes seconds as "0.002" always; other numbers may be anything.
bool IsNginxSeconds(std::string_view text) {
  if (text.size() < 5 || text[text.size() - 4] != '.') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!IsDigit(text[i]) && i != text.size() - 4) return false;
  }
  return true;
}

}  // namespace

FormatLine::FormatLine(LineFormat format) : format_(std::move(format)) {
  for (const LogVariable& variable : format_.variables) {
    problems_.push_back("the line does not fit the format behind $" + variable.name);
    has_status_ |= variable.meaning.field == LineField::kStatus;
  }
  problems_.emplace_back("the line does not begin as the format does");
  problems_.emplace_back("something follows what the format has");
  problems_.emplace_back("no status where the format has $status");
}

LineOutcome FormatLine::Refuse(std::size_t problem) {
  problem_ = problem;
  return LineOutcome::kUnreadable;
}

LineOutcome FormatLine::Parse(std::string_view line, AccessRecord& record) {
  const std::size_t variables = format_.variables.size();
  builder_.Start();
  if (!line.starts_with(format_.start)) return Refuse(variables);
  std::size_t at = format_.start.size();
  for (std::size_t i = 0; i < variables; ++i) {
    const LogVariable& variable = format_.variables[i];
    const std::size_t end = EndOf(variable, line, at);
    if (end == kNone) return Refuse(i);
    if (variable.meaning.field != LineField::kNone) {
      const std::string_view value = line.substr(at, end - at);
      const bool is_escaped = format_.has_escapes && value.find('\\') != kNone;
      builder_.Add(variable.meaning, value, is_escaped);
    }
    at = end + variable.until.size();
  }
  if (at < line.size() && !TakeMore(line.substr(at))) return Refuse(variables + 1);
  if (has_status_ && !builder_.has(LineField::kStatus)) return Refuse(variables + 2);
  builder_.Finish(record);
  return LineOutcome::kRecord;
}

// Behind `combined` people put a request time; with more than that it could be any of the fields.
bool FormatLine::TakeMore(std::string_view rest) {
  if (!format_.allows_more || rest.front() != ' ') return false;
  rest.remove_prefix(1);
  if (IsNginxSeconds(rest)) builder_.Add({LineField::kSeconds, 0, TimeUnit::kSeconds}, rest, false);
  return true;
}

std::size_t FormatLine::EndOf(const LogVariable& variable, std::string_view line, std::size_t at) const {
  if (variable.until.empty()) return line.size();
  switch (variable.shape) {
    case ValueShape::kPlain:
      break;
    case ValueShape::kTime: {
      const std::size_t blank = line.find(' ', at);
      return blank == kNone ? kNone : Find(variable, line, at, blank + 1);
    }
    case ValueShape::kHost: {
      if (at >= line.size() || line[at] != '[') break;
      const std::size_t bracket = line.find(']', at);
      return bracket == kNone ? kNone : Find(variable, line, at, bracket);
    }
    case ValueShape::kList: {
      const std::size_t end = ListEnd(line, at, variable.until);
      if (line.substr(end).starts_with(variable.until)) return end;
      break;
    }
    case ValueShape::kRequest:
      for (std::size_t end = line.find(variable.until, at); end != kNone; end = line.find(variable.until, end + 1)) {
        if (HasProtocol(line.substr(at, end - at))) return end;
      }
      break;
  }
  return Find(variable, line, at, at);
}

// The first place at or behind `from` where the value that began at `at` may end.
std::size_t FormatLine::Find(const LogVariable& variable, std::string_view line, std::size_t at,
                             std::size_t from) const {
  const bool minds_escapes = format_.has_escapes && variable.until.front() == '"';
  while (true) {
    const std::size_t end = line.find(variable.until, from);
    if (end == kNone || !minds_escapes) return end;
    // A quote behind an odd number of backslashes belongs to the value.
    std::size_t backslashes = 0;
    while (end - backslashes > at && line[end - backslashes - 1] == '\\') ++backslashes;
    if (backslashes % 2 == 0) return end;
    from = end + 1;
  }
}

}  // namespace proxy_telemetry

#include "openmetrics_metadata.h"

#include <array>
#include <utility>

namespace proxy_telemetry {
namespace {

using Kind = Metadata::Kind;

bool Fail(LineError& error, std::size_t offset, std::string reason) {
  error.offset = offset;
  error.reason = std::move(reason);
  return false;
}

struct TypeWord {
  std::string_view word;
  DeclaredType type;
};
constexpr std::array<TypeWord, 5> kTextTypes = {{{"counter", DeclaredType::kCounter},
                                                 {"gauge", DeclaredType::kGauge},
                                                 {"histogram", DeclaredType::kHistogram},
                                                 {"summary", DeclaredType::kSummary},
                                                 {"untyped", DeclaredType::kUnknown}}};
constexpr std::array<TypeWord, 8> kOpenMetricsTypes = {{{"counter", DeclaredType::kCounter},
                                                        {"gauge", DeclaredType::kGauge},
                                                        {"histogram", DeclaredType::kHistogram},
                                                        {"summary", DeclaredType::kSummary},
                                                        {"unknown", DeclaredType::kUnknown},
                                                        {"gaugehistogram", DeclaredType::kGaugeHistogram},
                                                        {"info", DeclaredType::kInfo},
                                                        {"stateset", DeclaredType::kStateset}}};

template <std::size_t Size>
bool FindType(const std::array<TypeWord, Size>& types, std::string_view word, DeclaredType& type) {
  for (const TypeWord& known : types) {
    if (known.word != word) continue;
    type = known.type;
    return true;
  }
  return false;
}

const char* KindName(Kind kind) {
  switch (kind) {
    case Kind::kHelp:
      return "HELP";
    case Kind::kType:
      return "TYPE";
    case Kind::kUnit:
      return "UNIT";
    case Kind::kEof:
      return "EOF";
    case Kind::kComment:
      return "comment";
  }
  return "comment";
}

// What follows "# ", and where what is behind the keyword and its blank starts.
Kind ReadKind(ExpositionFormat format, std::string_view line, std::size_t& at) {
  const std::string_view word = line.substr(at, 4);
  const bool text = format == ExpositionFormat::kText;
  if (!text && word.substr(0, 3) == "EOF") {
    at += 3;
    return Kind::kEof;
  }
  const std::size_t end = at + 4;
  if (end >= line.size() || !(line[end] == ' ' || (text && line[end] == '\t'))) return Kind::kComment;
  const Kind kind = word == "HELP"            ? Kind::kHelp
                    : word == "TYPE"          ? Kind::kType
                    : word == "UNIT" && !text ? Kind::kUnit
                                              : Kind::kComment;
  at = text ? SkipBlanks(line, end) : end + 1;
  return kind;
}

// The text behind the name. One byte separates them; 0.0.4 takes blanks alone for no text.
bool ReadText(ExpositionFormat format, std::string_view line, std::size_t& at, Metadata& metadata, LineError& error) {
  const bool text = format == ExpositionFormat::kText;
  if (!text && (at >= line.size() || line[at] != ' ')) {
    return Fail(error, at, std::string("expected \" \" and text in ") + KindName(metadata.kind) + ", " + Got(line, at));
  }
  at = text && SkipBlanks(line, at) == line.size() ? line.size() : at + 1;
  metadata.text = line.substr(at);
  return true;
}

bool CheckText(ExpositionFormat format, std::string_view line, std::size_t at, Metadata& metadata, LineError& error) {
  const std::string_view text = metadata.text;
  if (metadata.kind == Kind::kType) {
    const bool known = format == ExpositionFormat::kText ? FindType(kTextTypes, text, metadata.type)
                                                         : FindType(kOpenMetricsTypes, text, metadata.type);
    if (known) return true;
    const std::string_view words =
        format == ExpositionFormat::kText
            ? "counter, gauge, histogram, summary or untyped"
            : "counter, gauge, histogram, summary, unknown, gaugehistogram, info or stateset";
    const std::string got = text.empty() ? "got the end of the line" : "got " + QuotedToken(text);
    return Fail(error, at, "expected a metric type (" + std::string(words) + "), " + got);
  }
  if (metadata.kind == Kind::kHelp) {
    const std::size_t invalid = FindInvalidUtf8(text);
    return invalid == std::string_view::npos ||
           Fail(error, at + invalid, "the help text is not valid UTF-8, " + Got(line, at + invalid));
  }
  const std::string_view name = metadata.name;
  const bool suffix =
      text.empty() || (name.size() > text.size() && name.ends_with(text) && name[name.size() - text.size() - 1] == '_');
  return suffix || Fail(error, at, "unit " + QuotedToken(text) + " is not the end of metric name " + QuotedToken(name));
}

}  // namespace

bool ReadMetadata(ExpositionFormat format, std::string_view line, Metadata& metadata, LineError& error) {
  const bool text = format == ExpositionFormat::kText;
  metadata = {};
  std::size_t at = (text ? SkipBlanks(line, 0) : 0) + 1;
  const std::size_t word = text ? SkipBlanks(line, at) : at + 1;
  const bool spaced = text ? word > at : at < line.size() && line[at] == ' ';
  if (spaced && word <= line.size()) {
    at = word;
    metadata.kind = ReadKind(format, line, at);
  }
  if (metadata.kind == Kind::kComment) {
    return text ||
           Fail(error, at - 1,
                "expected HELP, TYPE, UNIT or EOF behind \"# \" (OpenMetrics has no comments), " + Got(line, at));
  }
  if (metadata.kind == Kind::kEof) {
    return at == line.size() || Fail(error, at, "nothing may follow # EOF, " + Got(line, at));
  }
  const std::size_t end = NameEnd(line, at, byte_class::kMetricStart);
  if (end == at) {
    std::string reason = std::string("expected a metric name after ") + KindName(metadata.kind) + ", " + Got(line, at);
    if (at < line.size() && line[at] == '"') reason.append(": ").append(kNoQuotedNames);
    return Fail(error, at, std::move(reason));
  }
  metadata.name = line.substr(at, end - at);
  at = end;
  return ReadText(format, line, at, metadata, error) && CheckText(format, line, at, metadata, error);
}

}  // namespace proxy_telemetry

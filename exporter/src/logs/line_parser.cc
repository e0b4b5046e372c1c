#include "logs/line_parser.h"

#include "logs/log_format.h"
#include "logs/log_notice.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kTooLong = "longer than 65536 bytes";

}  // namespace

Result<LineParser> LineParser::Make(const std::string& format, ProxyKind proxy) {
  if (format == "json") return LineParser(JsonLine(LogKindOf(proxy)));
  PT_ASSIGN_OR_RETURN(LineFormat compiled, ParseLineFormat(format));
  return LineParser(FormatLine(std::move(compiled)));
}

LineOutcome LineParser::Parse(std::string_view line, AccessRecord& record) {
  if (line.size() > kLogLineBytesMax) {
    problem_ = kTooLong;
    return LineOutcome::kUnreadable;
  }
  const LineOutcome outcome = std::visit([&](auto& format) { return format.Parse(line, record); }, format_);
  if (outcome != LineOutcome::kUnreadable) return outcome;
  if (IsProxyNotice(line)) return LineOutcome::kOther;
  problem_ = std::visit([](const auto& format) { return format.problem(); }, format_);
  return outcome;
}

}  // namespace proxy_telemetry

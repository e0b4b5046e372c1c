// LineParser: one line of an access log to an AccessRecord, in the format that the configuration names.
//
// Movable, not copyable. Single thread: Parse() uses scratch memory of the parser. Memory: a few kB, and the longest
// value with escapes (at most kLogLineBytesMax). Parse() allocates nothing once that has grown.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "base/status.h"
#include "config/config.h"
#include "logs/access_record.h"
#include "logs/format_line.h"
#include "logs/json_line.h"
#include "logs/line_outcome.h"

namespace proxy_telemetry {

// Longer lines are unreadable.
inline constexpr std::size_t kLogLineBytesMax = std::size_t{64} << 10U;

class LineParser {
 public:
  // `format`: "json", "combined", "vhost_combined", or an nginx log_format string (see ParseLineFormat). `proxy`
  // decides what names that several proxies use mean (Caddy's `duration` is seconds, Envoy's milliseconds); kAuto: what
  // else the line holds decides.
  static Result<LineParser> Make(const std::string& format, ProxyKind proxy);

  // `line` without its newline and without a syslog prefix. `record` is set on kRecord alone, its views are valid until
  // the next call and no longer than the line.
  LineOutcome Parse(std::string_view line, AccessRecord& record);

  // Why the last line was unreadable: short, about the format and not from the line; valid until the next call.
  std::string_view problem() const { return problem_; }

 private:
  explicit LineParser(JsonLine json) : format_(std::move(json)) {}
  explicit LineParser(FormatLine format) : format_(std::move(format)) {}

  std::variant<JsonLine, FormatLine> format_;
  std::string_view problem_;
};

}  // namespace proxy_telemetry

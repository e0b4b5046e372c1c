// LineFormat: an nginx log_format, taken apart into what a line has to be read by. A plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "logs/log_fields.h"

namespace proxy_telemetry {

inline constexpr std::size_t kLogFormatBytesMax = 8192;

// How the end of a value is told where the text behind it may be in the value, too.
enum class ValueShape : std::uint8_t {
  kPlain,
  kRequest,  // has blanks: goes on to "HTTP/1.1"
  kTime,     // $time_local: has one blank
  kList,     // tries of an upstream: "0.000, 0.002 : 0.001"
  kHost,     // may be "[::1]"
};

struct LogVariable {
  std::string name;
  LogMeaning meaning;  // LineField::kNone: passed over
  ValueShape shape = ValueShape::kPlain;
  std::string until;  // the text behind the value; "" for the last one alone, which takes the rest of the line
};

struct LineFormat {
  std::string start;  // the text before the first variable
  std::vector<LogVariable> variables;
  bool has_escapes = true;   // false: escape=none
  bool allows_more = false;  // combined: a request time, or fields that nobody knows, may follow
};

// `text` is "combined", "vhost_combined", the format alone as nginx uses it ($host:$server_port "$request" ...), or how
// nginx.conf has it: 'pieces' 'in quotes', also with `escape=json` or all of `log_format NAME escape=json` before them
// and a `;` behind. Fails where neither $status nor $request is in it, and where a value that counts is not told apart
// from the next.
Result<LineFormat> ParseLineFormat(std::string_view text);

}  // namespace proxy_telemetry

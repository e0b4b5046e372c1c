// Structured log lines on stderr, in logfmt or JSON, through spdlog.
//
//   LogWarn("scrape failed", {{"job", job}, {"instance", instance}, {"reason", status.message()}});
//
// Any thread. A value is quoted where the format needs it; secrets are never passed here.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/status.h"

namespace proxy_telemetry {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kLogfmt, kJson };

// debug|info|warn|error and logfmt|json, as on the command line.
Result<LogLevel> ParseLogLevel(std::string_view text);
Result<LogFormat> ParseLogFormat(std::string_view text);

struct LogField {
  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, bool v) : key(k), value(v ? "true" : "false") {}
  template <std::integral T>
  LogField(std::string_view k, T v) : key(k), value(std::to_string(v)) {}

  std::string_view key;
  std::string value;
};
using LogFields = std::initializer_list<LogField>;

// Once, before threads start. Without it: info, logfmt.
void InitLog(LogLevel level, LogFormat format);

void LogDebug(std::string_view message, LogFields fields = {});
void LogInfo(std::string_view message, LogFields fields = {});
void LogWarn(std::string_view message, LogFields fields = {});
void LogError(std::string_view message, LogFields fields = {});

// The line that is written, without its newline: ts=T level=info msg="..." key=value, or the same as a JSON object.
// Always valid UTF-8 without control characters.
std::string FormatLogLine(LogFormat format, std::string_view time, LogLevel level, std::string_view message,
                          LogFields fields);

}  // namespace proxy_telemetry

#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <ctime>
#include <memory>

#include "base/utf8.h"

namespace proxy_telemetry {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warn", "error"};
constexpr std::array<spdlog::level::level_enum, 4> kSpdlogLevels{spdlog::level::debug, spdlog::level::info,
                                                                 spdlog::level::warn, spdlog::level::err};

std::atomic<LogFormat> format_in_use{LogFormat::kLogfmt};

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> kLogger = [] {
    auto made = std::make_shared<spdlog::logger>("proxy-telemetry", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *kLogger;
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

void AppendHex(unsigned char c, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "\\u00";
  out += kDigits[c >> 4U];
  out += kDigits[c & 15U];
}

bool IsControl(unsigned char byte) { return byte < 0x20 || byte == 0x7f; }

// U+0080 to U+009F: some terminals obey them.
bool IsC1Control(std::string_view character) {
  return character.size() == 2 && character[0] == '\xC2' && static_cast<unsigned char>(character[1]) < 0xa0;
}

// Quotes for both formats: JSON's escapes are also logfmt's. What is not UTF-8 becomes U+FFFD, byte by byte.
void AppendQuoted(std::string_view text, std::string& out) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = Utf8CharSize(text, at);
    const char c = text[at];
    const std::string_view character = text.substr(at, size);
    at += std::max<std::size_t>(size, 1);
    if (size == 0) {
      out += kReplacement;
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (IsControl(static_cast<unsigned char>(c))) {
      AppendHex(static_cast<unsigned char>(c), out);
    } else if (IsC1Control(character)) {
      AppendHex(static_cast<unsigned char>(character[1]), out);
    } else {
      out += character;
    }
  }
  out += '"';
}

// ASCII that reads back without quotes. The rest is quoted, so that one place takes care of UTF-8.
bool IsPlain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7f && c != '"' && c != '=' && c != '\\';
}

void AppendLogfmtValue(std::string_view value, std::string& out) {
  if (!value.empty() && std::all_of(value.begin(), value.end(), IsPlain)) {
    out += value;
  } else {
    AppendQuoted(value, out);
  }
}

std::string NowRfc3339() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> buffer{};
  const std::size_t size = std::strftime(buffer.data(), buffer.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  return fmt::format("{}.{:03}Z", std::string_view(buffer.data(), size), ms);
}

void Log(LogLevel level, std::string_view message, LogFields fields) {
  const auto spdlog_level = kSpdlogLevels[static_cast<std::size_t>(level)];
  if (!Logger().should_log(spdlog_level)) return;
  Logger().log(spdlog_level, FormatLogLine(format_in_use.load(), NowRfc3339(), level, message, fields));
}

template <std::size_t N>
std::size_t IndexOf(const std::array<std::string_view, N>& names, std::string_view text) {
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), text) - names.begin());
}

}  // namespace

Result<LogLevel> ParseLogLevel(std::string_view text) {
  const std::size_t index = IndexOf(kLevelNames, text);
  if (index == kLevelNames.size()) {
    return Status::InvalidArgument("\"" + std::string(text) + "\" is not a log level; use debug, info, warn or error");
  }
  return static_cast<LogLevel>(index);
}

Result<LogFormat> ParseLogFormat(std::string_view text) {
  if (text == "logfmt") return LogFormat::kLogfmt;
  if (text == "json") return LogFormat::kJson;
  return Status::InvalidArgument("\"" + std::string(text) + "\" is not a log format; use logfmt or json");
}

void InitLog(LogLevel level, LogFormat format) {
  format_in_use.store(format);
  Logger().set_level(kSpdlogLevels[static_cast<std::size_t>(level)]);
}

std::string FormatLogLine(LogFormat format, std::string_view time, LogLevel level, std::string_view message,
                          LogFields fields) {
  const bool json = format == LogFormat::kJson;
  std::string line = json ? "{" : "";
  const auto append = [&](std::string_view key, std::string_view value) {
    if (line.size() > 1) line += json ? ',' : ' ';
    if (json) {
      AppendQuoted(key, line);
      line += ':';
      AppendQuoted(value, line);
    } else {
      line += key;
      line += '=';
      AppendLogfmtValue(value, line);
    }
  };
  append("ts", time);
  append("level", kLevelNames[static_cast<std::size_t>(level)]);
  append("msg", message);
  for (const LogField& field : fields) append(field.key, field.value);
  if (json) line += '}';
  return line;
}

void LogDebug(std::string_view message, LogFields fields) { Log(LogLevel::kDebug, message, fields); }
void LogInfo(std::string_view message, LogFields fields) { Log(LogLevel::kInfo, message, fields); }
void LogWarn(std::string_view message, LogFields fields) { Log(LogLevel::kWarn, message, fields); }
void LogError(std::string_view message, LogFields fields) { Log(LogLevel::kError, message, fields); }

}  // namespace proxy_telemetry

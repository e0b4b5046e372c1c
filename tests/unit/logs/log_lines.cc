#include "log_lines.h"

#include <gtest/gtest.h>

#include <fstream>

#include "logs/syslog_prefix.h"

namespace proxy_telemetry {

LineParser ParserOf(const std::string& format, ProxyKind proxy) {
  Result<LineParser> parser = LineParser::Make(format, proxy);
  EXPECT_TRUE(parser.ok()) << format << ": " << parser.status().message();
  return parser.ok() ? std::move(*parser) : *LineParser::Make("json", proxy);
}

ReadLine Read(LineParser& parser, std::string_view line) {
  AccessRecord record;
  ReadLine read;
  read.outcome = parser.Parse(line, record);
  if (read.outcome == LineOutcome::kUnreadable) read.problem = parser.problem();
  if (read.outcome != LineOutcome::kRecord) return read;
  read.host = record.host;
  read.status = record.status;
  read.seconds = record.seconds;
  read.upstream_seconds = record.upstream_seconds;
  read.request_bytes = record.request_bytes;
  read.response_bytes = record.response_bytes;
  return read;
}

ReadLine Read(const std::string& format, ProxyKind proxy, std::string_view line) {
  LineParser parser = ParserOf(format, proxy);
  return Read(parser, line);
}

ReadLine ReadJson(std::string_view line, ProxyKind proxy) { return Read("json", proxy, line); }

std::vector<std::string> LinesOf(const std::string& fixture) {
  std::ifstream file(std::string(PT_FIXTURES) + "/payloads/" + fixture, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << fixture;
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

LogSums SumsOf(const std::string& fixture, const std::string& format, ProxyKind proxy) {
  LineParser parser = ParserOf(format, proxy);
  LogSums sums;
  for (const std::string& line : LinesOf(fixture)) {
    const ReadLine read = Read(parser, StripSyslogPrefix(line));
    if (read.outcome == LineOutcome::kOther) ++sums.other;
    if (read.outcome == LineOutcome::kUnreadable) ++sums.unreadable;
    if (read.outcome != LineOutcome::kRecord) continue;
    ++sums.requests[{read.host, read.status}];
    sums.with_seconds += read.seconds.has_value() ? 1 : 0;
    sums.with_upstream += read.upstream_seconds.has_value() ? 1 : 0;
    sums.seconds += read.seconds.value_or(0);
    sums.upstream_seconds += read.upstream_seconds.value_or(0);
    sums.request_bytes += read.request_bytes.value_or(0);
    sums.response_bytes += read.response_bytes.value_or(0);
  }
  return sums;
}

}  // namespace proxy_telemetry

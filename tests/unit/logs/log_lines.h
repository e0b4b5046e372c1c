// Lines read by a LineParser, as tests want to look at them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "logs/line_parser.h"

namespace proxy_telemetry {

// An AccessRecord that owns its host.
struct ReadLine {
  LineOutcome outcome = LineOutcome::kUnreadable;
  std::string host;
  int status = -1;  // -1: no record
  std::optional<double> seconds;
  std::optional<double> upstream_seconds;
  std::optional<double> request_bytes;
  std::optional<double> response_bytes;
  std::string problem;  // of an unreadable line
};

// Fails the test when the format is bad.
LineParser ParserOf(const std::string& format, ProxyKind proxy = ProxyKind::kAuto);
ReadLine Read(LineParser& parser, std::string_view line);
ReadLine Read(const std::string& format, ProxyKind proxy, std::string_view line);
ReadLine ReadJson(std::string_view line, ProxyKind proxy = ProxyKind::kAuto);

// What a whole log adds up to.
struct LogSums {
  std::map<std::pair<std::string, int>, int> requests;  // by host and status
  int other = 0;
  int unreadable = 0;
  double seconds = 0;
  double upstream_seconds = 0;
  int with_seconds = 0;
  int with_upstream = 0;
  double request_bytes = 0;
  double response_bytes = 0;
};
// The fixture's lines, each without its syslog prefix.
LogSums SumsOf(const std::string& fixture, const std::string& format, ProxyKind proxy);

std::vector<std::string> LinesOf(const std::string& fixture);

}  // namespace proxy_telemetry

#include "logs/log_notice.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace proxy_telemetry {
namespace {

constexpr std::array<std::string_view, 15> kHaproxyStarts = {
    "Server ",   "Backup Server ", "backend ",          "Backend ",  "Proxy ",
    "proxy ",    "Connect from ",  "Health check for ", "Stopping ", "Pausing ",
    "Resuming ", "Starting ",      "Process ",          "Enabled ",  "Disabled "};

// '0' stands for a digit, anything else for itself.
bool Fits(std::string_view text, std::string_view pattern) {
  if (text.size() < pattern.size()) return false;
  return std::equal(pattern.begin(), pattern.end(), text.begin(),
                    [](char p, char c) { return p == '0' ? c >= '0' && c <= '9' : p == c; });
}

// "127.0.0.1:4242 [22/Nov/2026:09:30:41.123] fe/1: SSL handshake failure": what an access line has behind the frontend
// is the backend, and no colon before it.
bool IsHaproxyConnectionError(std::string_view line) {
  const std::size_t date = line.find(" [");
  if (date == std::string_view::npos || line.substr(0, date).find(' ') != std::string_view::npos) return false;
  const std::size_t frontend = line.find("] ", date);
  if (frontend == std::string_view::npos) return false;
  std::string_view token = line.substr(frontend + 2);
  token = token.substr(0, token.find(' '));
  return token.size() >= 4 && token.ends_with(':') && token.find('/') != std::string_view::npos;
}

}  // namespace

bool IsProxyNotice(std::string_view line) {
  if (line.empty()) return true;
  if (Fits(line, "0000/00/00 00:00:00 [")) return true;
  for (const std::string_view start : kHaproxyStarts) {
    if (line.starts_with(start)) return true;
  }
  return IsHaproxyConnectionError(line);
}

}  // namespace proxy_telemetry

#include "address.h"

#include <algorithm>
#include <charconv>

#include "reader.h"

namespace proxy_telemetry {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::size_t kUnixPathBytesMax = 107;  // sun_path with its NUL
constexpr std::size_t kHostBytesMax = 253;

bool IsAlnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool AllOf(std::string_view text, std::string_view more) {
  return std::all_of(text.begin(), text.end(),
                     [more](char c) { return IsAlnum(c) || more.find(c) != std::string_view::npos; });
}

std::string PortFault(std::string_view port) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool good = error == std::errc() && end == port.data() + port.size() && number >= 1 && number <= 65535;
  return good ? "" : "port " + Quoted(port) + " must be a number from 1 to 65535";
}

}  // namespace

std::string UnixPathFault(std::string_view scheme, std::string_view path, std::string_view example) {
  const std::string what = "the path behind " + std::string(scheme);
  if (!path.starts_with('/')) return what + " must be absolute, as in " + std::string(example);
  if (path.size() > kUnixPathBytesMax) {
    return what + " is longer than " + std::to_string(kUnixPathBytesMax) + " bytes, the system's limit";
  }
  const bool control =
      std::any_of(path.begin(), path.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  return control ? what + " holds a control character" : "";
}

std::string TargetFault(const std::string& address) {
  const std::string_view all = address;
  if (all.empty()) return "must not be empty; write host:port or unix:/path";
  if (all.starts_with(kUnix)) return UnixPathFault(kUnix, all.substr(kUnix.size()), "unix:/run/haproxy/admin.sock");
  if (all.find("://") != std::string_view::npos || all.find('/') != std::string_view::npos) {
    return Quoted(all) + " must be host:port only; scheme and path go to scheme: and metrics_path:";
  }
  std::string_view host = all;
  std::string_view port;
  bool has_port = false;
  if (all[0] == '[') {
    const std::size_t close = all.find(']');
    if (close == std::string_view::npos || close < 3 || !AllOf(all.substr(1, close - 1), ":.%")) {
      return Quoted(all) + " is not [IPv6 address]:port";
    }
    host = {};
    has_port = close + 1 < all.size();
    port = all.substr(close + 1);
    if (has_port && port[0] != ':') return Quoted(all) + " is not [IPv6 address]:port";
    if (has_port) port.remove_prefix(1);
  } else if (const std::size_t colon = all.find(':'); colon != std::string_view::npos) {
    if (all.find(':', colon + 1) != std::string_view::npos) return Quoted(all) + " needs brackets: [IPv6 address]:port";
    host = all.substr(0, colon);
    port = all.substr(colon + 1);
    has_port = true;
    if (host.empty()) return Quoted(all) + " has no host before the port";
  }
  if (host.size() > kHostBytesMax || !AllOf(host, ".-_")) {
    return Quoted(all) + " is not a target; write host:port or unix:/path";
  }
  return has_port ? PortFault(port) : "";
}

}  // namespace proxy_telemetry

#include "http_listen.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <memory>
#include <tuple>
#include <vector>

namespace proxy_telemetry {
namespace {

// An address in the form the socket calls take.
struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t length = sizeof(sockaddr_storage);

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  // 0 when it is neither IPv4 nor IPv6.
  std::uint16_t port() const {
    if (storage.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
    if (storage.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port);
    return 0;
  }
};

SocketAddress ToSocketAddress(const ListenAddress& address) {
  SocketAddress result;
  if (address.ipv6) {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(address.port);
    inet_pton(AF_INET6, address.ip.c_str(), &in6->sin6_addr);
    result.length = sizeof(sockaddr_in6);
  } else {
    auto* in = reinterpret_cast<sockaddr_in*>(&result.storage);
    in->sin_family = AF_INET;
    in->sin_port = htons(address.port);
    inet_pton(AF_INET, address.ip.c_str(), &in->sin_addr);
    result.length = sizeof(sockaddr_in);
  }
  return result;
}

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

Status Wrong(std::string_view text, std::string_view why) {
  return Status::InvalidArgument("listen address \"" + std::string(text) + "\": " + std::string(why) +
                                 "; write IP:PORT, such as 127.0.0.1:19090");
}

Status NotSupported(std::string_view text, std::string_view what) {
  return Status::Unsupported("listen address \"" + std::string(text) + "\": " + std::string(what) +
                             " not supported by this build's HTTP library; use an IPv4 address such as "
                             "127.0.0.1:19090");
}

Result<std::string> ResolveIpv4(const std::string& name) {
  addrinfo hints = {};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  if (const int error = getaddrinfo(name.c_str(), nullptr, &hints, &raw); error != 0) {
    return Status::InvalidArgument(gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> found(raw, &freeaddrinfo);
  char ip[INET_ADDRSTRLEN] = {};
  inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(found->ai_addr)->sin_addr, ip, sizeof(ip));
  return std::string(ip);
}

bool IsIpv4(const std::string& text) {
  in_addr address = {};
  return inet_pton(AF_INET, text.c_str(), &address) == 1;
}

bool IsIpv6(const std::string& text) {
  in6_addr address = {};
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace

std::string ListenAddress::ToString() const {
  return ipv6 ? fmt::format("[{}]:{}", ip, port) : fmt::format("{}:{}", ip, port);
}

Result<ListenAddress> ParseListenAddress(std::string_view text, bool ipv6_supported) {
  if (text.starts_with("unix:")) return NotSupported(text, "unix sockets are");
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return Wrong(text, "the port is missing");
  const auto port_text = text.substr(colon + 1);
  std::string host(text.substr(0, colon));

  ListenAddress address;
  const auto [rest, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), address.port);
  if (error != std::errc() || rest != port_text.data() + port_text.size())
    return Wrong(text, "the port is not a number from 0 to 65535");

  if (host.find_first_of("[]:") != std::string::npos) {
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (!bracketed || !IsIpv6(host.substr(1, host.size() - 2))) return Wrong(text, "not an address");
    if (!ipv6_supported) return NotSupported(text, "IPv6 is");
    address.ip = host.substr(1, host.size() - 2);
    address.ipv6 = true;
  } else if (host.empty()) {
    address.ip = "0.0.0.0";
  } else if (host == "localhost") {
    address.ip = "127.0.0.1";
  } else if (IsIpv4(host)) {
    address.ip = std::move(host);
  } else {
    Result<std::string> resolved = ResolveIpv4(host);
    if (!resolved.ok()) return Wrong(text, resolved.status().message());
    address.ip = std::move(resolved).value();
  }
  return address;
}

Status ProbeListen(const ListenAddress& address) {
  const std::string what = "cannot listen on " + address.ToString();
  const Socket probe(socket(address.ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (probe.fd() < 0) return Status::FromErrno(errno, what);
  const int on = 1;
  setsockopt(probe.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  SocketAddress to = ToSocketAddress(address);
  if (bind(probe.fd(), to.get(), to.length) == 0) return Status::Ok();
  const int error = errno;
  if (error == EADDRINUSE) return Status::AlreadyExists(what + ": address already in use");
  if (error == EADDRNOTAVAIL) return Status::InvalidArgument(what + ": not an address of this machine");
  return Status::FromErrno(error, what);
}

void WakeListener(const ListenAddress& address) {
  const Socket caller(socket(address.ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (caller.fd() < 0) return;
  SocketAddress to = ToSocketAddress(address);
  std::ignore = connect(caller.fd(), to.get(), to.length);
}

void ShutDownConnections(std::span<const std::uint16_t> ports) {
  std::error_code error;
  std::vector<int> descriptors;
  for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    int fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    if (fd >= 0) descriptors.push_back(fd);
  }
  for (const int fd : descriptors) {
    SocketAddress local;
    SocketAddress peer;
    if (getsockname(fd, local.get(), &local.length) != 0 || std::ranges::count(ports, local.port()) == 0) continue;
    if (getpeername(fd, peer.get(), &peer.length) != 0) continue;  // the listening socket itself
    shutdown(fd, SHUT_RDWR);
  }
}

}  // namespace proxy_telemetry

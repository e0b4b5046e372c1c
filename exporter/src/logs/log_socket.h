// LogSocket: the datagram socket that a proxy sends its access log to: "unixgram:/path" or "udp://host:port".
//
// Open until destroyed; a unix socket's file goes with it. Receive() is for one thread at a time.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "logs/log_backlog.h"

namespace proxy_telemetry {

// A longer line is cut by the system, so that its end is missing and it is refused.
inline constexpr std::size_t kDatagramBytesMax = std::size_t{64} << 10U;
// Datagrams taken by one call of the system.
inline constexpr std::size_t kDatagramsPerCall = 64;
// What the system may keep for us: more bursts pass without a loss.
inline constexpr int kSocketBufferBytes = 8 << 20;

class LogSocket {
 public:
  // `mode`: who may write to a unix socket. Its file is taken over when nobody listens on it any more.
  static Result<std::unique_ptr<LogSocket>> Open(const std::string& listen, std::uint32_t mode);
  ~LogSocket();
  LogSocket(const LogSocket&) = delete;
  LogSocket& operator=(const LogSocket&) = delete;

  int fd() const { return fd_; }
  // Takes what has arrived, without waiting; true when there may be more. An empty datagram says nothing.
  bool Receive(LogBacklog& backlog);
  // Nobody can send to it any more; what has arrived can still be received.
  void RefuseMore() const;
  // Who may write to a unix socket from now on.
  Status SetMode(std::uint32_t mode) const;
  // False when the file of a unix socket was removed or replaced: nobody can reach it then.
  bool IsReachable() const;

 private:
  class Receiver;
  LogSocket(int fd, std::string path);

  int fd_;
  const std::string path_;  // of a unix socket
  struct stat file_{};      // as it was made
  std::unique_ptr<Receiver> receiver_;
};

// The longest queue of datagrams that a unix socket keeps on this machine (net.unix.max_dgram_qlen); 0: not known.
std::uint64_t UnixQueueLength();

}  // namespace proxy_telemetry

#include "logs/log_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <span>
#include <utility>
#include <vector>

namespace proxy_telemetry {
namespace {

constexpr std::string_view kUnix = "unixgram:";
constexpr std::string_view kUdp = "udp://";

Status LastError(const std::string& what) { return Status::FromErrno(errno, what); }

sockaddr_un UnixAddress(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof(address.sun_path) - 1));
  return address;
}

// A socket's file outlives the program that was killed. One that somebody listens on is left alone.
Status RemoveStale(const std::string& path) {
  struct stat file{};
  if (lstat(path.c_str(), &file) != 0) return Status::Ok();
  if (!S_ISSOCK(file.st_mode)) {
    return Status::AlreadyExists(path + " is there and is no socket; remove it, or give another path to listen");
  }
  const int probe = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return LastError("a socket");
  const sockaddr_un address = UnixAddress(path);
  const int connected = connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  close(probe);
  if (connected == 0) return Status::AlreadyExists("another program listens on " + path + " already");
  if (unlink(path.c_str()) != 0) return LastError("remove the old socket " + path);
  return Status::Ok();
}

Result<int> OpenUnix(const std::string& path, std::uint32_t mode) {
  PT_RETURN_IF_ERROR(RemoveStale(path));
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return LastError("a socket");
  const sockaddr_un address = UnixAddress(path);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 && chmod(path.c_str(), mode) == 0) {
    return fd;
  }
  Status failure = LastError("listen on " + path);
  if (errno == ENOENT) failure = Status::NotFound("the directory of " + path + " is not there; make it: mkdir -p");
  close(fd);
  return failure;
}

Result<int> OpenUdp(const std::string& listen) {
  const std::string address = listen.substr(kUdp.size());
  const std::size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string port = colon == std::string::npos ? "" : address.substr(colon + 1);
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &hints, &found); error != 0) {
    return Status::InvalidArgument("cannot listen on " + listen + ": " + gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, &freeaddrinfo);
  const int fd = socket(addresses->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return LastError("a socket");
  if (bind(fd, addresses->ai_addr, addresses->ai_addrlen) != 0) {
    Status failure = LastError("listen on " + listen);
    close(fd);
    return failure;
  }
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
  return fd;
}

}  // namespace

// Room for one call's datagrams.
class LogSocket::Receiver {
 public:
  Receiver() : bytes_(kDatagramsPerCall * kDatagramBytesMax) {
    for (std::size_t i = 0; i < kDatagramsPerCall; ++i) {
      parts_[i] = {bytes_.data() + i * kDatagramBytesMax, kDatagramBytesMax};
      messages_[i].msg_hdr.msg_iov = &parts_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  // How many lines came; none when nothing waits.
  std::span<const std::string_view> Receive(int fd) {
    for (std::size_t i = 0; i < kDatagramsPerCall; ++i) {
      messages_[i].msg_hdr.msg_control = controls_[i].data();
      messages_[i].msg_hdr.msg_controllen = controls_[i].size();
    }
    const int received = recvmmsg(fd, messages_.data(), kDatagramsPerCall, MSG_DONTWAIT, nullptr);
    const auto count = static_cast<std::size_t>(std::max(received, 0));
    std::size_t lines = 0;
    for (std::size_t i = 0; i < count; ++i) {
      NoteDropped(messages_[i].msg_hdr);
      if (messages_[i].msg_len == 0) continue;
      lines_[lines++] = {static_cast<const char*>(parts_[i].iov_base), messages_[i].msg_len};
    }
    return std::span(lines_).first(lines);
  }
  // What the system dropped since the last call.
  std::uint64_t TakeDropped() { return std::exchange(new_drops_, 0); }

 private:
  // The system counts the drops of a socket in 32 bits, and tells with each datagram.
  void NoteDropped(msghdr& header) {
    for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control)) {
      if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SO_RXQ_OVFL) continue;
      std::uint32_t drops = 0;
      std::memcpy(&drops, CMSG_DATA(control), sizeof(drops));
      new_drops_ += drops - seen_drops_;
      seen_drops_ = drops;
    }
  }

  std::vector<char> bytes_;
  std::array<iovec, kDatagramsPerCall> parts_{};
  std::array<mmsghdr, kDatagramsPerCall> messages_{};
  std::array<std::array<char, CMSG_SPACE(sizeof(std::uint32_t))>, kDatagramsPerCall> controls_{};
  std::array<std::string_view, kDatagramsPerCall> lines_{};
  std::uint32_t seen_drops_ = 0;
  std::uint64_t new_drops_ = 0;
};

LogSocket::LogSocket(int fd, std::string path)
    : fd_(fd), path_(std::move(path)), receiver_(std::make_unique<Receiver>()) {
  if (!path_.empty() && lstat(path_.c_str(), &file_) != 0) file_ = {};
}

LogSocket::~LogSocket() {
  if (!path_.empty() && IsReachable()) unlink(path_.c_str());
  close(fd_);
}

Result<std::unique_ptr<LogSocket>> LogSocket::Open(const std::string& listen, std::uint32_t mode) {
  const bool is_unix = listen.starts_with(kUnix);
  const std::string path = is_unix ? listen.substr(kUnix.size()) : "";
  PT_ASSIGN_OR_RETURN(const int fd, is_unix ? OpenUnix(path, mode) : OpenUdp(listen));
  // Beyond the machine's limit where we may, else up to it.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kSocketBufferBytes, sizeof(kSocketBufferBytes)) != 0) {
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kSocketBufferBytes, sizeof(kSocketBufferBytes));
  }
  return std::unique_ptr<LogSocket>(new LogSocket(fd, path));
}

bool LogSocket::Receive(LogBacklog& backlog) {
  // Bounded, so that one busy socket does not keep the others waiting.
  constexpr int kCallsMax = 64;
  for (int call = 0; call < kCallsMax; ++call) {
    const std::span<const std::string_view> lines = receiver_->Receive(fd_);
    if (const std::uint64_t dropped = receiver_->TakeDropped(); dropped > 0) backlog.CountLost(dropped);
    if (lines.empty()) return false;
    backlog.Push(lines);
    if (lines.size() < kDatagramsPerCall) return false;
  }
  return true;
}

void LogSocket::RefuseMore() const { shutdown(fd_, SHUT_RD); }

Status LogSocket::SetMode(std::uint32_t mode) const {
  if (path_.empty() || chmod(path_.c_str(), mode) == 0) return Status::Ok();
  return LastError("set the mode of " + path_);
}

bool LogSocket::IsReachable() const {
  if (path_.empty()) return true;
  struct stat now{};
  return lstat(path_.c_str(), &now) == 0 && now.st_ino == file_.st_ino && now.st_dev == file_.st_dev;
}

std::uint64_t UnixQueueLength() {
  std::ifstream file("/proc/sys/net/unix/max_dgram_qlen");
  std::uint64_t length = 0;
  file >> length;
  return length;
}

}  // namespace proxy_telemetry

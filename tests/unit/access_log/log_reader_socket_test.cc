// Access logs end to end: datagrams into a socket, rounds into a real store.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <string>
#include <thread>

#include "log_reader_fixture.h"

namespace proxy_telemetry {
namespace {

// Sends lines to a unix socket; blocks while its queue is full: this sender wants all of its lines counted.
class Sender {
 public:
  explicit Sender(const std::string& path) : fd_(socket(AF_UNIX, SOCK_DGRAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  ~Sender() { close(fd_); }
  bool Send(const std::string& line) const {
    return send(fd_, line.data(), line.size(), 0) == static_cast<ssize_t>(line.size());
  }

 private:
  const int fd_;
};

class LogReaderSocketTest : public LogReaderTest {
 protected:
  std::string socket_path() const { return dir_.path() / "x.sock"; }
  std::string OfSocket(const std::string& name, const std::string& labels = "") const {
    return name + "{" + labels + "instance=\"unixgram:" + socket_path() + "\",job=\"logs\"}";
  }
  std::string RequestsOfSocket() const { return OfSocket("proxy_http_requests_total", R"(code="2xx",host="a",)"); }
  ScrapeConfig SocketJob() const {
    ScrapeConfig job = FileJob();
    job.access_log->file.clear();
    job.access_log->listen = "unixgram:" + socket_path();
    return job;
  }
  void StartListening() {
    Start({SocketJob()});
    WaitFor(OfSocket("proxy_up"), 1);
  }
};

TEST_F(LogReaderSocketTest, ReadsDatagramsOfAUnixSocketWithSyslogPrefixes) {
  StartListening();
  constexpr int kLines = 2000;
  {
    const Sender sender(socket_path());
    for (int i = 0; i < kLines; ++i) {
      ASSERT_TRUE(sender.Send("<190>Nov 22 09:30:41 nginx: " + Line("a", 200, 0.1)));
    }
  }
  WaitFor(RequestsOfSocket(), kLines);
  // The socket's file goes.
  Stop();
  EXPECT_NE(access(socket_path().c_str(), F_OK), 0);
}

TEST_F(LogReaderSocketTest, TheLastLinesBeforeTheEndCountToo) {
  StartListening();
  constexpr int kLines = 2000;
  const Sender sender(socket_path());
  for (int i = 0; i < kLines; ++i) ASSERT_TRUE(sender.Send(Line("a", 200, 0.1)));
  Stop();
  EXPECT_EQ(Shown().at(RequestsOfSocket()), kLines);
}

TEST_F(LogReaderSocketTest, ASocketWhoseFileIsRemovedIsReadToItsEnd) {
  StartListening();
  const Sender sender(socket_path());
  ASSERT_TRUE(sender.Send(Line("a", 200, 0.1)));
  ASSERT_EQ(unlink(socket_path().c_str()), 0);
  double sent = 1;
  while (sender.Send(Line("a", 200, 0.1))) ++sent;
  WaitFor(RequestsOfSocket(), sent);
  // And there is a new one.
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (access(socket_path().c_str(), F_OK) != 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ASSERT_TRUE(Sender(socket_path()).Send(Line("a", 200, 0.1)));
  WaitFor(RequestsOfSocket(), sent + 1);
}

TEST_F(LogReaderSocketTest, AChangedModeAppliesAndLosesNoLine) {
  StartListening();
  const Sender sender(socket_path());
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(sender.Send(Line("a", 200, 0.1)));
    if (i % 100 != 50) continue;
    ScrapeConfig job = SocketJob();
    job.access_log->socket_mode = i % 200 == 50 ? 0600 : 0640;
    reader_->Apply(ConfigOf({job}));
  }
  WaitFor(RequestsOfSocket(), 500);
  struct stat file{};
  ASSERT_EQ(stat(socket_path().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
}

}  // namespace
}  // namespace proxy_telemetry

#include "logs/log_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "support/scratch_dir.h"

namespace proxy_telemetry {
namespace {

// Sends one datagram to a unix socket; false when it is refused.
bool SendTo(const std::string& path, std::string_view text) {
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  const ssize_t sent =
      sendto(fd, text.data(), text.size(), 0, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  close(fd);
  return sent == static_cast<ssize_t>(text.size());
}

std::vector<std::string> ReceiveAll(LogSocket& socket) {
  LogBacklog backlog;
  socket.Receive(backlog);
  LineBatch batch;
  backlog.Take(batch);
  std::vector<std::string> lines;
  batch.ForEach([&lines](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

class LogSocketTest : public ::testing::Test {
 protected:
  std::string path() const { return dir_.path() / "x.sock"; }
  std::string listen() const { return "unixgram:" + path(); }

  ScratchDir dir_{"/tmp"};
};

TEST_F(LogSocketTest, ReceivesDatagramsAsTheyWereSent) {
  auto socket = LogSocket::Open(listen(), 0600);
  ASSERT_TRUE(socket.ok()) << socket.status().message();
  ASSERT_TRUE(SendTo(path(), "one"));
  ASSERT_TRUE(SendTo(path(), std::string(6300, 'x')));
  EXPECT_EQ(ReceiveAll(**socket), (std::vector<std::string>{"one", std::string(6300, 'x')}));
  EXPECT_TRUE(ReceiveAll(**socket).empty());
}

TEST_F(LogSocketTest, TheFileHasTheConfiguredModeWhateverTheUmaskAndGoesWithIt) {
  const mode_t before = umask(077);
  {
    auto socket = LogSocket::Open(listen(), 0666);
    ASSERT_TRUE(socket.ok());
    struct stat file{};
    ASSERT_EQ(stat(path().c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 0777U, 0666U);
  }
  umask(before);
  EXPECT_NE(access(path().c_str(), F_OK), 0);
}

TEST_F(LogSocketTest, TakesOverTheFileOfAProgramThatIsGone) {
  const int gone = socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path().data(), path().size());
  ASSERT_EQ(bind(gone, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  close(gone);
  EXPECT_TRUE(LogSocket::Open(listen(), 0600).ok());
}

TEST_F(LogSocketTest, LeavesASocketAloneThatSomebodyListensOn) {
  auto first = LogSocket::Open(listen(), 0600);
  ASSERT_TRUE(first.ok());
  const auto second = LogSocket::Open(listen(), 0600);
  EXPECT_EQ(second.status().message(), "another program listens on " + path() + " already");
  EXPECT_TRUE(SendTo(path(), "still there"));
}

TEST_F(LogSocketTest, DoesNotRemoveWhatIsNoSocket) {
  dir_.Write("x.sock", "precious");
  const auto socket = LogSocket::Open(listen(), 0600);
  EXPECT_EQ(socket.status().message(),
            path() + " is there and is no socket; remove it, or give another path to listen");
  EXPECT_EQ(access(path().c_str(), F_OK), 0);
}

TEST_F(LogSocketTest, SaysWhichDirectoryIsMissing) {
  const auto socket = LogSocket::Open("unixgram:" + std::string(dir_.path() / "no" / "x.sock"), 0600);
  EXPECT_EQ(socket.status().message(),
            "the directory of " + std::string(dir_.path() / "no" / "x.sock") + " is not there; make it: mkdir -p");
}

TEST_F(LogSocketTest, NoticesThatItsFileWasRemovedOrReplaced) {
  auto socket = LogSocket::Open(listen(), 0600);
  ASSERT_TRUE(socket.ok());
  EXPECT_TRUE((*socket)->IsReachable());
  unlink(path().c_str());
  EXPECT_FALSE((*socket)->IsReachable());
  auto other = LogSocket::Open(listen(), 0600);
  ASSERT_TRUE(other.ok());
  EXPECT_FALSE((*socket)->IsReachable());
  socket->reset();
  EXPECT_EQ(access(path().c_str(), F_OK), 0) << "the file of the other one was removed";
}

TEST_F(LogSocketTest, UdpReceivesAndCountsWhatTheSystemDropped) {
  auto socket = LogSocket::Open("udp://127.0.0.1:0", 0);
  ASSERT_TRUE(socket.ok()) << socket.status().message();
  // As small as the system allows, so that a few lines are too many.
  const int tiny = 1;
  ASSERT_EQ(setsockopt((*socket)->fd(), SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny)), 0);
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  ASSERT_EQ(getsockname((*socket)->fd(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  const int sender = ::socket(AF_INET, SOCK_DGRAM, 0);
  const std::string line(1000, 'x');
  constexpr int kSent = 20;
  for (int i = 0; i < kSent; ++i) {
    ASSERT_EQ(sendto(sender, line.data(), line.size(), 0, reinterpret_cast<sockaddr*>(&address), size), 1000);
  }
  LogBacklog backlog;
  (*socket)->Receive(backlog);
  // The count of drops comes with the next datagram.
  ASSERT_EQ(sendto(sender, line.data(), line.size(), 0, reinterpret_cast<sockaddr*>(&address), size), 1000);
  (*socket)->Receive(backlog);
  close(sender);
  LineBatch batch;
  backlog.Take(batch);
  EXPECT_GT(backlog.lost(), 0);
  EXPECT_EQ(batch.size() + backlog.lost(), kSent + 1);
}

}  // namespace
}  // namespace proxy_telemetry

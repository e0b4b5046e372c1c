#include "http_listen.h"

#include <gtest/gtest.h>

namespace proxy_telemetry {
namespace {

std::string Parsed(std::string_view text, bool ipv6 = false) {
  const auto address = ParseListenAddress(text, ipv6);
  return address.ok() ? address->ToString() : "error: " + address.status().message();
}

TEST(ListenAddress, TakesAddressesWithPorts) {
  EXPECT_EQ(Parsed("127.0.0.1:19090"), "127.0.0.1:19090");
  EXPECT_EQ(Parsed(":19090"), "0.0.0.0:19090");
  EXPECT_EQ(Parsed("0.0.0.0:0"), "0.0.0.0:0");
  EXPECT_EQ(Parsed("localhost:65535"), "127.0.0.1:65535");
}

TEST(ListenAddress, SaysWhatIsWrongAndWhatToWrite) {
  for (const char* text : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
                           "127.0.0.1:80 ", "::1:80", "[::1:80", "[127.0.0.1]:80", "no.such.host.invalid:80"}) {
    const auto address = ParseListenAddress(text, true);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_NE(address.status().message().find("write IP:PORT, such as 127.0.0.1:19090"), std::string::npos) << text;
    EXPECT_NE(address.status().message().find(std::string("\"") + text + "\""), std::string::npos) << text;
  }
}

TEST(ListenAddress, RefusesWhatTheLibraryCannotDo) {
  for (const char* text : {"[::1]:19090", "unix:/run/x.sock"}) {
    const auto address = ParseListenAddress(text, false);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_EQ(address.status().code(), StatusCode::kUnsupported);
    EXPECT_NE(address.status().message().find("not supported by this build's HTTP library; use an IPv4 address"),
              std::string::npos)
        << address.status().message();
  }
  EXPECT_EQ(Parsed("[::1]:19090", true), "[::1]:19090");
}

TEST(ListenAddress, ProbeNamesAnAddressOfAnotherMachine) {
  ListenAddress address;
  address.ip = "192.0.2.1";
  const Status status = ProbeListen(address);
  EXPECT_EQ(status.message(), "cannot listen on 192.0.2.1:0: not an address of this machine");
}

}  // namespace
}  // namespace proxy_telemetry

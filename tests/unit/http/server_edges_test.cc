// The server over real sockets: requests that are malformed, ambiguous or too large.
#include <gtest/gtest.h>

#include <random>

#include "raw_http.h"

namespace proxy_telemetry {
namespace {

// Sends, and expects one answer with that status, the connection closed behind it.
void ExpectRefused(const std::string& address, const std::string& request, int status) {
  RawConnection connection(address);
  connection.Send(request);
  const RawResponse response = connection.Read();
  EXPECT_EQ(response.status, status) << request.substr(0, 200);
  EXPECT_EQ(response.Header("Connection"), "close") << request.substr(0, 200);
  EXPECT_TRUE(connection.AtEnd()) << request.substr(0, 200);
}

std::string Post(std::string_view headers, std::string_view body = "") {
  return "POST /echo HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

TEST(HttpEdges, RefusesAmbiguousLengths) {
  TestServer server(TestRoutes());
  ExpectRefused(server.address(), Post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400);
  ExpectRefused(server.address(), Post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), 400);
  ExpectRefused(server.address(), Post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), 400);
  ExpectRefused(server.address(), Post("Content-Length: 3\r\ncontent-length: 4\r\n", "abc"), 400);
  ExpectRefused(server.address(), Post("Content-Length: 3, 3\r\n", "abc"), 400);
  ExpectRefused(server.address(), Post("Content-Length: -3\r\n", "abc"), 400);
  ExpectRefused(server.address(), Post("Content-Length: 3x\r\n", "abc"), 400);
  ExpectRefused(server.address(), Post("Content-Length : 3\r\n", "abc"), 400);
  ExpectRefused(server.address(), Post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400);
  ExpectRefused(server.address(), Post("Transfer-Encoding: identity\r\n"), 400);
}

TEST(HttpEdges, NeverReadsASmuggledRequest) {
  TestServer server(TestRoutes());
  RawConnection connection(server.address());
  connection.Send(Post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + Get("/metrics")));
  EXPECT_EQ(connection.Read().status, 400);
  EXPECT_TRUE(connection.AtEnd()) << "the second request must not be answered";
}

TEST(HttpEdges, RefusesNulBytes) {
  TestServer server(TestRoutes());
  ExpectRefused(server.address(), Get("/metrics?host=a%00b"), 400);
  ExpectRefused(server.address(), Get("/metrics%00"), 400);
  ExpectRefused(server.address(), Get("/metrics%00.txt"), 400);
  ExpectRefused(server.address(), Get(std::string("/metrics\0x", 10)), 400);
  ExpectRefused(server.address(), Get(std::string("/metrics?a=\0", 12)), 400);
  ExpectRefused(server.address(), Get("/metrics", std::string("X-A: b\0c\r\n", 10)), 400);
}

TEST(HttpEdges, RefusesBadPercentEncoding) {
  TestServer server(TestRoutes());
  for (const char* target : {"/metrics%", "/%zz", "/metrics?a=%", "/metrics?a=%4", "/metrics?%xx=1"}) {
    ExpectRefused(server.address(), Get(target), 400);
  }
}

TEST(HttpEdges, RefusesHeadersThatCivetwebWouldLoseOrMisread) {
  TestServer server(TestRoutes());
  ExpectRefused(server.address(), Get("/metrics", "X-A: b\r\n folded\r\nContent-Length: 3\r\n"), 400);
  ExpectRefused(server.address(), Get("/metrics", "X-A: b\r\n\tfolded\r\n"), 400);
  ExpectRefused(server.address(), Get("/metrics", "X-A: b\r\n\xC3\xA4: c\r\nContent-Length: 3\r\n"), 400);
  ExpectRefused(server.address(), Get("/metrics", ": no name\r\n"), 400);
  ExpectRefused(server.address(), Get("/metrics", "no colon\r\n"), 400);
  ExpectRefused(server.address(), Get("/metrics", "X-A : b\r\n"), 400);
  ExpectRefused(server.address(), "GET /metrics HTTP/1.1\nHost: a\n\n", 400);
  ExpectRefused(server.address(), "GET /metrics HTTP/1.1\r\nHost: a\nX-B: c\r\n\r\n", 400);
  ExpectRefused(server.address(), "GET /metrics HTTP/1.1\r\n Host: a\r\n\r\n", 400);
  EXPECT_EQ(Exchange(server.address(), Get("/metrics", "X-Empty:\r\nX-Blank:  \r\nX-B:c\r\n")).status, 200);
  EXPECT_EQ(Exchange(server.address(), Get("/metrics", "X-B:c\r\nX-Empty:\r\n")).status, 200);
}

TEST(HttpEdges, NeedsAHost) {
  TestServer server(TestRoutes());
  ExpectRefused(server.address(), "GET /metrics HTTP/1.1\r\n\r\n", 400);
  ExpectRefused(server.address(), "GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400);
}

TEST(HttpEdges, RefusesLargeHeads) {
  TestServer server(TestRoutes());
  EXPECT_EQ(Exchange(server.address(), Get("/metrics", "X-A: " + std::string(15'000, 'a') + "\r\n")).status, 200);
  for (const std::size_t size : {16'384U, 20'000U, 60'000U}) {
    const RawResponse one = Exchange(server.address(), Get("/metrics", "X-A: " + std::string(size, 'a') + "\r\n"));
    EXPECT_TRUE(one.status == 400 || one.status == 431) << one.status;
    const RawResponse target = Exchange(server.address(), Get("/metrics?a=" + std::string(size, 'a')));
    EXPECT_TRUE(target.status == 400 || target.status == 431) << target.status;
  }
}

TEST(HttpEdges, TakesHeadsOfEverySizeAroundTheLimitWholeOrNot) {
  TestServer server(TestRoutes());
  const std::size_t frame = Get("/metrics", "X-A: \r\n").size();
  for (std::size_t size = kHttpHeaderBytesMax - 4; size <= kHttpHeaderBytesMax + 4; ++size) {
    const int status =
        Exchange(server.address(), Get("/metrics", "X-A: " + std::string(size - frame, 'a') + "\r\n")).status;
    EXPECT_EQ(status, size <= kHttpHeaderBytesMax ? 200 : 400) << size;
  }
}

TEST(HttpEdges, RefusesMoreHeaderLinesThanCivetwebKeeps) {
  TestServer server(TestRoutes());
  std::string lines;
  for (int i = 0; i < 62; ++i) lines += "X-" + std::to_string(i) + ": a\r\n";
  EXPECT_EQ(Exchange(server.address(), Get("/metrics", lines)).status, 200) << "63 with Host";
  ExpectRefused(server.address(), Get("/metrics", lines + "X-A: b\r\n"), 431);
  ExpectRefused(server.address(), Get("/metrics", lines + lines + "Content-Length: 3\r\n"), 431);
}

TEST(HttpEdges, RefusesOtherVersions) {
  TestServer server(TestRoutes());
  for (const char* version : {"HTTP/2.0", "HTTP/1.2", "HTTP/0.9"}) {
    ExpectRefused(server.address(), std::string("GET /metrics ") + version + "\r\nHost: a\r\n\r\n", 505);
  }
  for (const char* line :
       {"GET /metrics", "GET", "GET /metrics HTTQ/1.1", "GET  /metrics x HTTP/1.1", "\x16\x03\x01"}) {
    ExpectRefused(server.address(), line + std::string("\r\nHost: a\r\n\r\n"), 400);
  }
}

TEST(HttpEdges, SurvivesRandomBytes) {
  TestServer server(TestRoutes());
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  const std::string good = Post("Transfer-Encoding: chunked\r\nX-A: b\r\n", "3\r\nabc\r\n0\r\n\r\n");
  for (int round = 0; round < 300; ++round) {
    std::string request = good;
    for (auto left = 1 + random() % 4; left > 0; --left) {
      const auto byte = static_cast<char>(random());
      request[random() % request.size()] = random() % 3 == 0 ? byte : " \r\n:\t0"[random() % 6];
    }
    RawConnection connection(server.address());
    connection.Send(request + "\r\n\r\n");
    const int status = connection.Read().status;
    ASSERT_TRUE(status >= 100 && status < 600) << status << " seed " << seed << "\n" << request;
  }
  EXPECT_EQ(Exchange(server.address(), Get("/metrics")).status, 200) << "seed " << seed;
}

}  // namespace
}  // namespace proxy_telemetry

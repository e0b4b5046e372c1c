// The server over real sockets: request bodies.
#include <gtest/gtest.h>

#include "raw_http.h"

namespace proxy_telemetry {
namespace {

std::string Post(std::string_view headers, std::string_view body, std::string_view path = "/echo") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

std::string WithLength(const std::string& body) {
  return Post("Content-Length: " + std::to_string(body.size()) + "\r\n", body);
}

std::string InChunks(const std::string& body, std::size_t chunk_bytes) {
  std::string chunks;
  for (std::size_t at = 0; at < body.size(); at += chunk_bytes) {
    const std::string part = body.substr(at, chunk_bytes);
    char size[32];
    snprintf(size, sizeof(size), "%zx\r\n", part.size());
    chunks += size + part + "\r\n";
  }
  return Post("Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n");
}

std::string Pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
  return text;
}

TEST(HttpBody, ArrivesWholeByLengthAndByChunks) {
  TestServer server(TestRoutes());
  for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 20'000U, 1'000'000U}) {
    const std::string body = Pattern(size);
    EXPECT_EQ(Exchange(server.address(), WithLength(body)).body, body) << size;
    EXPECT_EQ(Exchange(server.address(), InChunks(body, 1000)).body, body) << size;
  }
}

TEST(HttpBody, MayBeAsLargeAsTheLimit) {
  TestServer server(TestRoutes());
  const std::string body = Pattern(kHttpBodyBytesMax);
  EXPECT_EQ(Exchange(server.address(), WithLength(body)).body, body);
  EXPECT_EQ(Exchange(server.address(), InChunks(body, 65536)).body, body);
}

TEST(HttpBody, IsRefusedBeforeItIsReadWhenTooLarge) {
  TestServer server(TestRoutes());
  for (const char* path : {"/echo", "/metrics", "/nothing"}) {
    RawConnection connection(server.address());
    connection.Send(Post("Content-Length: 1048577\r\n", "", path));  // and not one byte of it
    const RawResponse response = connection.Read();
    EXPECT_EQ(response.status, 413) << path;
    EXPECT_EQ(response.Header("Connection"), "close");
    EXPECT_TRUE(connection.AtEnd());
  }
}

TEST(HttpBody, IsRefusedAtTheLimitWhenChunked) {
  TestServer server(TestRoutes());
  RawConnection connection(server.address());
  const std::string whole = InChunks(Pattern(kHttpBodyBytesMax + 1000), 65536);
  connection.Send(std::string_view(whole).substr(0, whole.size() - 5));  // the last chunk never comes
  EXPECT_EQ(connection.Read().status, 413);
  EXPECT_TRUE(connection.AtEnd());
}

TEST(HttpBody, LeavesTheConnectionUsableForTheNextRequest) {
  TestServer server(TestRoutes());
  RawConnection connection(server.address());
  connection.Send(WithLength("first") + WithLength("second") + Get("/metrics"));
  EXPECT_EQ(connection.Read().body, "first");
  EXPECT_EQ(connection.Read().body, "second");
  EXPECT_EQ(connection.Read().body, "metrics\n");
  // Read and dropped where no handler wants it.
  connection.Send(Post("Content-Length: 5\r\n", "abcde", "/nothing"));
  EXPECT_EQ(connection.Read().status, 404);
  connection.Send(Get("/metrics", "Content-Length: 5\r\n") + "abcde");
  EXPECT_EQ(connection.Read().status, 200);
  connection.Send(Get("/metrics"));
  EXPECT_EQ(connection.Read().status, 200);
}

TEST(HttpBody, IsAskedForOnExpectation) {
  TestServer server(TestRoutes());
  RawConnection connection(server.address());
  connection.Send(Post("Content-Length: 4\r\nExpect: 100-continue\r\n", ""));
  EXPECT_EQ(connection.Read().status, 100);
  connection.Send("body");
  EXPECT_EQ(connection.Read().body, "body");

  RawConnection large(server.address());
  large.Send(Post("Content-Length: 5000000\r\nExpect: 100-continue\r\n", ""));
  EXPECT_EQ(large.Read().status, 413);

  EXPECT_EQ(Exchange(server.address(), Post("Content-Length: 4\r\nExpect: magic\r\n", "body")).status, 417);
}

TEST(HttpBody, IsRefusedWhenMalformedOrCutShort) {
  TestServer server(TestRoutes());
  for (const char* chunks : {"x\r\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "-3\r\nabc\r\n0\r\n\r\n",
                             "3;ext=1\r\nabc\r\n0\r\n\r\n", "\r\nabc\r\n0\r\n\r\n", "ffffffffffffffff\r\nabc\r\n",
                             "8000000000000000\r\nabc\r\n", "7fffffffffffffff\r\nabc\r\n", "3\r\nabc\r\n"}) {
    RawConnection connection(server.address());
    connection.Send(Post("Transfer-Encoding: chunked\r\n", chunks));
    connection.FinishSending();
    const RawResponse response = connection.Read();
    EXPECT_EQ(response.status, 400) << chunks;
    EXPECT_TRUE(connection.AtEnd()) << chunks;
  }
  RawConnection cut_short(server.address());
  cut_short.Send(Post("Content-Length: 4\r\n", "abc"));
  cut_short.FinishSending();
  EXPECT_EQ(cut_short.Read().status, 400);
}

}  // namespace
}  // namespace proxy_telemetry

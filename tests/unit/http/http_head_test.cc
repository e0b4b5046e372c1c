#include "http_head.h"

#include <gtest/gtest.h>

#include "api/http_server.h"

namespace proxy_telemetry {
namespace {

struct Outcome {
  int status;  // 0: accepted
  RequestHead head;
};

Outcome Read(const HttpFields& headers, std::string_view version = "1.1") {
  HttpRequest request;
  request.headers = headers;
  Outcome outcome = {};
  const auto refusal = ReadHead(request, version, outcome.head);
  outcome.status = refusal ? refusal->status : 0;
  return outcome;
}

TEST(HttpHead, NeedsExactlyOneHost) {
  EXPECT_EQ(Read({}).status, 400);
  EXPECT_EQ(Read({{"host", "a"}}).status, 0);
  EXPECT_EQ(Read({{"Host", "a"}, {"Host", "a"}}).status, 400);
  EXPECT_EQ(Read({}, "1.0").status, 0);
}

TEST(HttpHead, RefusesAmbiguousLengths) {
  EXPECT_EQ(Read({{"Host", "a"}, {"Content-Length", "1"}, {"transfer-encoding", "chunked"}}).status, 400);
  EXPECT_EQ(Read({{"Host", "a"}, {"Content-Length", "1"}, {"Content-Length", "1"}}).status, 400);
  EXPECT_EQ(Read({{"Host", "a"}, {"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}}).status, 400);
  EXPECT_EQ(Read({{"Host", "a"}, {"Transfer-Encoding", "gzip, chunked"}}).status, 400);
  EXPECT_EQ(Read({{"Host", "a"}, {"Transfer-Encoding", "identity"}}).status, 400);
  EXPECT_EQ(Read({{"Transfer-Encoding", "chunked"}}, "1.0").status, 400);
}

TEST(HttpHead, ReadsTheLengthAsDigitsOnly) {
  for (const char* length : {"", "-1", "+1", "1 1", "1,1", "0x10", "1.0", "5abc"}) {
    EXPECT_EQ(Read({{"Host", "a"}, {"Content-Length", length}}).status, 400) << length;
  }
  const Outcome good = Read({{"Host", "a"}, {"Content-Length", " 0012 "}});
  EXPECT_EQ(good.status, 0);
  EXPECT_EQ(good.head.body_bytes, 12U);
}

TEST(HttpHead, RefusesBodiesAboveTheLimit) {
  EXPECT_EQ(Read({{"Host", "a"}, {"Content-Length", std::to_string(kHttpBodyBytesMax)}}).status, 0);
  EXPECT_EQ(Read({{"Host", "a"}, {"Content-Length", std::to_string(kHttpBodyBytesMax + 1)}}).status, 413);
  EXPECT_EQ(Read({{"Host", "a"}, {"Content-Length", "99999999999999999999999999"}}).status, 413);
}

TEST(HttpHead, KeepsAliveByVersionAndConnection) {
  EXPECT_TRUE(Read({{"Host", "a"}}).head.keep_alive);
  EXPECT_FALSE(Read({{"Host", "a"}}, "1.0").head.keep_alive);
  EXPECT_TRUE(Read({{"Host", "a"}, {"Connection", "Keep-Alive"}}, "1.0").head.keep_alive);
  EXPECT_FALSE(Read({{"Host", "a"}, {"Connection", "close"}}).head.keep_alive);
  EXPECT_FALSE(Read({{"Host", "a"}, {"Connection", "keep-alive, Upgrade"}}).head.keep_alive);
  EXPECT_FALSE(Read({{"Host", "a"}, {"Connection", "keep"}}).head.keep_alive);
  EXPECT_FALSE(Read({{"Host", "a"}, {"Connection", "keep-alive"}, {"Connection", "close"}}).head.keep_alive);
  EXPECT_FALSE(Read({{"Host", "a"}, {"Transfer-Encoding", "chunked"}}).head.keep_alive);
}

TEST(HttpHead, KnowsOneExpectation) {
  EXPECT_TRUE(Read({{"Host", "a"}, {"Expect", "100-Continue"}}).head.expects_continue);
  EXPECT_EQ(Read({{"Host", "a"}, {"Expect", "magic"}}).status, 417);
}

TEST(HttpHead, DecodesTheTargetWithoutCleaningIt) {
  HttpRequest request;
  ASSERT_FALSE(ReadTarget("//a/../%6D+%2f", "host=a%20b&x=1+2", request));
  EXPECT_EQ(request.path, "//a/../m+/");
  EXPECT_EQ(request.Param("host"), "a b");
  EXPECT_EQ(request.Param("x"), "1 2");
}

TEST(HttpHead, RefusesTargetsThatCannotBeDecoded) {
  HttpRequest request;
  for (const char* path : {"/%", "/%4", "/%zz", "/%00", "/a%00b"}) {
    const auto refusal = ReadTarget(path, "", request);
    ASSERT_TRUE(refusal) << path;
    EXPECT_EQ(refusal->status, 400) << path;
  }
  EXPECT_TRUE(ReadTarget("/", "a=%00", request));
  EXPECT_TRUE(ReadTarget("/", "a=%q", request));
}

TEST(HttpHead, WritesTheResponseHead) {
  HttpResponse response = HttpResponse::Text(405, "no");
  response.headers = {{"Allow", "GET, HEAD"}};
  EXPECT_EQ(ResponseHead(response, true, 1710501000),
            "HTTP/1.1 405 Method Not Allowed\r\nDate: Fri, 15 Mar 2024 11:10:00 GMT\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\nX-Content-Type-Options: nosniff\r\n"
            "Connection: keep-alive\r\nAllow: GET, HEAD\r\n\r\n");
}

TEST(HttpHead, LetsNoHandlerSplitTheResponse) {
  HttpResponse response;
  response.headers = {{"Location", "/\r\nSet-Cookie: a=b"}};
  EXPECT_EQ(ResponseHead(response, false, 0).find("\r\nSet-Cookie"), std::string::npos);
}

}  // namespace
}  // namespace proxy_telemetry

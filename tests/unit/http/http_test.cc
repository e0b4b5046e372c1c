#include "api/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;
using testing::Pair;

bool Accepts(const std::string& value) {
  HttpRequest request;
  request.headers = {{"accept-encoding", value}};
  return AcceptsGzip(request);
}

TEST(HttpRequest, TakesTheFirstOfRepeatedParametersAndHeaders) {
  HttpRequest request;
  request.query = {{"host", "a"}, {"host", "b"}, {"empty", ""}};
  request.headers = {{"X-One", "1"}, {"x-one", "2"}};
  EXPECT_EQ(request.Param("host"), "a");
  EXPECT_EQ(request.Param("empty"), "");
  EXPECT_EQ(request.Param("HOST"), std::nullopt);
  EXPECT_EQ(request.Header("x-ONE"), "1");
  EXPECT_EQ(request.Header("other"), "");
}

TEST(HttpResponse, TextIsOneLineOfPlainUtf8) {
  const HttpResponse response = HttpResponse::Text(400, "host parameter required");
  EXPECT_EQ(response.Body(), "host parameter required\n");
  EXPECT_EQ(response.content_type, "text/plain; charset=utf-8");
}

TEST(HttpResponse, PrefersTheSharedBody) {
  HttpResponse response = HttpResponse::Json(200, "{}");
  EXPECT_EQ(response.Body(), "{}");
  response.shared = std::make_shared<const std::string>("shared");
  EXPECT_EQ(response.Body(), "shared");
}

TEST(UrlEncoded, DecodesNamesAndValuesInOrder) {
  const auto fields = ParseUrlEncoded("a=1&b=x+y&a=%C3%A9&&c&=d&e=f=g");
  ASSERT_TRUE(fields.ok());
  EXPECT_THAT(*fields, ElementsAre(Pair("a", "1"), Pair("b", "x y"), Pair("a", "\xC3\xA9"), Pair("c", ""),
                                   Pair("", "d"), Pair("e", "f=g")));
}

TEST(UrlEncoded, RefusesBadPercentEncodingAndNul) {
  for (const char* text : {"a=%", "a=%4", "a=%zz", "%G0=1", "a=%00", "%00=1", "a=b%"}) {
    EXPECT_FALSE(ParseUrlEncoded(text).ok()) << text;
  }
}

TEST(AcceptsGzip, FollowsTheWeights) {
  EXPECT_TRUE(Accepts("gzip"));
  EXPECT_TRUE(Accepts("GZIP"));
  EXPECT_TRUE(Accepts("deflate, gzip;q=0.5, br"));
  EXPECT_TRUE(Accepts("x-gzip"));
  EXPECT_TRUE(Accepts("*"));
  EXPECT_TRUE(Accepts("gzip ; q=0.001"));
  EXPECT_TRUE(Accepts("identity;q=0.5, gzip;q=1.0"));
}

TEST(AcceptsGzip, UnderstandsRefusal) {
  EXPECT_FALSE(AcceptsGzip(HttpRequest{}));
  EXPECT_FALSE(Accepts(""));
  EXPECT_FALSE(Accepts("identity"));
  EXPECT_FALSE(Accepts("deflate, br"));
  EXPECT_FALSE(Accepts("gzip;q=0"));
  EXPECT_FALSE(Accepts("gzip;q=0.000"));
  EXPECT_FALSE(Accepts("*;q=0"));
  EXPECT_FALSE(Accepts("gzip;q=0, *"));
  EXPECT_FALSE(Accepts("gzip;q=abc"));
  EXPECT_FALSE(Accepts("gzipped"));
  EXPECT_FALSE(Accepts("identity, gzip;q=0.5"));
}

TEST(AcceptsGzip, ReadsEveryHeaderLine) {
  HttpRequest request;
  request.headers = {{"Accept-Encoding", "br"}, {"Accept-Encoding", "gzip"}};
  EXPECT_TRUE(AcceptsGzip(request));
}

}  // namespace
}  // namespace proxy_telemetry

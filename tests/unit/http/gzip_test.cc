#include "api/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <random>

namespace proxy_telemetry {
namespace {

// zlib's own way back; "" with a failure when the stream is not exactly one whole gzip member.
std::string Gunzip(const std::string& packed, std::size_t size) {
  z_stream stream = {};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string plain(size + 1, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  EXPECT_EQ(stream.avail_in, 0U);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  return plain;
}

HttpRequest Accepting() {
  HttpRequest request;
  request.headers = {{"Accept-Encoding", "gzip"}};
  return request;
}

TEST(Gzip, ComesBackTheSameForAnySizeAndLevel) {
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  for (const std::size_t size : {0U, 1U, 1023U, 1024U, 8192U, 100'000U, 3'000'000U}) {
    for (const int level : {1, 6, 9}) {
      std::string noise(size, '\0');
      for (char& c : noise) c = static_cast<char>(random());
      const auto packed = GzipCompress(noise, level);
      ASSERT_TRUE(packed.ok()) << size;
      EXPECT_EQ(Gunzip(*packed, size), noise) << size << " level " << level << " seed " << seed;
    }
    const std::string text(size, 'a');
    EXPECT_EQ(Gunzip(*GzipCompress(text), size), text) << size;
  }
}

TEST(Gzip, RefusesUnknownLevels) {
  EXPECT_FALSE(GzipCompress("x", 0).ok());
  EXPECT_FALSE(GzipCompress("x", 10).ok());
}

TEST(Gzip, KnowsTypesThatCompress) {
  for (const char* type : {"text/plain; version=0.0.4; charset=utf-8", "text/html", "Application/JSON",
                           "application/openmetrics-text; version=1.0.0; charset=utf-8"}) {
    EXPECT_TRUE(IsCompressible(type)) << type;
  }
  for (const char* type : {"image/png", "application/octet-stream", "", "text", "application/jsonp"}) {
    EXPECT_FALSE(IsCompressible(type)) << type;
  }
}

TEST(Gzip, PacksResponsesFromTheLimitOn) {
  HttpResponse small;
  small.body.assign(kGzipBytesMin - 1, 'x');
  GzipResponse(Accepting(), small);
  EXPECT_EQ(small.Header("Content-Encoding"), "");
  EXPECT_EQ(small.Header("Vary"), "");

  HttpResponse enough;
  enough.body.assign(kGzipBytesMin, 'x');
  GzipResponse(Accepting(), enough);
  EXPECT_EQ(enough.Header("Content-Encoding"), "gzip");
  EXPECT_EQ(enough.Header("Vary"), "Accept-Encoding");
  EXPECT_EQ(Gunzip(enough.body, kGzipBytesMin), std::string(kGzipBytesMin, 'x'));
}

TEST(Gzip, SaysVaryOnThePlainFormToo) {
  HttpResponse response;
  response.shared = std::make_shared<const std::string>(5000, 'x');
  GzipResponse(HttpRequest{}, response);
  EXPECT_EQ(response.Header("Vary"), "Accept-Encoding");
  EXPECT_EQ(response.Body(), std::string(5000, 'x'));
}

TEST(Gzip, LeavesEncodedAndIncompressibleResponsesAlone) {
  HttpResponse encoded;
  encoded.body.assign(5000, 'x');
  encoded.headers = {{"content-encoding", "gzip"}};
  GzipResponse(Accepting(), encoded);
  EXPECT_EQ(encoded.body, std::string(5000, 'x'));
  EXPECT_EQ(encoded.headers.size(), 1U);

  HttpResponse picture;
  picture.content_type = "image/png";
  picture.body.assign(5000, 'x');
  GzipResponse(Accepting(), picture);
  EXPECT_EQ(picture.body, std::string(5000, 'x'));
}

}  // namespace
}  // namespace proxy_telemetry

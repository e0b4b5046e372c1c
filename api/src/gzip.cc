#include "api/gzip.h"

#include <zlib.h>

#include <algorithm>

#include "http_text.h"

namespace proxy_telemetry {
namespace {

constexpr std::size_t kInputBytesMax = std::size_t{2} << 30U;
constexpr int kGzipWindowBits = 15 + 16;  // zlib's way to ask for the gzip format
constexpr int kMemoryLevel = 9;

// Ends the stream on every path.
class Deflater {
 public:
  explicit Deflater(int level)
      : ready_(deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK) {}
  ~Deflater() {
    if (ready_) deflateEnd(&stream_);
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  bool ready() const { return ready_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_ = {};
  bool ready_;
};

}  // namespace

Result<std::string> GzipCompress(std::string_view data, int level) {
  if (level < 1 || level > 9) return Status::InvalidArgument("gzip level must be 1 to 9");
  if (data.size() > kInputBytesMax) return Status::ResourceExhausted("gzip input larger than 2 GiB");
  Deflater deflater(level);
  if (!deflater.ready()) return Status::Internal("zlib: deflateInit2 failed");

  z_stream& stream = deflater.stream();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  std::string packed(data.size() / 8 + kGzipBytesMin, '\0');
  std::size_t used = 0;
  while (true) {
    stream.next_out = reinterpret_cast<Bytef*>(packed.data() + used);
    stream.avail_out = static_cast<uInt>(packed.size() - used);
    const int result = deflate(&stream, Z_FINISH);
    used = packed.size() - stream.avail_out;
    if (result == Z_STREAM_END) break;
    if (result != Z_OK && result != Z_BUF_ERROR) return Status::Internal("zlib: deflate failed");
    packed.resize(packed.size() * 2);
  }
  packed.resize(used);
  return packed;
}

bool IsCompressible(std::string_view content_type) {
  const auto type = TrimBlanks(content_type.substr(0, content_type.find(';')));
  constexpr std::string_view kText = "text/";
  return EqualsIgnoreCase(type.substr(0, kText.size()), kText) || EqualsIgnoreCase(type, "application/json") ||
         EqualsIgnoreCase(type, "application/openmetrics-text");
}

void GzipResponse(const HttpRequest& request, HttpResponse& response) {
  if (response.Body().size() < kGzipBytesMin || !IsCompressible(response.content_type)) return;
  if (!response.Header("Content-Encoding").empty()) return;
  if (response.Header("Vary").empty()) response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!AcceptsGzip(request)) return;
  Result<std::string> packed = GzipCompress(response.Body());
  if (!packed.ok()) return;  // plain is right too
  response.shared.reset();
  response.body = std::move(packed).value();
  response.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace proxy_telemetry

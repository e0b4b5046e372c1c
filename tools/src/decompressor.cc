#include "decompressor.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <limits>
#include <string>

namespace proxy_telemetry::tools {
namespace {

constexpr std::string_view kGzipMagic = "\x1F\x8B";
constexpr std::string_view kZstdMagic = "\x28\xB5\x2F\xFD";
constexpr int kGzipOnly = 15 + 16;  // largest window, gzip header

class GzipDecompressor final : public Decompressor {
 public:
  GzipDecompressor() : ready_(inflateInit2(&stream_, kGzipOnly) == Z_OK) {}
  ~GzipDecompressor() override {
    if (ready_) inflateEnd(&stream_);
  }
  GzipDecompressor(const GzipDecompressor&) = delete;
  GzipDecompressor& operator=(const GzipDecompressor&) = delete;

  Result<Step> Advance(std::string_view in, std::span<char> out) override {
    if (!ready_) return Status::ResourceExhausted("no memory to decompress gzip");
    constexpr std::size_t kMax = std::numeric_limits<uInt>::max();
    if (at_end_ && !in.empty()) {
      if (inflateReset(&stream_) != Z_OK) return Status::Internal("inflateReset failed");
      at_end_ = false;
    }
    in = in.substr(0, kMax);
    out = out.first(std::min(out.size(), kMax));
    // zlib does not write to its input; its C interface only lacks the const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));  // NOLINT
    stream_.avail_in = static_cast<uInt>(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int code = inflate(&stream_, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      return Status::Corruption(std::string("damaged gzip data: ") +
                                (stream_.msg != nullptr ? stream_.msg : "no cause"));
    }
    at_end_ = code == Z_STREAM_END;
    return Step{in.size() - stream_.avail_in, out.size() - stream_.avail_out};
  }
  bool AtEnd() const override { return at_end_; }

 private:
  z_stream stream_{};
  const bool ready_;
  bool at_end_ = false;
};

class ZstdDecompressor final : public Decompressor {
 public:
  Result<Step> Advance(std::string_view in, std::span<char> out) override {
    if (stream_ == nullptr) return Status::ResourceExhausted("no memory to decompress Zstandard");
    ZSTD_inBuffer input{in.data(), in.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    const std::size_t code = ZSTD_decompressStream(stream_.get(), &output, &input);
    if (ZSTD_isError(code) != 0) {
      return Status::Corruption(std::string("damaged Zstandard data: ") + ZSTD_getErrorName(code));
    }
    // 0 is only news when something was taken or made: an idle stream answers with what it wants next.
    if (input.pos > 0 || output.pos > 0) at_end_ = code == 0;
    return Step{input.pos, output.pos};
  }
  bool AtEnd() const override { return at_end_; }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream_{ZSTD_createDStream()};
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> Decompressor::For(std::string_view first_bytes) {
  if (first_bytes.starts_with(kGzipMagic)) return std::make_unique<GzipDecompressor>();
  if (first_bytes.starts_with(kZstdMagic)) return std::make_unique<ZstdDecompressor>();
  return nullptr;
}

}  // namespace proxy_telemetry::tools

// The parser of samples with timestamps against its slow twin, itself in random pieces, and the writer.
//
// Input: a byte whose two lowest bits choose the format and whose others seed the pieces' sizes; then the text.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "recording_sample_sink.h"
#include "slow_sample_parser.h"
#include "tools/sample_writer.h"
#include "tools/selector.h"

namespace proxy_telemetry::tools {
namespace {

// The twin's regular expressions recurse over a token.
constexpr std::size_t kTextBytesMax = 4096;

void Check(bool good, const char* what, const std::string& text) {
  if (good) return;
  std::fprintf(stderr, "%s:\n%s\n", what, text.c_str());
  std::abort();
}

// Writes each span as it comes; the names need not ascend here, so each span is a file of its own.
class RoundTripSink final : public SampleSink {
 public:
  explicit RoundTripSink(const std::string& text) : text_(text) {}

  Result<SeriesId> OnSeries(const Labels& labels) override {
    series_.push_back(labels);
    return SeriesId{series_.size() - 1};
  }
  Status OnSamples(SeriesId id, std::span<const tsdb::Point> points) override {
    std::string out;
    SampleWriter writer([&out](std::string_view piece) {
      out += piece;
      return Status::Ok();
    });
    RecordingSampleSink expected;
    PT_RETURN_IF_ERROR(expected.OnSeries(series_.at(id)).status());
    PT_RETURN_IF_ERROR(expected.OnSamples(0, points));
    Check(writer.StartSeries(series_.at(id)).ok() && writer.WritePoints(points).ok() && writer.Finish().ok(),
          "writer: failed", text_);
    const ParsedText read = ParseText(SampleFormat::kOpenMetrics, out);
    Check(read.status.ok(), read.status.message().c_str(), out);
    Check(read.points == expected.points, "writer: other samples", out);
    return Status::Ok();
  }

 private:
  const std::string& text_;
  std::vector<Labels> series_;
};

void CheckText(SampleFormat format, const std::string& text, std::size_t piece_bytes) {
  const ParsedText whole = ParseText(format, text);
  const SlowText slow = ParseTextSlowly(format, text);
  Check(slow.bad_line == BadLine(whole.status) && (slow.bad_line == 0) == whole.status.ok(), "twin: other line", text);
  Check(!whole.status.ok() || slow.points == whole.points, "twin: other samples", text);

  const ParsedText pieces = ParseText(format, text, piece_bytes);
  Check(pieces.status.message() == whole.status.message(), "pieces: other result", text);
  Check(!whole.status.ok() || pieces.points == whole.points, "pieces: other samples", text);

  if (whole.status.ok()) {
    RoundTripSink sink(text);
    SampleParser parser(format, "FILE", sink);
    Check(parser.Feed(text).ok() && parser.Finish().ok(), "round trip: refused", text);
  }
  // Whatever it says, it does not crash.
  if (ParseSelector(text).ok() && ParseTimeArgument(text, 0).ok()) Check(text == "now", "selector and time", text);
}

}  // namespace
}  // namespace proxy_telemetry::tools

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using proxy_telemetry::tools::SampleFormat;
  if (size == 0 || size > proxy_telemetry::tools::kTextBytesMax) return 0;
  constexpr SampleFormat kFormats[] = {SampleFormat::kAuto, SampleFormat::kOpenMetrics, SampleFormat::kPrometheusText,
                                       SampleFormat::kTsdbDump};
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  proxy_telemetry::tools::CheckText(kFormats[data[0] & 3], text, 1 + (data[0] >> 2));
  return 0;
}

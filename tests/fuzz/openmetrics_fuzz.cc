// The exposition parser against itself in random pieces, against its slow twin, and over a second page of known series.
//
// Input: a byte whose lowest bit chooses the format (0: text, 1: OpenMetrics) and whose others seed the pieces' sizes;
// then the page.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "recording_sink.h"
#include "slow_parser.h"

namespace proxy_telemetry {
namespace {

// The twin is quadratic in the length of a line.
constexpr std::size_t kPageBytesMax = 16384;

void Check(bool good, const char* what, const std::string& page) {
  if (good) return;
  std::fprintf(stderr, "%s:\n%s\n", what, page.c_str());
  std::abort();
}

Status FeedRandomPieces(ExpositionFormat format, std::string_view page, std::uint32_t seed, PageSink& sink) {
  OpenMetricsParser parser(format, sink);
  while (!page.empty()) {
    seed = seed * 1664525 + 1013904223;
    // A copy of its own, so that a read beyond the piece is seen.
    const std::string piece(page.substr(0, 1 + (seed >> 16) % 60));
    PT_RETURN_IF_ERROR(parser.Feed(piece));
    page.remove_prefix(piece.size());
  }
  return parser.Finish();
}

std::size_t LineOf(const Status& status) {
  std::size_t line = 0;
  return std::sscanf(status.message().c_str(), "line %zu, column ", &line) == 1 ? line : 0;
}

void WithoutFamilies(std::vector<RecordedSample>& samples) {
  for (RecordedSample& sample : samples) sample.family.clear();
}

void CheckPage(ExpositionFormat format, const std::string& page, std::uint32_t seed) {
  ParsedPage whole = Parse(format, page);
  Check(whole.status.code() != StatusCode::kInternal, whole.status.message().c_str(), page);

  SlowPage slow = ParseSlowly(format, page);
  Check(slow.bad_line == LineOf(whole.status) && (slow.bad_line == 0) == whole.status.ok(), "twin: other line", page);
  Check(!whole.status.ok() || slow.samples == whole.samples, "twin: other samples", page);

  RecordingSink pieces;
  pieces.knows = false;
  Check(FeedRandomPieces(format, page, seed, pieces).message() == whole.status.message(), "pieces: other result", page);
  Check(pieces.families == whole.families && pieces.samples == whole.samples, "pieces: other samples", page);
  if (!whole.status.ok()) return;

  RecordingSink sink;
  Check(FeedPage(format, page, sink).ok(), "known series: refused at first", page);
  sink.StartPage();
  Check(FeedPage(format, page, sink).ok(), "known series: refused", page);
  // A series repeated in the page stays in the family it had first.
  WithoutFamilies(sink.samples);
  WithoutFamilies(whole.samples);
  Check(sink.samples == whole.samples && sink.known == whole.samples.size(), "known series: other samples", page);
  Check(sink.faults.empty(), "known series: the sink's contract", page);
}

}  // namespace
}  // namespace proxy_telemetry

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using proxy_telemetry::ExpositionFormat;
  if (size == 0 || size > proxy_telemetry::kPageBytesMax) return 0;
  const std::string page(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto format = (data[0] & 1) == 0 ? ExpositionFormat::kText : ExpositionFormat::kOpenMetrics;
  proxy_telemetry::CheckPage(format, page, data[0] >> 1);
  return 0;
}

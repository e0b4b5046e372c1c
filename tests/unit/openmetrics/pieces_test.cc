// However a page is cut into pieces, the result is the same; and a line has a bound.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "page_generator.h"
#include "payloads.h"
#include "recording_sink.h"

namespace proxy_telemetry {
namespace {

struct Outcome {
  std::string message;
  std::vector<RecordedSample> samples;
  FamilyMap families;
  bool operator==(const Outcome&) const = default;
};

template <typename NextPiece>
Outcome InPieces(ExpositionFormat format, std::string_view page, NextPiece next_piece) {
  RecordingSink sink;
  OpenMetricsParser parser(format, sink);
  Status status = Status::Ok();
  while (!page.empty() && status.ok()) {
    // A copy that ends where the piece does, so that a sanitizer sees reads beyond it.
    const std::string piece(page.substr(0, next_piece()));
    status = parser.Feed(piece);
    page.remove_prefix(piece.size());
  }
  status = parser.Finish();
  return {status.message(), sink.samples, sink.families};
}

TEST(Pieces, EveryTwoOfASmallPageMakeTheSame) {
  const struct {
    ExpositionFormat format;
    std::string page;
  } pages[] = {
      {ExpositionFormat::kText,
       "# HELP a A \\n b\n# TYPE a counter\na{x=\"}\\\\\\\"\"} 1 5\n\n \ta{y=\"\xC3\xA9\"} 1e-3\n# TYPE h histogram\n"
       "h_bucket{le=\"+Inf\"} 3\nh_sum 4\nb -Inf"},
      {ExpositionFormat::kText, "a 1\n\n# TYPE x y\nb 1\n"},
      {ExpositionFormat::kText, "a 1\n\na{b=\"\xC3\"} 1\nb 1\n"},
      {ExpositionFormat::kOpenMetrics,
       "# TYPE a counter\n# HELP a A\\\"\na_total{x=\"}\"} 1 5.5 # {id=\"}\"} 3 4\na_created 3\nb 1\n# EOF\n"},
      {ExpositionFormat::kOpenMetrics, "a 1\nb 2\n# EOF"},
      {ExpositionFormat::kOpenMetrics, "a 1\nb 2\n# EOF\n#"},
      {ExpositionFormat::kOpenMetrics, "a 1\nb 2\n# EO"},
  };
  for (const auto& [format, page] : pages) {
    const Outcome whole = InPieces(format, page, [] { return std::string::npos; });
    for (std::size_t cut = 1; cut < page.size(); ++cut) {
      std::size_t next = cut;
      EXPECT_EQ(InPieces(format, page, [&] { return std::exchange(next, std::string::npos); }), whole) << cut << page;
    }
    EXPECT_EQ(InPieces(format, page, [] { return 1; }), whole) << page;
  }
}

TEST(Pieces, RandomOnesOfRealAndDamagedPagesMakeTheSame) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  for (const Payload& payload : LoadPayloads()) {
    PageGenerator generator(payload.format, seed);
    for (int i = 0; i < 12; ++i) {
      const std::string page = i < 4 ? payload.body : generator.Damaged(payload.body);
      const Outcome whole = InPieces(payload.format, page, [] { return std::string::npos; });
      const std::size_t piece_max = i % 2 == 0 ? 40 : 3000;
      EXPECT_EQ(InPieces(payload.format, page, [&] { return 1 + generator.Below(piece_max); }), whole) << payload.file;
    }
  }
}

TEST(LongLines, AreTakenUpToTheirBoundAndRefusedBeyond) {
  const std::string start = "a{x=\"";
  const std::string end = "\"} 1";
  const std::string longest = start + std::string(kExpositionLineBytesMax - start.size() - end.size(), 'v') + end;
  ASSERT_EQ(longest.size(), kExpositionLineBytesMax);
  const std::string message = "line 2, column 1048577: the line is longer than 1048576 bytes";
  for (const std::size_t piece_bytes :
       {std::size_t{1000}, std::size_t{kExpositionLineBytesMax}, std::size_t{1} << 30}) {
    EXPECT_TRUE(Parse(ExpositionFormat::kText, longest, piece_bytes).status.ok());
    EXPECT_TRUE(Parse(ExpositionFormat::kText, longest + "\nb 1\n", piece_bytes).status.ok());
    for (const char* more : {"", "\n", "\nb 1\n"}) {
      const Status status = Parse(ExpositionFormat::kText, "b 1\n" + longest + " " + more, piece_bytes).status;
      EXPECT_EQ(status.message(), message);
      EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
    }
  }
}

TEST(LongLines, ThatNeverEndAreRefusedWithoutTheirEnd) {
  RecordingSink sink;
  OpenMetricsParser parser(ExpositionFormat::kText, sink);
  const std::string piece(4096, '#');
  std::size_t pieces = 0;
  while (pieces < 10'000 && parser.Feed(piece).ok()) ++pieces;
  EXPECT_EQ(pieces, kExpositionLineBytesMax / piece.size());
}

}  // namespace
}  // namespace proxy_telemetry

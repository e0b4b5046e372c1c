// Series are found by the bytes before the value, and only lines that are right get that far.
#include <gtest/gtest.h>

#include <algorithm>

#include "recording_sink.h"

namespace proxy_telemetry {
namespace {

std::vector<std::string> Keys(const RecordingSink& sink) {
  std::vector<std::string> keys;
  for (const auto& [raw, sample] : sink.series) keys.push_back(raw);
  std::ranges::sort(keys);
  return keys;
}

using Strings = std::vector<std::string>;

TEST(KnownSeries, AreKeyedByTheirBytesWithoutBlanksAround) {
  RecordingSink sink;
  ASSERT_TRUE(FeedPage(ExpositionFormat::kText,
                       "a 1\n \ta\t2\nb{x=\"} 7\"} \t3 4\nc { x = \"\\\"}\" , }5\nd{} 6\ne { }\t7\n", sink)
                  .ok());
  EXPECT_EQ(Keys(sink), (Strings{"a", "b{x=\"} 7\"}", "c { x = \"\\\"}\" , }", "d{}", "e { }"}));
  EXPECT_TRUE(sink.faults.empty()) << sink.faults.front();
}

TEST(KnownSeries, AreFoundHoweverTheValueAndTimestampAreSpelled) {
  RecordingSink sink;
  ASSERT_TRUE(FeedPage(ExpositionFormat::kText, "a{x=\"}\"} 1\nb 1\n", sink).ok());
  sink.StartPage();
  const std::string page =
      "a{x=\"}\"} 2\na{x=\"}\"}\t3 5\na{x=\"}\"}4\na{x=\"}\"} 5 \t-6\t\nb\t6\n  b 7 1\nb 0.8e1 1 \n\ta{x=\"}\"} 9";
  ASSERT_TRUE(FeedPage(ExpositionFormat::kText, page, sink).ok());
  EXPECT_EQ(sink.known, 8U);
  ASSERT_EQ(sink.samples.size(), 8U);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(sink.samples[i].value, static_cast<double>(i + 2));
  EXPECT_TRUE(sink.faults.empty()) << sink.faults.front();
}

TEST(KnownSeries, AreFoundBesideExemplarsAndTimestampsInOpenMetrics) {
  RecordingSink sink;
  ASSERT_TRUE(FeedPage(ExpositionFormat::kOpenMetrics, "a{x=\"} # {\"} 1\nb_total 1\n# EOF\n", sink).ok());
  sink.StartPage();
  const std::string page =
      "a{x=\"} # {\"} 2\na{x=\"} # {\"} 3 4.5\na{x=\"} # {\"} 4 # {id=\"}\"} 9\nb_total 5 1.5 # {id=\"}\"} 9 7\n"
      "b_total 6\nb_total 7 1e9\n# EOF\n";
  ASSERT_TRUE(FeedPage(ExpositionFormat::kOpenMetrics, page, sink).ok());
  EXPECT_EQ(sink.known, 6U);
  ASSERT_EQ(sink.samples.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(sink.samples[i].value, static_cast<double>(i + 2));
  EXPECT_TRUE(sink.faults.empty()) << sink.faults.front();
}

TEST(KnownSeries, DoNotMakeAWrongLineRight) {
  for (const char* line : {"a{x=\"y\"}", "a{x=\"y\"} ", "a{x=\"y\"} 1 }", "a{x=\"y\"} 1 2 3", "a{x=\"y\"} 1e400",
                           "a{x=\"y\"} 1 2.5", "a{x=\"y\"} 1 9223372036854775808", "a{x=\"y\"}} 1", "a{x=\"y\"} {} 1",
                           "a{x=\"y\"} 1\r", "b-1", "b", "b 1 x", "b} 1", "b\v1"}) {
    RecordingSink sink;
    ASSERT_TRUE(FeedPage(ExpositionFormat::kText, "a{x=\"y\"} 1\nb 1\n", sink).ok());
    EXPECT_FALSE(FeedPage(ExpositionFormat::kText, line, sink).ok()) << line;
  }
  for (const char* line : {"a{x=\"y\"}1", "a{x=\"y\"} ", "a{x=\"y\"}  1", "a{x=\"y\"} 1 ", "a{x=\"y\"} 1 2 3",
                           "a{x=\"y\"} 1 Inf", "a{x=\"y\"} 1 2 ", "a{x=\"y\"} 1 #", "b\t1", "b 1 # {} ", "b 1 # {}"}) {
    RecordingSink sink;
    ASSERT_TRUE(FeedPage(ExpositionFormat::kOpenMetrics, "a{x=\"y\"} 1\nb 1\n# EOF\n", sink).ok());
    EXPECT_FALSE(FeedPage(ExpositionFormat::kOpenMetrics, std::string(line) + "\n# EOF\n", sink).ok()) << line;
  }
}

TEST(KnownSeries, SecondSamplesOfAPageGoToTheSinkAsKnown) {
  RecordingSink sink;
  ASSERT_TRUE(FeedPage(ExpositionFormat::kText, "a{x=\"y\"} 1\na{x=\"y\"} 2\n", sink).ok());
  EXPECT_EQ(sink.known, 1U);
  EXPECT_TRUE(sink.faults.empty());
}

TEST(SinkFailures, EndThePageWithTheirOwnCodeAndTheLine) {
  RecordingSink sink;
  sink.series_max = 2;
  const Status status = FeedPage(ExpositionFormat::kText, "# TYPE a gauge\na 1\nb 1\nc 1\nd 1\n", sink);
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(), "line 4, column 1: more series than sample_limit");
  EXPECT_EQ(sink.samples.size(), 2U);
}

TEST(Failures, AreReturnedByEveryLaterCall) {
  RecordingSink sink;
  OpenMetricsParser parser(ExpositionFormat::kText, sink);
  const std::string message = "line 2, column 3: expected a value, got \"x\"";
  EXPECT_TRUE(parser.Feed("a 1\nb ").ok());
  EXPECT_EQ(parser.Feed("x\nc 1\n").message(), message);
  EXPECT_EQ(parser.Feed("d 1\n").message(), message);
  EXPECT_EQ(parser.Finish().message(), message);
  EXPECT_EQ(sink.samples.size(), 1U);
}

}  // namespace
}  // namespace proxy_telemetry

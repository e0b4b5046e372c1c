#include "tools/sample_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "recording_sample_sink.h"

namespace proxy_telemetry::tools {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

RecordedPoint Point(const std::string& labels, std::int64_t ts_ms, double value) {
  return {labels, ts_ms, std::bit_cast<std::uint64_t>(value)};
}

// The message of the failure that is expected at `line`.
std::string Refused(SampleFormat format, const std::string& text, std::size_t line) {
  const ParsedText parsed = ParseText(format, text);
  EXPECT_EQ(BadLine(parsed.status), line) << text << parsed.status.message();
  return parsed.status.message();
}

TEST(SampleParser, ReadsOpenMetrics) {
  const ParsedText parsed =
      ParseText(SampleFormat::kAuto,
                "# HELP a x\n# TYPE a counter\n# UNIT a seconds\n"
                "a_total{x=\"1\",b=\"q\\\"\\\\\\n\\t\"} 1 1748736000.123\n"
                "a_total{x=\"1\",b=\"q\\\"\\\\\\n\\t\"} 1e5 1.748736001e+09 # {t=\"x}\"} 0.3 1.5\n"
                "b NaN 1748736002\n"
                "b -Inf 1748736003.9999 # {} 1\n"
                "# EOF\n");
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.message();
  EXPECT_EQ(parsed.format, SampleFormat::kOpenMetrics);
  const std::string a = R"("__name__"="a_total","b"="q\"\\\n\\t","x"="1",)";
  EXPECT_THAT(parsed.points, ElementsAre(Point(a, 1748736000123, 1), Point(a, 1748736001000, 1e5),
                                         Point("\"__name__\"=\"b\",", 1748736002000, NAN),
                                         Point("\"__name__\"=\"b\",", 1748736003999, -INFINITY)));
  EXPECT_EQ(parsed.samples, 4U);
}

TEST(SampleParser, ReadsPrometheusTextInMilliseconds) {
  const ParsedText parsed =
      ParseText(SampleFormat::kAuto, "# HELP a x\n\n a{ x = \"1\" , }\t0.5  1748736000123 \na 2 1748736000124\n");
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.message();
  EXPECT_EQ(parsed.format, SampleFormat::kPrometheusText);
  EXPECT_THAT(parsed.points, ElementsAre(Point("\"__name__\"=\"a\",\"x\"=\"1\",", 1748736000123, 0.5),
                                         Point("\"__name__\"=\"a\",", 1748736000124, 2)));
}

TEST(SampleParser, ReadsPromtoolsDump) {
  const ParsedText parsed = ParseText(SampleFormat::kAuto,
                                      "{__name__=\"b\", a=\"q\\\"b\\\\c\\nd\\t\\u2028\\x7fé\"} 1.23456789012e+11 5\n"
                                      "{a=\"x\"} +Inf 1748736000000\n");
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.message();
  EXPECT_EQ(parsed.format, SampleFormat::kTsdbDump);
  EXPECT_THAT(parsed.points,
              ElementsAre(Point("\"__name__\"=\"b\",\"a\"=\"q\\\"b\\\\c\\nd\t\u2028\x7fé\",", 5, 123456789012),
                          Point("\"a\"=\"x\",", 1748736000000, INFINITY)));
}

TEST(SampleParser, ReadsQuotedNamesAndNamelessSeries) {
  const ParsedText parsed =
      ParseText(SampleFormat::kOpenMetrics, "{\"my.name\",\"a.b\"=\"1\",c=\"2\"} 1 1\n{c=\"2\"} 2 2\n# EOF");
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.message();
  EXPECT_THAT(parsed.points, ElementsAre(Point("\"__name__\"=\"my.name\",\"a.b\"=\"1\",\"c\"=\"2\",", 1000, 1),
                                         Point("\"c\"=\"2\",", 2000, 2)));
}

TEST(SampleParser, CutsTimestampsBelowTheMillisecondAsPromtoolDoes) {
  const auto time = [](const std::string& text) {
    const ParsedText parsed = ParseText(SampleFormat::kOpenMetrics, "a 1 " + text + "\na 1 " + text + "\n# EOF\n");
    EXPECT_TRUE(parsed.status.ok()) << parsed.status.message();
    EXPECT_EQ(parsed.points.size(), 2U);
    // In full and as a line of a known series.
    EXPECT_EQ(parsed.points.at(0), parsed.points.at(1));
    return parsed.points.at(0).ts_ms;
  };
  EXPECT_EQ(time("0"), 0);
  EXPECT_EQ(time("-0.0019"), -1);
  EXPECT_EQ(time("1.0009999"), 1000);
  EXPECT_EQ(time("1."), 1000);
  EXPECT_EQ(time(".5"), 500);
  EXPECT_EQ(time("+1.5"), 1500);
  EXPECT_EQ(time("1.520879607789e+09"), 1520879607789);
  EXPECT_EQ(time("15208796077890000E-10"), 1520879607);
  EXPECT_EQ(time("00000000001520879607.7"), 1520879607700);
  EXPECT_EQ(time("1152921504606846.976"), kTimestampMsMax);
  EXPECT_EQ(time("-1152921504606846.976"), -kTimestampMsMax);
  EXPECT_EQ(time("1e-99999999999999999999"), 0);
  EXPECT_EQ(time("99999999999.999"), 99999999999999);
  EXPECT_EQ(time("100000000000"), 100000000000000);
  for (const char* bad : {"1152921504606846.977", "1e99999999999999999999", "1e20", "12345678901234567890"}) {
    EXPECT_THAT(Refused(SampleFormat::kOpenMetrics, std::string("a 1 ") + bad + "\n# EOF\n", 1),
                HasSubstr("is out of range"));
  }
  for (const char* bad : {"x", ".", "1e", "1e+", "1e+-1", "--1", "1.2.3", "NaN", "Inf", "0x1", "1_0"}) {
    EXPECT_THAT(Refused(SampleFormat::kOpenMetrics, std::string("a 1 ") + bad + "\n# EOF\n", 1),
                HasSubstr("is no number of seconds"));
  }
}

TEST(SampleParser, TellsSecondsFromMillisecondsByTheFirstTimestamp) {
  const auto format = [](const std::string& timestamp) {
    const ParsedText parsed = ParseText(SampleFormat::kAuto, "a 1 " + timestamp + "\n");
    return parsed.format;
  };
  EXPECT_EQ(format("99999999999"), SampleFormat::kOpenMetrics);
  EXPECT_EQ(format("100000000000"), SampleFormat::kPrometheusText);
  EXPECT_EQ(format("-100000000000"), SampleFormat::kPrometheusText);
  EXPECT_EQ(format("1748736000000"), SampleFormat::kPrometheusText);
  EXPECT_EQ(format("1748736000.000"), SampleFormat::kOpenMetrics);
  EXPECT_EQ(format("0"), SampleFormat::kOpenMetrics);
}

TEST(SampleParser, RefusesALineOfTheOtherUnit) {
  EXPECT_THAT(Refused(SampleFormat::kAuto, "a 1 1748736000\na 2 1748736060000\n# EOF\n", 2),
              HasSubstr("looks like milliseconds, but the file's first timestamp was in seconds"));
  EXPECT_THAT(Refused(SampleFormat::kAuto, "a 1 1748736000000\na 2 1748736060\n", 2),
              HasSubstr("looks like seconds, but the file's first timestamp was in milliseconds"));
  EXPECT_THAT(Refused(SampleFormat::kAuto, "a 1 1748736000000\na 2 1748736060.5\n", 2),
              HasSubstr("is no whole number of milliseconds"));
  EXPECT_THAT(Refused(SampleFormat::kAuto, "a 1 1748736000000\n# EOF\n", 2), HasSubstr("--format"));
  // Given, the format is what it is said to be.
  EXPECT_TRUE(ParseText(SampleFormat::kOpenMetrics, "a 1 1\na 2 1748736060000\n# EOF\n").status.ok());
  EXPECT_TRUE(ParseText(SampleFormat::kPrometheusText, "a 1 1748736000000\na 2 1\n# EOF\n").status.ok());
}

TEST(SampleParser, RefusesTornFiles) {
  const std::string text = "# TYPE a counter\na_total 1 1748736000\na_total 12 1748736060.125\n# EOF\n";
  ASSERT_TRUE(ParseText(SampleFormat::kAuto, text).status.ok());
  ASSERT_TRUE(ParseText(SampleFormat::kAuto, text.substr(0, text.size() - 1)).status.ok());
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    for (const SampleFormat format : {SampleFormat::kAuto, SampleFormat::kOpenMetrics}) {
      EXPECT_FALSE(ParseText(format, text.substr(0, size)).status.ok()) << size;
    }
  }
  EXPECT_THAT(Refused(SampleFormat::kPrometheusText, "a 1 1748736000000\na 12 17487360", 2),
              HasSubstr("the file is torn"));
  EXPECT_THAT(Refused(SampleFormat::kAuto, text + "\n", 5), HasSubstr("behind \"# EOF\""));
  EXPECT_THAT(
      Refused(SampleFormat::kOpenMetrics, "a 1 1\n# HELP a proxy-telemetry:value-bits 0x7ff0000000000002\n# EOF", 3),
      HasSubstr("torn"));
}

TEST(SampleParser, AnEmptyOpenMetricsFileHasNoSamples) {
  const ParsedText parsed = ParseText(SampleFormat::kAuto, "# EOF\n");
  EXPECT_TRUE(parsed.status.ok());
  EXPECT_EQ(parsed.samples, 0U);
}

TEST(SampleParser, SaysWhereAndWhatIsWrong) {
  const auto message = [](const std::string& line) {
    return Refused(SampleFormat::kOpenMetrics, "ok 1 1\n" + line + "\n# EOF\n", 2);
  };
  EXPECT_THAT(message("a 1"), StartsWith("FILE:2:4: the sample has no timestamp"));
  EXPECT_THAT(message("a 1 # {x=\"1\"} 2"), StartsWith("FILE:2:5: the sample has no timestamp"));
  EXPECT_THAT(message("a"), StartsWith("FILE:2:2: expected a blank and a value behind the series"));
  EXPECT_THAT(message("a{x=\"1\"}1 1"), StartsWith("FILE:2:9: expected a blank and a value"));
  EXPECT_THAT(message("a x 1"), StartsWith("FILE:2:3: expected a value, got \"x\""));
  EXPECT_THAT(message("a 1e400 1"), StartsWith("FILE:2:3: a value out of range"));
  EXPECT_THAT(message("9a 1 1"), StartsWith("FILE:2:1: expected a metric name, got \"9a\""));
  EXPECT_THAT(message("a{x=\"1\" y=\"2\"} 1 1"), StartsWith("FILE:2:9: expected \",\" or \"}\""));
  EXPECT_THAT(message("a{x=1} 1 1"), StartsWith("FILE:2:5: expected a value in double quotes for label \"x\""));
  EXPECT_THAT(message("a{x=\"1} 1 1"), StartsWith("FILE:2:5: the string is not closed"));
  EXPECT_THAT(message("a{x=\"1\",x=\"\"} 1 1"), StartsWith("FILE:2:1: label \"x\" is given twice"));
  EXPECT_THAT(message("a{__name__=\"b\"} 1 1"), HasSubstr("write the name in front"));
  EXPECT_THAT(message("a{\"b\"} 1 1"), HasSubstr("two metric names"));
  EXPECT_THAT(message("{} 1 1"), HasSubstr("neither a name nor labels"));
  EXPECT_THAT(message("a{x=\"\xFF\"} 1 1"), HasSubstr("not valid UTF-8"));
  EXPECT_THAT(message("a 1 1 x"), StartsWith("FILE:2:7: expected the end of the line behind the timestamp"));
  EXPECT_THAT(message("a 1 1 # {x=1} 1"), StartsWith("FILE:2:12: expected a value in double quotes"));
  EXPECT_THAT(message("a 1 1 # {} x"), HasSubstr("the exemplar's value"));
  EXPECT_THAT(message("a 1 1\r"), HasSubstr("\\x0d"));
  EXPECT_THAT(message("# HELP a proxy-telemetry:value-bits 0x7ff0"), HasSubstr("16 hexadecimal digits"));
  EXPECT_THAT(message("# HELP a proxy-telemetry:value-bits 0x7ff0000000000000"), HasSubstr("of a NaN"));
  EXPECT_THAT(Refused(SampleFormat::kPrometheusText, "a 1 1 # {} 1\n", 1), HasSubstr("expected the end of the line"));
  EXPECT_THAT(Refused(SampleFormat::kTsdbDump, "a 1 1\n", 1), HasSubstr("promtool's dump"));
  EXPECT_THAT(Refused(SampleFormat::kTsdbDump, "{__name__=\"a\"} {count:1, sum:2} 1\n", 1),
              HasSubstr("native histograms"));
  EXPECT_THAT(Refused(SampleFormat::kTsdbDump, "{a=\"\\q\"} 1 1\n", 1), StartsWith("FILE:1:5: expected an escape"));
}

TEST(SampleParser, TakesTheBitsOfANanFromTheLineInFront) {
  const std::string bits = "# HELP a proxy-telemetry:value-bits 0x7ff0000000000002\n";
  const ParsedText parsed =
      ParseText(SampleFormat::kOpenMetrics, "a 1 1\na 2 2\n" + bits + "a NaN 3\na NaN 4\na 5 5\n# EOF\n");
  ASSERT_TRUE(parsed.status.ok()) << parsed.status.message();
  ASSERT_EQ(parsed.points.size(), 5U);
  EXPECT_EQ(parsed.points[2].bits, 0x7ff0000000000002U);
  EXPECT_EQ(parsed.points[3].bits, 0x7ff8000000000000U);
  EXPECT_THAT(Refused(SampleFormat::kOpenMetrics, "a 1 1\n" + bits + "a 2 2\n# EOF\n", 3), HasSubstr("bits of a NaN"));
  EXPECT_THAT(Refused(SampleFormat::kOpenMetrics, bits + bits + "a NaN 2\n# EOF\n", 2), HasSubstr("already"));
}

TEST(SampleParser, LimitsLinesLabelsAndNames) {
  const std::string digits(kSampleLineBytesMax, '0');
  for (const std::size_t piece : {std::size_t{0}, std::size_t{1000}}) {
    EXPECT_TRUE(ParseText(SampleFormat::kOpenMetrics, "a 1 " + digits.substr(5) + "1\n# EOF\n", piece).status.ok());
    for (const char* end : {"\n# EOF\n", ""}) {
      const ParsedText parsed = ParseText(SampleFormat::kOpenMetrics, "b 1 1\na 1 " + digits.substr(3) + end, piece);
      EXPECT_THAT(parsed.status.message(), StartsWith("FILE:2:1: the line is longer than 1048576 bytes"));
    }
  }
  std::string labels;
  for (int i = 0; i < 255; ++i) labels += "l" + std::to_string(i) + "=\"x\",";
  EXPECT_TRUE(ParseText(SampleFormat::kOpenMetrics, "a{" + labels + "} 1 1\n# EOF\n").status.ok());
  EXPECT_THAT(Refused(SampleFormat::kOpenMetrics, "a{" + labels + "y=\"\"} 1 1\n# EOF\n", 1), HasSubstr("at most 256"));
  EXPECT_THAT(Refused(SampleFormat::kOpenMetrics, std::string(1025, 'a') + " 1 1\n# EOF\n", 1),
              HasSubstr("at most 1024"));
  EXPECT_THAT(Refused(SampleFormat::kOpenMetrics, "a{x=\"" + std::string(65537, 'y') + "\"} 1 1\n# EOF\n", 1),
              HasSubstr("at most 65536"));
}

TEST(SampleParser, TellsEachSeriesOnceAndItsPointsInSpans) {
  std::string text;
  for (int t = 0; t < 3000; ++t) text += "a{x=\"1\"} 1 " + std::to_string(1748736000000 + t) + "\n";
  for (int t = 0; t < 10; ++t) {
    for (const char* name : {"a{x=\"1\"}", "b"})
      text += std::string(name) + " 2 174873700000" + std::to_string(t) + "\n";
  }
  RecordingSampleSink sink;
  SampleParser parser(SampleFormat::kAuto, "FILE", sink);
  ASSERT_TRUE(parser.Feed(text).ok());
  ASSERT_TRUE(parser.Finish().ok());
  EXPECT_EQ(sink.series.size(), 2U);
  EXPECT_EQ(sink.points.size(), 3020U);
  EXPECT_EQ(sink.batches.size(), 3U + 19U);  // the third span goes on with the first of the mixed lines
  for (const std::size_t batch : sink.batches) EXPECT_LE(batch, kSampleBatchMax);
}

TEST(SampleParser, ReturnsTheSinksFailureAndKeepsIt) {
  RecordingSampleSink full;
  full.points_max = 0;
  SampleParser parser(SampleFormat::kAuto, "FILE", full);
  EXPECT_TRUE(parser.Feed("a 1 1\n").ok());
  EXPECT_EQ(parser.Feed("b 1 1\n").message(), "sink: disk full");
  full.points_max.reset();
  EXPECT_EQ(parser.Feed("# EOF\n").message(), "sink: disk full");
  EXPECT_EQ(parser.Finish().message(), "sink: disk full");
  EXPECT_TRUE(full.points.empty());

  RecordingSampleSink few;
  few.series_max = 1;
  SampleParser second(SampleFormat::kAuto, "FILE", few);
  EXPECT_EQ(second.Feed("a 1 1\nb 1 1\n").message(), "sink: too many series");
}

TEST(SampleFormat, NamesReadBack) {
  for (const SampleFormat format :
       {SampleFormat::kAuto, SampleFormat::kOpenMetrics, SampleFormat::kPrometheusText, SampleFormat::kTsdbDump}) {
    const Result<SampleFormat> read = ParseSampleFormat(SampleFormatName(format));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(*read, format);
  }
  EXPECT_THAT(ParseSampleFormat("json").status().message(), HasSubstr("use auto, openmetrics, prometheus or dump"));
}

}  // namespace
}  // namespace proxy_telemetry::tools

// What OpenMetrics 1.0 is taken and refused, with the exact position; cases as Prometheus' own parser decides them.
#include <gtest/gtest.h>

#include <cmath>

#include "recording_sink.h"

namespace proxy_telemetry {
namespace {

ParsedPage ParseOpenMetrics(std::string_view page) { return Parse(ExpositionFormat::kOpenMetrics, page); }

struct Refusal {
  std::string page;
  std::string message;
};

TEST(OpenMetrics, RefusesWithThePlaceAndTheReason) {
  const std::string kinds = "expected HELP, TYPE, UNIT or EOF behind \"# \" (OpenMetrics has no comments), ";
  const std::string types = "counter, gauge, histogram, summary, unknown, gaugehistogram, info or stateset";
  const Refusal refusals[] = {
      {"", "line 1, column 1: the page ends without # EOF: it may be cut off"},
      {"\n", "line 1, column 1: expected a metric name, got an empty line"},
      {"m 1\n\n# EOF\n", "line 2, column 1: expected a metric name, got an empty line"},
      {"m 1", "line 1, column 4: the page ends without # EOF: it may be cut off"},
      {"m 1\n", "line 2, column 1: the page ends without # EOF: it may be cut off"},
      {"m 1\n# EO", "line 2, column 2: " + kinds + "got \"EO\""},
      {"# EOF\na 1", "line 2, column 1: nothing may follow # EOF, got \"a\""},
      {"# EOF\n\n", "line 2, column 1: nothing may follow # EOF, got the end of the line"},
      {"# EOFa 1", "line 1, column 6: nothing may follow # EOF, got \"a\""},
      {"#", "line 1, column 1: " + kinds + "got the end of the line"},
      {"# H", "line 1, column 2: " + kinds + "got \"H\""},
      {"# a comment\n", "line 1, column 2: " + kinds + "got \"a\""},
      {"#  TYPE c counter\n", "line 1, column 2: " + kinds + "got \" TYPE\""},
      {"#\tTYPE c counter\n", "line 1, column 1: " + kinds + "got \"\\x09TYPE\""},
      {"# TYPE \n", "line 1, column 8: expected a metric name after TYPE, got the end of the line"},
      {"# TYPE m\n", "line 1, column 9: expected \" \" and text in TYPE, got the end of the line"},
      {"# HELP m\n", "line 1, column 9: expected \" \" and text in HELP, got the end of the line"},
      {"# TYPE u untyped\n", "line 1, column 10: expected a metric type (" + types + "), got \"untyped\""},
      {"# TYPE c counter \n", "line 1, column 10: expected a metric type (" + types + "), got \"counter \""},
      {"# TYPE c  counter\n", "line 1, column 10: expected a metric type (" + types + "), got \" counter\""},
      {"# UNIT metric suffix\n", "line 1, column 15: unit \"suffix\" is not the end of metric name \"metric\""},
      {"# UNIT metricsuffix suffix\n",
       "line 1, column 21: unit \"suffix\" is not the end of metric name \"metricsuffix\""},
      {"# UNIT m suffix\n", "line 1, column 10: unit \"suffix\" is not the end of metric name \"m\""},
      {" a 1\n", "line 1, column 1: expected a metric name, got \" a\""},
      {"9\n", "line 1, column 1: expected a metric name, got \"9\""},
      {"a\n", "line 1, column 2: expected \" \" and a value, got the end of the line"},
      {"a\t1\n", "line 1, column 2: expected \" \" or \"{\" after the metric name, got \"\\x091\""},
      {"a  1\n", "line 1, column 3: expected a value, got \" 1\""},
      {"a {b=\"c\"} 1\n", "line 1, column 3: expected a value, got \"{b=\\\"c\\\"}\""},
      {"a{b=\"c\"}1\n", "line 1, column 9: expected \" \" and a value, got \"1\""},
      {"a 1\t2\n", "line 1, column 3: expected a value, got \"1\""},
      {"a true\n", "line 1, column 3: expected a value, got \"true\""},
      {"a 0x1p-3\n", "line 1, column 3: expected a value, got \"0x1p-3\""},
      {"a 1 \n", "line 1, column 5: expected a timestamp in seconds, got the end of the line"},
      {"a 1 2 \n",
       "line 1, column 7: expected the end of the line or an exemplar behind the timestamp, got the end of "
       "the line"},
      {"a 1 1 1\n", "line 1, column 7: expected the end of the line or an exemplar behind the timestamp, got \"1\""},
      {"a 1 1z\n", "line 1, column 5: expected a timestamp in seconds, got \"1z\""},
      {"a 1 NaN\n", "line 1, column 5: expected a timestamp in seconds, got \"NaN\""},
      {"a 1 -Inf\n", "line 1, column 5: expected a timestamp in seconds, got \"-Inf\""},
      {"a{b='c'} 1\n", "line 1, column 5: expected a value in double quotes for label \"b\", got \"'c'}\""},
      {"a{,b=\"c\"} 1\n", "line 1, column 3: expected a label name or \"}\", got \",b=\\\"c\\\"}\""},
      {"a{b=\"c\", d=\"e\"} 1\n", "line 1, column 9: expected a label name or \"}\", got \" d=\\\"e\\\"}\""},
      {"a{b=\"c\"d=\"e\"} 1\n", "line 1, column 8: expected \",\" or \"}\" after a label, got \"d=\\\"e\\\"}\""},
      {"a{b=\"\xFF\"} 1\n", "line 1, column 6: the value of label \"b\" is not valid UTF-8, got \"\\xff\""},
      {"a 1 # {a=bb} 1\n", "line 1, column 10: expected a value in double quotes for label \"a\", got \"bb}\""},
      {"a 1 # {a=\"b\"}\n", "line 1, column 14: expected \" \" and the exemplar's value, got the end of the line"},
      {"a 1 # {a=\"b\"} x\n", "line 1, column 15: expected the exemplar's value, got \"x\""},
      {"a 1 # {a=\"b\"} 4 NaN\n", "line 1, column 17: expected a timestamp in seconds, got \"NaN\""},
      {"a 1 # {a=\"b\"} 4 1 1\n", "line 1, column 18: expected the end of the line behind the exemplar, got \" 1\""},
      {"a 1\r\n", "line 1, column 3: expected a value, got \"1\\x0d\"; lines must end with LF, not CR LF"},
  };
  for (const Refusal& refusal : refusals) {
    EXPECT_EQ(ParseOpenMetrics(refusal.page).status.message(), refusal.message) << refusal.page;
  }
}

TEST(OpenMetrics, TakesTimestampsAndExemplarsAndKeepsNeither) {
  const ParsedPage page = ParseOpenMetrics(
      "a_total 17.0 1520879607.789 # {id=\"x\"} 5\n"
      "b 1 # {} 4\n"
      "c{d=\"} # {\"} 1 # {id=\"y\",z=\"\\\"\"} 4 -123.5e0\n"
      "e{f=\"g\",} 2 -1.5\n"
      "# EOF");
  ASSERT_TRUE(page.status.ok()) << page.status.message();
  const std::vector<RecordedSample> samples = {{"a_total", "a_total", {}, 17},
                                               {"b", "b", {}, 1},
                                               {"c", "c", Labels({Label{"d", "} # {"}}), 1},
                                               {"e", "e", Labels({Label{"f", "g"}}), 2}};
  EXPECT_EQ(page.samples, samples);
}

TEST(OpenMetrics, IsChosenByItsMediaTypeOnly) {
  for (const char* type : {"application/openmetrics-text", "Application/OpenMetrics-Text; version=1.0.0; charset=utf-8",
                           " application/openmetrics-text ;version=0.0.1"}) {
    EXPECT_EQ(ExpositionFormatOf(type), ExpositionFormat::kOpenMetrics) << type;
  }
  for (const char* type : {"", "text/plain", "text/plain; version=0.0.4", "application/openmetrics-textual",
                           "text/plain; x=application/openmetrics-text"}) {
    EXPECT_EQ(ExpositionFormatOf(type), ExpositionFormat::kText) << type;
  }
}

}  // namespace
}  // namespace proxy_telemetry

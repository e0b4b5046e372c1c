// What text format 0.0.4 is taken and refused, with the exact position; cases as Prometheus' own parser decides them.
#include <gtest/gtest.h>

#include <cmath>

#include "recording_sink.h"

namespace proxy_telemetry {
namespace {

ParsedPage ParseText(std::string_view page) { return Parse(ExpositionFormat::kText, page); }

Labels OneSampleLabels(const std::string& line) {
  const ParsedPage page = ParseText(line);
  EXPECT_TRUE(page.status.ok()) << page.status.message();
  EXPECT_EQ(page.samples.size(), 1U) << line;
  return page.samples.empty() ? Labels() : page.samples[0].labels;
}

struct Refusal {
  std::string page;
  std::string message;
};

TEST(TextFormat, RefusesWithThePlaceAndTheReason) {
  const std::string types = "counter, gauge, histogram, summary or untyped";
  const Refusal refusals[] = {
      {"a", "line 1, column 2: expected a value, got the end of the line"},
      {"a 1\n\n b", "line 3, column 3: expected a value, got the end of the line"},
      {"9a 1\n", "line 1, column 1: expected a metric name, got \"9a\""},
      {"foo.bar 1\n", "line 1, column 4: expected \" \" or \"{\" after the metric name, got \".bar\""},
      {"foo-1\n", "line 1, column 4: expected \" \" or \"{\" after the metric name, got \"-1\""},
      {"a true\n", "line 1, column 3: expected a value, got \"true\""},
      {"a 1_2\n", "line 1, column 3: expected a value, got \"1_2\""},
      {"a 0x1p-3\n", "line 1, column 3: expected a value, got \"0x1p-3\""},
      {"a 0x10\n", "line 1, column 3: expected a value, got \"0x10\""},
      {"a 1e400\n", "line 1, column 3: a value out of range: \"1e400\" is too large for a 64-bit float"},
      {"a{} \t -1e309 5\n", "line 1, column 7: a value out of range: \"-1e309\" is too large for a 64-bit float"},
      {"a 1,5\n", "line 1, column 3: expected a value, got \"1,5\""},
      {"a 0 1_2\n", "line 1, column 5: expected a timestamp in milliseconds or the end of the line, got \"1_2\""},
      {"a 0 1.5\n", "line 1, column 5: expected a timestamp in milliseconds or the end of the line, got \"1.5\""},
      {"a 0 +1\n", "line 1, column 5: expected a timestamp in milliseconds or the end of the line, got \"+1\""},
      {"a 0 9223372036854775808\n", "line 1, column 5: a timestamp out of range: got \"9223372036854775808\""},
      {"a 0 1 x\n", "line 1, column 7: expected the end of the line behind the timestamp, got \"x\""},
      {"a 1 # {x=\"y\"} 1\n",
       "line 1, column 5: expected a timestamp in milliseconds or the end of the line, got \"#\""},
      {"a{b='c'} 1\n", "line 1, column 5: expected a value in double quotes for label \"b\", got \"'c'}\""},
      {"a{b=\n", "line 1, column 5: expected a value in double quotes for label \"b\", got the end of the line"},
      {"a{b} 1\n", "line 1, column 4: expected \"=\" after label name \"b\", got \"}\""},
      {"a{b:c=\"d\"} 1\n", "line 1, column 4: expected \"=\" after label name \"b\", got \":c=\\\"d\\\"}\""},
      {"a{=\"\"} 0\n", "line 1, column 3: expected a label name or \"}\", got \"=\\\"\\\"}\""},
      {"a{,} 0\n", "line 1, column 3: expected a label name or \"}\", got \",}\""},
      {"a{b=\"c\",,} 0\n", "line 1, column 9: expected a label name or \"}\", got \",}\""},
      {"a{\xFF=\"x\"} 1\n", "line 1, column 3: expected a label name or \"}\", got \"\\xff=\\\"x\\\"}\""},
      {"a{b=\"c\" 1\n", "line 1, column 9: expected a label name or \"}\", got \"1\""},
      {"a{b=\"c} 1\n", "line 1, column 5: the value of label \"b\" is not closed: no \" before the line ends"},
      {"a{b=\"c\\\"} 1\n", "line 1, column 5: the value of label \"b\" is not closed: no \" before the line ends"},
      {"a{b=\"c\\", "line 1, column 5: the value of label \"b\" is not closed: no \" before the line ends"},
      {"x 1\na{b=\"xy\xC3\x28\"} 1\n", "line 2, column 8: the value of label \"b\" is not valid UTF-8, got \"\\xc3(\""},
      {"a{b=\"1\",c=\"2\",b=\"3\"} 1\n", "line 1, column 15: label \"b\" is given twice"},
      {"a{b=\"\",b=\"\"} 1\n", "line 1, column 8: label \"b\" is given twice"},
      {"a{c=\"1\",__name__=\"x\"} 1\n",
       "line 1, column 9: label \"__name__\" cannot be given in braces: the metric name stands before them"},
      {"{a=\"ok\"} 1\n", "line 1, column 1: expected a metric name before the labels, got \"{a=\\\"ok\\\"}\""},
      {"# TYPE #\n", "line 1, column 8: expected a metric name after TYPE, got \"#\""},
      {"# HELP \n", "line 1, column 8: expected a metric name after HELP, got the end of the line"},
      {"# TYPE a\n", "line 1, column 9: expected a metric type (" + types + "), got the end of the line"},
      {"# TYPE a  counter\n", "line 1, column 10: expected a metric type (" + types + "), got \" counter\""},
      {"# TYPE a Counter\n", "line 1, column 10: expected a metric type (" + types + "), got \"Counter\""},
      {"# TYPE a info\n", "line 1, column 10: expected a metric type (" + types + "), got \"info\""},
      {"# HELP a x\xFFy\n", "line 1, column 11: the help text is not valid UTF-8, got \"\\xffy\""},
      {"a 1\r\nb 2\r\n", "line 1, column 3: expected a value, got \"1\\x0d\"; lines must end with LF, not CR LF"},
      {std::string("a 1\n\0b 2\n", 9), "line 2, column 1: expected a metric name, got \"\\x00b\""},
      {"a 1234567890123456789012345678901234567890x1\n",
       "line 1, column 3: expected a value, got \"1234567890123456789012345678901234567890...\""},
  };
  for (const Refusal& refusal : refusals) {
    EXPECT_EQ(ParseText(refusal.page).status.message(), refusal.message) << refusal.page;
  }
}

TEST(TextFormat, SaysWhatElseThePageIs) {
  const std::string names =
      "quoted (UTF-8) names are not supported; have the target escape them, as text format "
      "0.0.4 asks";
  const Refusal refusals[] = {
      {"<!DOCTYPE html>\n<html>\n",
       "line 1, column 1: this is an HTML page, not metrics: got \"<!DOCTYPE\"; check the path"},
      {"\n\n  <html>", "line 3, column 3: this is an HTML page, not metrics: got \"<html>\"; check the path"},
      {"[1, 2]\n", "line 1, column 1: this is JSON, not metrics: got \"[1,\"; check the path"},
      {"{\n  \"a\": 1\n}", "line 1, column 1: this is JSON, not metrics: got \"{\"; check the path"},
      {"{\"status\" : \"ok\"}", "line 1, column 1: this is JSON, not metrics: got \"{\\\"status\\\"\"; check the path"},
      {"{\"http.requests\", a=\"b\"} 1\n",
       "line 1, column 1: expected a metric name, got \"{\\\"http.requests\\\",\": " + names},
      {"a{\"b.c\"=\"d\"} 1\n",
       "line 1, column 3: expected a label name or \"}\", got \"\\\"b.c\\\"=\\\"d\\\"}\": " + names},
      {"# TYPE \"http.requests\" counter\n",
       "line 1, column 8: expected a metric name after TYPE, got \"\\\"http.requests\\\"\": " + names},
  };
  for (const Refusal& refusal : refusals) {
    EXPECT_EQ(ParseText(refusal.page).status.message(), refusal.message) << refusal.page;
  }
}

TEST(TextFormat, TakesBlanksWhereverTokensMeet) {
  const Labels labels({{"a", "b"}, {"q", "1.0"}});
  for (const char* line : {"x{q=\"1.0\",a=\"b\"} 1", "x {q=\"1.0\",a=\"b\"}\t1",
                           "\t x\t{ q = \"1.0\" , a\t=\t\"b\" , } 1 ", "x{q=\"1.0\",a=\"b\",} 1 \t 123123\t",
                           "x{q=\"1.0\",a=\"b\"}1", "x{q=\"1.0\" a=\"b\"} 1 -3982045", "x{q=\"1.0\"a=\"b\"} 1"}) {
    EXPECT_EQ(OneSampleLabels(line), labels) << line;
  }
  EXPECT_EQ(OneSampleLabels("x{} 1"), Labels());
  EXPECT_EQ(OneSampleLabels("x { } 1"), Labels());
  EXPECT_EQ(OneSampleLabels("x 1"), Labels());
}

TEST(TextFormat, ResolvesThreeEscapesInLabelValues) {
  EXPECT_EQ(OneSampleLabels(R"(x{a="\"b\"",c="\\n\n\t\x",d="}\\",e="{,=\"} 5"} 1)"),
            Labels({{"a", "\"b\""}, {"c", "\\n\n\\t\\x"}, {"d", "}\\"}, {"e", "{,=\"} 5"}}));
  EXPECT_EQ(OneSampleLabels("x{a=\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\t\r\"} 1"),
            Labels({Label{"a", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\t\r"}}));
  EXPECT_EQ(OneSampleLabels(std::string("x{a=\"b\0c\"} 1", 12)), Labels({Label{"a", std::string("b\0c", 3)}}));
}

TEST(TextFormat, DropsLabelsWithoutValue) {
  EXPECT_EQ(OneSampleLabels("x{a=\"\",b=\"1\",c=\"\"} 1"), Labels({Label{"b", "1"}}));
}

TEST(TextFormat, RefusesADuplicateAmongVeryManyLabels) {
  std::string line = "x{";
  for (int i = 0; i < 50'000; ++i) line += "l" + std::to_string(i) + "=\"\",";
  EXPECT_TRUE(ParseText(line + "} 1\n").status.ok());
  const std::size_t column = line.size() + 1;
  EXPECT_EQ(ParseText(line + "l777=\"\"} 1\n").status.message(),
            "line 1, column " + std::to_string(column) + ": label \"l777\" is given twice");
}

TEST(TextFormat, TakesEmptyPagesEmptyLinesAndComments) {
  for (const char* page : {"", "\n", "\n \t\n\n", "#", "# \n", "#TYPE a b\n", "# TYPE", "# HELP\n#\n", "# HELPER x\n",
                           "# UNIT a b\n", "# EOF\n# EOF\n", "\t# comment \xFF \\ \r\n"}) {
    const ParsedPage parsed = ParseText(page);
    EXPECT_TRUE(parsed.status.ok()) << page << ": " << parsed.status.message();
    EXPECT_TRUE(parsed.samples.empty() && parsed.families.empty()) << page;
  }
}

TEST(TextFormat, TakesTheLastLineWithoutItsNewline) {
  const ParsedPage page = ParseText("a 1\nb 12");
  ASSERT_TRUE(page.status.ok());
  ASSERT_EQ(page.samples.size(), 2U);
  EXPECT_EQ(page.samples[1].value, 12);
}

TEST(TextFormat, TakesNaNAndInfinitiesAsValues) {
  const ParsedPage page = ParseText("a NaN\nb +Inf\nc -Inf\nd 1e-400\n");
  ASSERT_TRUE(page.status.ok());
  EXPECT_TRUE(std::isnan(page.samples[0].value));
  EXPECT_EQ(page.samples[1].value, INFINITY);
  EXPECT_EQ(page.samples[2].value, -INFINITY);
  EXPECT_EQ(page.samples[3].value, 0);
}

}  // namespace
}  // namespace proxy_telemetry

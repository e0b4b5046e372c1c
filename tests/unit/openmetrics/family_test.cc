// Which family a sample belongs to, in both formats, and what the sink is told of it.
#include <gtest/gtest.h>

#include "recording_sink.h"

namespace proxy_telemetry {
namespace {

using enum MetricType;

std::vector<std::string> FamilyNames(const ParsedPage& page) {
  EXPECT_TRUE(page.status.ok()) << page.status.message();
  std::vector<std::string> names;
  for (const RecordedSample& sample : page.samples) names.push_back(sample.family);
  return names;
}

ParsedPage ParseText(std::string_view page) { return Parse(ExpositionFormat::kText, page); }
ParsedPage ParseOpenMetrics(const std::string& page) { return Parse(ExpositionFormat::kOpenMetrics, page + "# EOF\n"); }

using Names = std::vector<std::string>;

TEST(TextFamilies, OwnTheSuffixedSamplesOfHistogramsAndSummaries) {
  const ParsedPage page = ParseText(
      "# TYPE h histogram\n# HELP h Help \\\\ of\\nh \\\"\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\nh 1\nh_total 1\n"
      "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 1\ns_count 1\ns_bucket 1\n"
      "# TYPE g gauge\ng 1\ng_sum 1\n");
  EXPECT_EQ(FamilyNames(page), (Names{"h", "h", "h", "h", "h_total", "s", "s", "s", "s_bucket", "g", "g_sum"}));
  EXPECT_EQ(page.families.at("h"), (MetricFamily{"h", kHistogram, "Help \\ of\nh \\\""}));
  EXPECT_EQ(page.families.at("s"), (MetricFamily{"s", kSummary, ""}));
  EXPECT_EQ(page.families.at("g_sum"), (MetricFamily{"g_sum", kUntyped, ""}));
}

TEST(TextFamilies, PreferTheSamplesOwnNameWhenItIsDeclared) {
  const ParsedPage page = ParseText("# TYPE h histogram\n# TYPE h_count gauge\nh_count 1\nh_sum 2\n");
  EXPECT_EQ(FamilyNames(page), (Names{"h_count", "h"}));
  EXPECT_EQ(page.families.at("h_count").type, kGauge);
}

TEST(TextFamilies, AreUntypedWithoutMetadataAndKeepHelpAlone) {
  const ParsedPage page = ParseText("a 1\na{b=\"c\"} 2\n# HELP z alone\nz 1\nh_bucket 3\n");
  EXPECT_EQ(FamilyNames(page), (Names{"a", "a", "z", "h_bucket"}));
  EXPECT_EQ(page.families.at("a"), (MetricFamily{"a", kUntyped, ""}));
  EXPECT_EQ(page.families.at("z"), (MetricFamily{"z", kUntyped, "alone"}));
}

TEST(TextFamilies, TakeTheLastWordOfMetadata) {
  const ParsedPage page = ParseText(
      "# TYPE a gauge\n# HELP a first\na 1\n# TYPE b counter\nb 2\n# TYPE a counter\na{x=\"y\"} 1\n# HELP a second\n"
      "late 1\n# TYPE late summary\n");
  EXPECT_EQ(FamilyNames(page), (Names{"a", "b", "a", "late"}));
  EXPECT_EQ(page.families.at("a"), (MetricFamily{"a", kCounter, "second"}));
  EXPECT_EQ(page.families.at("late"), (MetricFamily{"late", kSummary, ""}));
}

TEST(TextFamilies, MayBeInterleaved) {
  const ParsedPage page = ParseText("# TYPE a gauge\n# TYPE h histogram\na 1\nh_sum 1\na{x=\"1\"} 1\nh_count 1\n");
  EXPECT_EQ(FamilyNames(page), (Names{"a", "h", "a", "h"}));
}

TEST(TextFamilies, TreatTheByteBehindTheNameAsTheSeparator) {
  const ParsedPage page = ParseText(
      "# HELP a\ttabbed\n# TYPE a\tgauge\n#\t HELP \t b.c x\nb 1\n# HELP c  two\nc 1\n"
      "# HELP d \t \nd 1\n# HELP e\ne 1\na 1\n");
  ASSERT_TRUE(page.status.ok()) << page.status.message();
  EXPECT_EQ(page.families.at("a"), (MetricFamily{"a", kGauge, "tabbed"}));
  EXPECT_EQ(page.families.at("b").help, "c x");
  EXPECT_EQ(page.families.at("c").help, " two");
  EXPECT_EQ(page.families.at("d").help, "");
  EXPECT_EQ(page.families.at("e").help, "");
}

TEST(TextFamilies, AreAnnouncedOnceWhenTheirMetadataIsWhole) {
  class CountingSink : public RecordingSink {
   public:
    FamilyId AddFamily(const MetricFamily& family) override {
      calls.push_back(family);
      return RecordingSink::AddFamily(family);
    }
    std::vector<MetricFamily> calls;
  } sink;
  const std::string_view page =
      "# HELP a A.\n# TYPE a counter\na 1\na{x=\"1\"} 1\n# TYPE b gauge\n# HELP b B.\nb 1\nc 1\nc{x=\"1\"} 1\n";
  ASSERT_TRUE(FeedPage(ExpositionFormat::kText, page, sink).ok());
  const std::vector<MetricFamily> first = {{"a", kCounter, "A."}, {"b", kGauge, "B."}, {"c", kUntyped, ""}};
  EXPECT_EQ(sink.calls, first);
  sink.calls.clear();
  ASSERT_TRUE(FeedPage(ExpositionFormat::kText, page, sink).ok());
  const std::vector<MetricFamily> second = {{"a", kCounter, "A."}, {"b", kGauge, "B."}};
  EXPECT_EQ(sink.calls, second);
}

TEST(OpenMetricsFamilies, AreFoldedIntoTextTerms) {
  const ParsedPage page = ParseOpenMetrics(
      "# TYPE c counter\n# HELP c C\\\"s\nc_total 1\nc_created 2\nc 3\n"
      "# TYPE h_seconds histogram\n# UNIT h_seconds seconds\nh_seconds_bucket{le=\"+Inf\"} 1\nh_seconds_count 1\n"
      "h_seconds_sum 1\nh_seconds_created 1\n"
      "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_count 1\ns_sum 1\ns_created 1\n"
      "# TYPE i info\n# HELP i I.\ni_info{v=\"1\"} 1\n"
      "# TYPE st stateset\nst{st=\"on\"} 1\n"
      "# TYPE gh gaugehistogram\n# HELP gh GH.\ngh_bucket{le=\"+Inf\"} 1\ngh_gcount 1\ngh_gsum 1\n"
      "# TYPE u unknown\nu 1\n"
      "# TYPE g gauge\ng 1\ng_total 1\n");
  EXPECT_EQ(FamilyNames(page),
            (Names{"c_total", "c_created", "c", "h_seconds", "h_seconds", "h_seconds", "h_seconds_created", "s", "s",
                   "s", "s_created", "i_info", "st", "gh_bucket", "gh_gcount", "gh_gsum", "u", "g", "g_total"}));
  const std::vector<MetricFamily> expected = {{"c", kCounter, "C\"s"},
                                              {"c_created", kGauge, "C\"s"},
                                              {"c_total", kCounter, "C\"s"},
                                              {"g", kGauge, ""},
                                              {"g_total", kUntyped, ""},
                                              {"gh_bucket", kUntyped, "GH."},
                                              {"gh_gcount", kUntyped, "GH."},
                                              {"gh_gsum", kUntyped, "GH."},
                                              {"h_seconds", kHistogram, ""},
                                              {"h_seconds_created", kGauge, ""},
                                              {"i_info", kGauge, "I."},
                                              {"s", kSummary, ""},
                                              {"s_created", kGauge, ""},
                                              {"st", kGauge, ""},
                                              {"u", kUntyped, ""}};
  std::vector<MetricFamily> families;
  for (const auto& [name, family] : page.families) families.push_back(family);
  EXPECT_EQ(families, expected);
}

TEST(OpenMetricsFamilies, TakeACounterDeclaredWithItsSuffix) {
  const ParsedPage page = ParseOpenMetrics("# TYPE c_total counter\nc_total 1\n# TYPE b_info info\nb_info 1\n");
  EXPECT_EQ(FamilyNames(page), (Names{"c_total", "b_info"}));
  EXPECT_EQ(page.families.size(), 2U);
  EXPECT_EQ(page.families.at("c_total").type, kCounter);
}

TEST(OpenMetricsFamilies, LearnTheTypeOfASampleThatCameFirst) {
  const ParsedPage page = ParseOpenMetrics("c_total 1\n# TYPE c counter\nc_total{x=\"y\"} 1\n");
  EXPECT_EQ(FamilyNames(page), (Names{"c_total", "c_total"}));
  EXPECT_EQ(page.families.at("c_total").type, kCounter);
}

}  // namespace
}  // namespace proxy_telemetry

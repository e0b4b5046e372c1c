#include "series_table.h"

#include <gtest/gtest.h>

#include <vector>

#include "fake_series.h"
#include "round_builder.h"

namespace proxy_telemetry {
namespace {

class SeriesTableTest : public ::testing::Test {
 protected:
  std::string TextOf(const std::vector<LabelView>& labels, bool honor_labels = false, const char* name = "m") {
    const InternSeries intern = std::ref(intern_);
    SeriesTable table(PolicyOf(honor_labels), intern);
    const auto index = table.Add("raw", table.FamilyOf({name, MetricType::kGauge, ""}), name, labels);
    return index.ok() ? table.series(*index).text : index.status().message();
  }

  FakeIntern intern_;
};

TEST_F(SeriesTableTest, TargetLabelsAreAdded) {
  EXPECT_EQ(TextOf({{"host", "a"}}), R"(m{host="a",instance="h:1",job="edge"})");
}

TEST_F(SeriesTableTest, AClashingLabelOfThePageIsExported) {
  EXPECT_EQ(TextOf({{"job", "theirs"}}), R"(m{exported_job="theirs",instance="h:1",job="edge"})");
  EXPECT_EQ(TextOf({{"job", "theirs"}, {"exported_job", "older"}}),
            R"(m{exported_exported_job="theirs",exported_job="older",instance="h:1",job="edge"})");
}

TEST_F(SeriesTableTest, HonorLabelsKeepsThePagesLabel) {
  EXPECT_EQ(TextOf({{"job", "theirs"}}, true), R"(m{instance="h:1",job="theirs"})");
}

TEST_F(SeriesTableTest, ReservedNamesAreAboutSomebodyElse) {
  for (const char* name : {"proxy_up", "proxy_scrape_samples", "proxy_last_scrape_timestamp_seconds",
                           "proxy_telemetry_x", "process_cpu_seconds_total"}) {
    EXPECT_EQ(TextOf({}, false, name), "exported_" + std::string(name) + R"({instance="h:1",job="edge"})");
  }
  EXPECT_EQ(TextOf({}, false, "proxy_backend_up"), R"(proxy_backend_up{instance="h:1",job="edge"})");
}

TEST_F(SeriesTableTest, LabelLimitsNameThemselves) {
  auto policy = std::make_shared<LabelPolicy>(*PolicyOf());
  policy->label_limit = 3;
  const InternSeries intern = std::ref(intern_);
  SeriesTable table(policy, intern);
  const std::vector<LabelView> one{{"a", "x"}};
  const auto refused = table.Add("m{a=\"x\"}", 0, "m", one);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.status().message().find("label_limit exceeded"), std::string::npos);
  EXPECT_TRUE(table.Add("m", 0, "m", {}).ok()) << "name, job and instance are three";
}

TEST_F(SeriesTableTest, TwoSpellingsOfOneSeriesAreOneSeries) {
  const InternSeries intern = std::ref(intern_);
  SeriesTable table(PolicyOf(), intern);
  const std::vector<LabelView> labels{{"a", "x"}};
  const auto first = table.Add("m{a=\"x\"}", 0, "m", labels);
  const auto second = table.Add("m{a=\"x\",}", 0, "m", labels);
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(table.Find("m{a=\"x\",}"), *first);
  EXPECT_EQ(table.Find("m{a=\"y\"}"), SeriesTable::kNone);
}

TEST_F(SeriesTableTest, SeriesAreFoundInAnyOrder) {
  const InternSeries intern = std::ref(intern_);
  SeriesTable table(PolicyOf(), intern);
  std::vector<std::string> raws;
  for (int i = 0; i < 100; ++i) raws.push_back("m" + std::to_string(i));
  for (const std::string& raw : raws) ASSERT_TRUE(table.Add(raw, 0, raw, {}).ok());
  for (std::size_t step : {1U, 7U, 99U}) {
    for (std::size_t i = 0; i < raws.size(); ++i) {
      const std::size_t at = i * step % raws.size();
      EXPECT_EQ(table.Find(raws[at]), at);
    }
  }
}

TEST_F(SeriesTableTest, OfTwoSamplesOfASeriesTheFirstIsKeptAndTheOtherCounted) {
  const InternSeries intern = std::ref(intern_);
  SeriesTable table(PolicyOf(), intern);
  RoundBuilder builder(table, 1, 0);
  const auto family = builder.AddFamily({"m", MetricType::kGauge, ""});
  ASSERT_TRUE(builder.AddSeries("m", family, "m", {}, 1).ok());
  EXPECT_TRUE(builder.AddKnown("m", 2));
  EXPECT_EQ(builder.duplicates(), 1U);
  const auto round = std::move(builder).Finish({1, 1000, 0.5, true, 1});
  ASSERT_EQ(round->samples.size(), 5U) << "m and four about the scrape";
  EXPECT_EQ(round->samples[0].value, 1);
}

TEST_F(SeriesTableTest, SampleLimitRefusesThePage) {
  const InternSeries intern = std::ref(intern_);
  SeriesTable table(PolicyOf(), intern);
  RoundBuilder builder(table, 1, 2);
  const auto family = builder.AddFamily({"m", MetricType::kGauge, ""});
  EXPECT_TRUE(builder.AddSeries("m1", family, "m1", {}, 1).ok());
  EXPECT_TRUE(builder.AddSeries("m2", family, "m2", {}, 1).ok());
  EXPECT_TRUE(builder.CheckSampleLimit().ok());
  EXPECT_FALSE(builder.AddSeries("m3", family, "m3", {}, 1).ok());
  EXPECT_NE(builder.CheckSampleLimit().message().find("sample_limit"), std::string::npos);
}

TEST_F(SeriesTableTest, AFailedScrapeHasOnlyWhatIsKnownAboutTheTarget) {
  const InternSeries intern = std::ref(intern_);
  SeriesTable table(PolicyOf(), intern);
  const auto never = RoundBuilder::Failed(table, {1, 0, 0, false, 0});
  ASSERT_EQ(never->samples.size(), 1U);
  EXPECT_EQ(never->samples[0].series->text, R"(proxy_up{instance="h:1",job="edge"})");
  EXPECT_EQ(never->samples[0].value, 0);
  EXPECT_EQ(RoundBuilder::Failed(table, {1, 5000, 0.1, false, 4})->samples.size(), 4U);
}

TEST_F(SeriesTableTest, APageCannotSpellTheProgramsOwnSeries) {
  const InternSeries intern = std::ref(intern_);
  SeriesTable table(PolicyOf(), intern);
  static_cast<void>(RoundBuilder::Failed(table, {1, 5000, 0.1, false, 4}));
  EXPECT_EQ(table.Find("proxy_up"), SeriesTable::kNone);
  EXPECT_EQ(table.Find(""), SeriesTable::kNone);
}

}  // namespace
}  // namespace proxy_telemetry

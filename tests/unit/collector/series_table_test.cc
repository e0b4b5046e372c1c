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

TEST_F(SeriesTableTest, TwoClashingLabelsNeverShareAName) {
  auto policy = std::make_shared<LabelPolicy>();
  policy->target_labels = Labels({{"job", "edge"}, {"exported_job", "ours"}});
  const InternSeries intern = std::ref(intern_);
  SeriesTable table(policy, intern);
  const std::vector<LabelView> labels{{"exported_job", "older"}, {"job", "theirs"}};
  EXPECT_EQ(
      table.series(*table.Add("raw", 0, "m", labels)).text,
      R"(m{exported_exported_exported_job="older",exported_exported_job="theirs",exported_job="ours",job="edge"})")
      << "as Prometheus has it: the shorter name first";
}

// metric_relabel_configs.
class MetricRelabelTest : public SeriesTableTest {
 protected:
  static RelabelRule RuleOf(RelabelAction action, std::vector<std::string> sources, std::string regex,
                            std::string target = "", std::string replacement = "$1") {
    RelabelRule rule;
    rule.action = action;
    rule.source_labels = std::move(sources);
    rule.regex = std::move(regex);
    rule.target_label = std::move(target);
    rule.replacement = std::move(replacement);
    return rule;
  }

  SeriesTable& With(const std::vector<RelabelRule>& rules, bool honor_labels = false, std::uint64_t label_limit = 0) {
    auto policy = std::make_shared<LabelPolicy>(*PolicyOf(honor_labels));
    policy->label_limit = label_limit;
    auto relabeler = Relabeler::Make(rules);
    EXPECT_TRUE(relabeler.ok());
    policy->relabeler = std::make_shared<const Relabeler>(std::move(*relabeler));
    table_ = std::make_unique<SeriesTable>(policy, intern_function_);
    return *table_;
  }

  // Feeds the lines, "name value" each, as gauges; returns the round's series.
  std::vector<std::string> Round(SeriesTable& table, const std::vector<std::string>& names,
                                 std::uint64_t sample_limit = 0) {
    RoundBuilder builder(table, ++stamp_, sample_limit);
    for (const std::string& name : names) {
      if (builder.AddKnown(name, 1)) {
        ++known_;
        continue;
      }
      const auto family = builder.AddFamily({name, MetricType::kGauge, "help"});
      EXPECT_TRUE(builder.AddSeries(name, family, name, {}, 1).ok());
    }
    limit_ = builder.CheckSampleLimit();
    duplicates_ = builder.duplicates();
    dropped_ = builder.dropped();
    ScrapeFacts facts;
    const auto round = std::move(builder).Finish(facts);
    std::vector<std::string> series;
    for (const ScrapedSample& sample : round->samples) {
      const MetricFamily& family = (*round->families)[sample.series->family];
      series.push_back(sample.series->text + " in " + family.name + " " + MetricTypeName(family.type));
    }
    EXPECT_EQ(series.back(), R"(proxy_up{instance="h:1",job="edge"} in proxy_up gauge)") << "our own is left alone";
    series.pop_back();
    return series;
  }

  const InternSeries intern_function_ = std::ref(intern_);
  std::unique_ptr<SeriesTable> table_;
  std::uint64_t stamp_ = 0;
  int known_ = 0;
  Status limit_;
  std::uint64_t duplicates_ = 0;
  std::size_t dropped_ = 0;
};

using Texts = std::vector<std::string>;

TEST_F(MetricRelabelTest, RulesSeeTheTargetsLabels) {
  SeriesTable& table = With({RuleOf(RelabelAction::kReplace, {"job", "instance"}, "(.*);(.*):.*", "at", "$1/$2"),
                             RuleOf(RelabelAction::kLabelDrop, {}, "job")});
  EXPECT_EQ(Round(table, {"m"}), Texts{R"(m{at="edge/h",instance="h:1"} in m gauge)"});
}

TEST_F(MetricRelabelTest, RulesSeeWhatHonorLabelsLeft) {
  const RelabelRule rule = RuleOf(RelabelAction::kReplace, {"job"}, "(.*)", "was", "$1");
  const std::vector<LabelView> labels{{"job", "theirs"}};
  EXPECT_EQ(With({rule}, true).Add("raw", 0, "m", labels).ok(), true);
  EXPECT_EQ(table_->series(0).text, R"(m{instance="h:1",job="theirs",was="theirs"})");
  ASSERT_TRUE(With({rule}, false).Add("raw", 0, "m", labels).ok());
  EXPECT_EQ(table_->series(0).text, R"(m{exported_job="theirs",instance="h:1",job="edge",was="edge"})");
}

TEST_F(MetricRelabelTest, ADroppedSeriesIsKnownByItsSpelling) {
  SeriesTable& table = With({RuleOf(RelabelAction::kDrop, {"__name__"}, "go_.*")});
  const Texts page{"go_a", "m", "go_b", "n"};
  const Texts kept{R"(m{instance="h:1",job="edge"} in m gauge)", R"(n{instance="h:1",job="edge"} in n gauge)"};
  EXPECT_EQ(Round(table, page), kept);
  EXPECT_EQ(dropped_, 2U);
  EXPECT_EQ(known_, 0);
  EXPECT_EQ(Round(table, page), kept);
  EXPECT_EQ(dropped_, 2U);
  EXPECT_EQ(known_, 4) << "no rule ran again";
  EXPECT_EQ(intern_.size(), 3U) << "the store never hears of what is dropped";
}

TEST_F(MetricRelabelTest, SampleLimitCountsWhatIsKept) {
  SeriesTable& table = With({RuleOf(RelabelAction::kDrop, {"__name__"}, "go_.*")});
  Round(table, {"go_a", "go_b", "m", "n"}, 2);
  EXPECT_TRUE(limit_.ok()) << limit_.message();
  Round(table, {"go_a", "m", "n", "n"}, 2);
  EXPECT_FALSE(limit_.ok()) << "a second sample of a series is one, as in Prometheus";
}

TEST_F(MetricRelabelTest, TwoSeriesThatBecomeOneAreCountedAsDuplicates) {
  SeriesTable& table = With({RuleOf(RelabelAction::kReplace, {"__name__"}, "[ab]", "__name__", "both")});
  EXPECT_EQ(Round(table, {"a", "b"}), Texts{R"(both{instance="h:1",job="edge"} in both gauge)"});
  EXPECT_EQ(duplicates_, 1U);
  EXPECT_EQ(Round(table, {"a", "b"}).size(), 1U);
  EXPECT_EQ(duplicates_, 1U) << "in every round";
}

TEST_F(MetricRelabelTest, NoRuleMakesANameOfOurs) {
  SeriesTable& table = With({RuleOf(RelabelAction::kReplace, {"__name__"}, "m", "__name__", "proxy_up"),
                             RuleOf(RelabelAction::kReplace, {"__name__"}, "process_(.*)", "__name__", "p_$1")});
  EXPECT_EQ(Round(table, {"m", "process_x", "proxy_scrape_y"}),
            (Texts{R"(exported_proxy_up{instance="h:1",job="edge"} in exported_proxy_up gauge)",
                   R"(p_x{instance="h:1",job="edge"} in p_x gauge)",
                   R"(exported_proxy_scrape_y{instance="h:1",job="edge"} in exported_proxy_scrape_y gauge)"}));
}

TEST_F(MetricRelabelTest, ARenamedHistogramStaysOne) {
  SeriesTable& table = With({RuleOf(RelabelAction::kReplace, {"__name__"}, "old_(.*)", "__name__", "new_$1")});
  const auto family = table.FamilyOf({"old_seconds", MetricType::kHistogram, "help"});
  const std::vector<LabelView> labels{{"le", "1"}};
  const ScrapedSeries& series = table.series(*table.Add("raw", family, "old_seconds_bucket", labels));
  EXPECT_EQ(series.text, R"(new_seconds_bucket{instance="h:1",job="edge",le="1"})");
  EXPECT_EQ((*table.families())[series.family], (MetricFamily{"new_seconds", MetricType::kHistogram, "help"}));
}

TEST_F(MetricRelabelTest, ANameThatFitsNoFamilyIsUntyped) {
  SeriesTable& table = With({RuleOf(RelabelAction::kReplace, {"__name__"}, ".*_bucket", "__name__", "alone")});
  const auto family = table.FamilyOf({"old_seconds", MetricType::kHistogram, "help"});
  const ScrapedSeries& series = table.series(*table.Add("raw", family, "old_seconds_bucket", {}));
  EXPECT_EQ((*table.families())[series.family], (MetricFamily{"alone", MetricType::kUntyped, ""}));
}

TEST_F(MetricRelabelTest, ARuleThatSpoilsTheNameFailsThePage) {
  for (const char* name : {"", "no name", "1st"}) {
    SeriesTable& table = With({RuleOf(RelabelAction::kReplace, {"__name__"}, "m", "__name__", name)});
    const auto refused = table.Add("m", table.FamilyOf({"m", MetricType::kGauge, ""}), "m", {});
    ASSERT_FALSE(refused.ok()) << name;
    EXPECT_NE(refused.status().message().find("metric_relabel_configs"), std::string::npos);
  }
}

TEST_F(MetricRelabelTest, LabelLimitsCountAfterRelabelling) {
  const std::vector<LabelView> labels{{"a", "1"}, {"b", "2"}};
  EXPECT_FALSE(With({RuleOf(RelabelAction::kLabelDrop, {}, "x")}, false, 4).Add("m", 0, "m", labels).ok());
  EXPECT_TRUE(With({RuleOf(RelabelAction::kLabelDrop, {}, "b")}, false, 4).Add("m", 0, "m", labels).ok());
}

}  // namespace
}  // namespace proxy_telemetry

#include <gtest/gtest.h>
#include <prometheus/metric_family.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/number.h"
#include "exposition_writer.h"
#include "fake_series.h"
#include "round_builder.h"
#include "series_text.h"

namespace proxy_telemetry {
namespace {

std::string Value(double value) {
  std::string out;
  AppendNumber(value, out);
  return out;
}

TEST(SeriesText, ValuesAreTheShortestThatReadBackTheSame) {
  EXPECT_EQ(Value(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(Value(1000000), "1000000");
  EXPECT_EQ(Value(1e21), "1e+21");
  EXPECT_EQ(Value(9007199254740993.0), "9007199254740992");
  EXPECT_EQ(Value(-0.0), "-0");
  EXPECT_EQ(Value(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(Value(-std::numeric_limits<double>::infinity()), "-Inf");
  EXPECT_EQ(Value(std::nan("")), "NaN");
  EXPECT_EQ(Value(5e-324), "5e-324");
}

TEST(SeriesText, OpenMetricsWantsCanonicalBounds) {
  const auto text = [](const char* le) { return SeriesText(Labels({{"__name__", "m"}, {"le", le}}), true); };
  EXPECT_EQ(text("1"), R"(m{le="1.0"})");
  EXPECT_EQ(text("0.5"), R"(m{le="0.5"})");
  EXPECT_EQ(text("+Inf"), R"(m{le="+Inf"})");
  EXPECT_EQ(text("odd"), R"(m{le="odd"})");
  EXPECT_EQ(SeriesText(Labels({{"__name__", "m"}, {"le", "1"}}), false), R"(m{le="1"})");
}

TEST(SeriesText, LabelValuesAreEscaped) {
  EXPECT_EQ(SeriesText(Labels({{"__name__", "m"}, {"a", "q\"b\\n\nü"}}), false), "m{a=\"q\\\"b\\\\n\\nü\"}");
}

class ExpositionWriterTest : public ::testing::Test {
 protected:
  struct Sample {
    MetricFamily family;
    std::string raw;
    std::vector<LabelView> labels;
    double value;
  };

  // A round of the target "h:<port>".
  void AddRound(const std::string& port, const std::vector<Sample>& samples) {
    auto policy = std::make_shared<LabelPolicy>();
    policy->target_labels = Labels({{"job", "edge"}, {"instance", "h:" + port}});
    tables_.push_back(std::make_unique<SeriesTable>(policy, intern_function_));
    RoundBuilder builder(*tables_.back(), 1, 0);
    for (const Sample& sample : samples) {
      const auto family = builder.AddFamily(sample.family);
      ASSERT_TRUE(builder.AddSeries(sample.raw, family, sample.family.name, sample.labels, sample.value).ok());
    }
    auto round = std::make_shared<TargetRound>(*std::move(builder).Finish({rounds_.size() + 1, 1000, 0, true, 1}));
    round->samples.resize(samples.size());
    rounds_.push_back(std::move(round));
  }

  std::string Write(ExpositionFormat format) const { return WriteExposition(format, rounds_, own_, 0); }

  FakeIntern intern_;
  InternSeries intern_function_ = std::ref(intern_);
  std::vector<std::unique_ptr<SeriesTable>> tables_;
  std::vector<std::shared_ptr<const TargetRound>> rounds_;
  std::vector<prometheus::MetricFamily> own_;
};

TEST_F(ExpositionWriterTest, AFamilyOfManyTargetsIsWrittenOnce) {
  const MetricFamily family{"r_total", MetricType::kCounter, "He\\lp\nme."};
  AddRound("1", {{family, "r_total", {}, 1}});
  AddRound("2", {{family, "r_total", {}, 2}});
  EXPECT_EQ(Write(ExpositionFormat::kText),
            "# HELP r_total He\\\\lp\\nme.\n# TYPE r_total counter\n"
            "r_total{instance=\"h:1\",job=\"edge\"} 1\nr_total{instance=\"h:2\",job=\"edge\"} 2\n");
}

TEST_F(ExpositionWriterTest, InterleavedFamiliesAreGathered) {
  const MetricFamily a{"a", MetricType::kGauge, ""};
  const MetricFamily b{"b", MetricType::kGauge, ""};
  AddRound("1", {{b, "b1", {{"n", "1"}}, 1}, {a, "a", {}, 2}, {b, "b2", {{"n", "2"}}, 3}});
  EXPECT_EQ(Write(ExpositionFormat::kText),
            "# TYPE a gauge\na{instance=\"h:1\",job=\"edge\"} 2\n"
            "# TYPE b gauge\nb{instance=\"h:1\",job=\"edge\",n=\"1\"} 1\nb{instance=\"h:1\",job=\"edge\",n=\"2\"} 3\n");
}

TEST_F(ExpositionWriterTest, OpenMetricsNamesCountersWithoutTotalAndEndsInEof) {
  AddRound("1", {{{"r_total", MetricType::kCounter, ""}, "r_total", {}, 1}});
  EXPECT_EQ(Write(ExpositionFormat::kOpenMetrics),
            "# TYPE r counter\nr_total{instance=\"h:1\",job=\"edge\"} 1\n# EOF\n");
}

TEST_F(ExpositionWriterTest, ACounterWithoutTotalHasNoTypeInOpenMetrics) {
  AddRound("1", {{{"hits", MetricType::kCounter, ""}, "hits", {}, 1}});
  EXPECT_EQ(Write(ExpositionFormat::kOpenMetrics),
            "# TYPE hits unknown\nhits{instance=\"h:1\",job=\"edge\"} 1\n# EOF\n");
}

TEST_F(ExpositionWriterTest, TargetsThatDisagreeOnATypeLoseIt) {
  AddRound("1", {{{"m", MetricType::kGauge, ""}, "m", {}, 1}});
  AddRound("2", {{{"m", MetricType::kCounter, ""}, "m", {}, 2}});
  EXPECT_NE(Write(ExpositionFormat::kText).find("# TYPE m untyped\n"), std::string::npos);
}

TEST_F(ExpositionWriterTest, OwnHistogramsAreWrittenWhole) {
  prometheus::MetricFamily family;
  family.name = "proxy_telemetry_d_seconds";
  family.help = "D.";
  family.type = prometheus::MetricType::Histogram;
  prometheus::ClientMetric metric;
  metric.histogram = {3, 4.5, {{1, 1}, {3, std::numeric_limits<double>::infinity()}}};
  family.metric.push_back(metric);
  own_.push_back(family);
  EXPECT_EQ(Write(ExpositionFormat::kText),
            "# HELP proxy_telemetry_d_seconds D.\n# TYPE proxy_telemetry_d_seconds histogram\n"
            "proxy_telemetry_d_seconds_bucket{le=\"1\"} 1\nproxy_telemetry_d_seconds_bucket{le=\"+Inf\"} 3\n"
            "proxy_telemetry_d_seconds_sum 4.5\nproxy_telemetry_d_seconds_count 3\n");
}

}  // namespace
}  // namespace proxy_telemetry

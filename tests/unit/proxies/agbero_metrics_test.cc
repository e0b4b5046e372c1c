// agbero's /metrics beside its /uptime.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/proxies.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

constexpr std::string_view kNoHosts = R"({"hosts":{}})";

Values ReadCaptured() {
  const std::string metrics = ReadFixture("agbero-metrics.prom");
  return ValuesOf(ReadAgbero(ReadFixture("agbero-uptime.json"), metrics, NoRules()));
}

Values Read(std::string_view metrics) { return ValuesOf(ReadAgbero(kNoHosts, metrics, NoRules())); }

TEST(AgberoMetrics, GivesRequestsByExactCodeOverAllMethods) {
  EXPECT_THAT(
      StartingWith(ReadCaptured(), "proxy_http_requests_total"),
      UnorderedElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"shop.localhost\"}", 1995),
                           Pair("proxy_http_requests_total{code=\"404\",host=\"shop.localhost\"}", 60),
                           Pair("proxy_http_requests_total{code=\"500\",host=\"shop.localhost\"}", 5),
                           Pair("proxy_http_requests_total{code=\"502\",host=\"shop.localhost\"}", 40),
                           Pair("proxy_http_requests_total{code=\"404\",host=\"unauthorized_or_unknown\"}", 25)));
}

TEST(AgberoMetrics, GivesTheHistogramOfAHostOverAllMethodsWithBoundsInOrder) {
  const auto snapshot = ReadAgbero(kNoHosts, ReadFixture("agbero-metrics.prom"), NoRules());
  ASSERT_TRUE(snapshot.ok());
  std::vector<std::pair<std::string, double>> buckets;
  for (const SnapshotFamily& family : snapshot->families) {
    if (family.family.name != "proxy_http_request_duration_seconds") continue;
    EXPECT_EQ(family.family.type, MetricType::kHistogram);
    for (const SnapshotSample& sample : family.samples) {
      const Labels labels(sample.labels);
      if (sample.name.ends_with("_bucket") && labels.Get("host") == "shop.localhost") {
        buckets.emplace_back(labels.Get("le"), sample.value);
      }
    }
  }
  EXPECT_THAT(buckets, ElementsAre(Pair("0.005", 400), Pair("0.01", 910), Pair("0.025", 1250), Pair("0.05", 1600),
                                   Pair("0.1", 1850), Pair("0.25", 1980), Pair("0.5", 2040), Pair("1", 2075),
                                   Pair("2.5", 2088), Pair("5", 2094), Pair("10", 2098), Pair("+Inf", 2100)));
  const Values values = ValuesOf(*snapshot);
  EXPECT_EQ(values.at("proxy_http_request_duration_seconds_sum{host=\"shop.localhost\"}"), 74.75);
  EXPECT_EQ(values.at("proxy_http_request_duration_seconds_count{host=\"shop.localhost\"}"), 2100);
}

TEST(AgberoMetrics, GivesWhatIsInFlightInsteadOfTheBackendsSum) {
  EXPECT_THAT(StartingWith(ReadCaptured(), "proxy_http_requests_in_flight"),
              UnorderedElementsAre(Pair("proxy_http_requests_in_flight{host=\"shop.localhost\"}", 4),
                                   Pair("proxy_http_requests_in_flight{host=\"unauthorized_or_unknown\"}", 0)));
}

TEST(AgberoMetrics, LeavesBackendsStreamsAndServerlessToUptime) {
  const Values values = ReadCaptured();
  const Values uptime_only = ValuesOf(ReadAgbero(ReadFixture("agbero-uptime.json"), std::nullopt, NoRules()));
  EXPECT_EQ(StartingWith(values, "proxy_backend"), StartingWith(uptime_only, "proxy_backend"));
  EXPECT_EQ(SumOf(values, "proxy_backend_requests_total{backend=\"127.0.0.1:7001\",host=\"db.localhost\"}"), 77);
}

// /history takes a host's backends only while the host has no requests of its own: an idle one must have none.
TEST(AgberoMetrics, GivesAHostThatItDoesNotKnowYetNoZero) {
  const Values values = ReadCaptured();
  EXPECT_THAT(values, Contains(Key("proxy_backends{host=\"idle.localhost\"}")));
  EXPECT_THAT(StartingWith(values, "proxy_http_requests_total{code=\"200\",host=\"idle.localhost\""), IsEmpty());
  EXPECT_THAT(values, Not(Contains(Key("proxy_http_request_duration_seconds_count{host=\"idle.localhost\"}"))));
}

TEST(AgberoMetrics, DropsWhatIsNotAboutTraffic) {
  for (const auto& [series, value] : ReadCaptured()) EXPECT_TRUE(series.starts_with("proxy_")) << series;
}

TEST(AgberoMetrics, NormalisesHostsAndAppliesRules) {
  const std::string metrics =
      "agbero_http_requests_total{host=\"WWW.A.X:443\",method=\"GET\",code=\"200\"} 1\n"
      "agbero_http_requests_total{host=\"a.x\",method=\"GET\",code=\"200\"} 2\n";
  EXPECT_THAT(ValuesOf(ReadAgbero(kNoHosts, metrics, MapperOf({{"(?i)www\\.(.*)", "$1"}}))),
              ElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"a.x\"}", 3)));
}

TEST(AgberoMetrics, TakesTheFirstOfTwoSamplesOfOneSeries) {
  EXPECT_THAT(Read("agbero_http_requests_total{host=\"a\",method=\"GET\",code=\"200\"} 1\n"
                   "agbero_http_requests_total{code=\"200\",host=\"a\",method=\"GET\"} 5\n"),
              ElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"a\"}", 1)));
}

TEST(AgberoMetrics, MayBeEmptyBeforeTheFirstRequest) {
  EXPECT_THAT(Read("# TYPE go_goroutines gauge\ngo_goroutines 1\n"), IsEmpty());
  EXPECT_THAT(Read(""), IsEmpty());
}

// promhttp answers in OpenMetrics to a client that would rather have it.
TEST(AgberoMetrics, AreReadInOpenMetricsToo) {
  EXPECT_THAT(Read("# HELP agbero_http_requests Total.\n# TYPE agbero_http_requests counter\n"
                   "agbero_http_requests_total{code=\"200\",host=\"a\",method=\"GET\"} 3.0\n# EOF\n"),
              ElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"a\"}", 3)));
}

TEST(AgberoMetrics, PassesOverOtherSeriesOfItsNames) {
  EXPECT_THAT(Read("agbero_http_request_duration_seconds_created{host=\"a\"} 1\nagbero_http_requests_total_x 1\n"),
              IsEmpty());
}

}  // namespace
}  // namespace proxy_telemetry

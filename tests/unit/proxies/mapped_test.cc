// The engine behind `mapping:`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <initializer_list>
#include <utility>

#include "exporter/proxies.h"
#include "proxies/mapped_rules.h"
#include "proxies/mapped_traffic.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

MappedMetric Metric(const std::string& name) {
  MappedMetric metric;
  metric.metric = name;
  return metric;
}

MappedMetric WithCode(const std::string& name, const std::string& code) {
  MappedMetric metric = Metric(name);
  metric.code = code;
  return metric;
}

MappedMetric WithBackend(const std::string& name, const std::string& backend) {
  MappedMetric metric = Metric(name);
  metric.backend = backend;
  return metric;
}

using Noun = std::vector<MappedMetric> Mapping::*;

Mapping Of(std::initializer_list<std::pair<Noun, MappedMetric>> metrics) {
  Mapping mapping;
  mapping.host = "vhost";
  for (const auto& [noun, metric] : metrics) (mapping.*noun).push_back(metric);
  return mapping;
}

Mapping Requests(const MappedMetric& metric) { return Of({{&Mapping::requests, metric}}); }

Mapping Latency(const std::string& name, double scale = 1) {
  MappedMetric metric = Metric(name);
  metric.scale = scale;
  return Of({{&Mapping::latency, metric}});
}

Values Read(const std::string& page, const Mapping& mapping, const HostMapper& hosts = NoRules()) {
  return ValuesOf(ReadMapped(page, ExpositionFormat::kText, mapping, hosts));
}

TEST(Mapped, AddsUpOverLabelsThatItDoesNotName) {
  EXPECT_THAT(Read("r{vhost=\"a\",code=\"200\",method=\"GET\"} 3\n"
                   "r{vhost=\"a\",code=\"200\",method=\"PUT\"} 4\n"
                   "r{vhost=\"a\",code=\"500\",method=\"GET\"} 1\n"
                   "r{vhost=\"b\",code=\"200\",method=\"GET\"} 8\n"
                   "other{vhost=\"a\",code=\"200\"} 9\n",
                   Requests(WithCode("r", "code"))),
              ElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"a\"}", 7),
                          Pair("proxy_http_requests_total{code=\"200\",host=\"b\"}", 8),
                          Pair("proxy_http_requests_total{code=\"500\",host=\"a\"}", 1)));
}

TEST(Mapped, KeepsExactCodesAndSpellsClassesAsTheContract) {
  EXPECT_THAT(Read("r{vhost=\"a\",c=\"200\"} 1\nr{vhost=\"a\",c=\"4\"} 2\nr{vhost=\"a\",c=\"5XX\"} 3\n"
                   "r{vhost=\"a\",c=\"3xx\"} 4\nr{vhost=\"a\",c=\"9\"} 5\nr{vhost=\"a\"} 6\n",
                   Requests(WithCode("r", "c"))),
              ElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"a\"}", 1),
                          Pair("proxy_http_requests_total{code=\"3xx\",host=\"a\"}", 4),
                          Pair("proxy_http_requests_total{code=\"4xx\",host=\"a\"}", 2),
                          Pair("proxy_http_requests_total{code=\"5xx\",host=\"a\"}", 3),
                          Pair("proxy_http_requests_total{code=\"9\",host=\"a\"}", 5),
                          Pair("proxy_http_requests_total{host=\"a\"}", 6)));
}

TEST(Mapped, NormalisesTheHost) {
  EXPECT_THAT(Read("r{vhost=\"Shop.Example.:8080\"} 1\n", Requests(Metric("r"))),
              ElementsAre(Pair("proxy_http_requests_total{host=\"shop.example\",proxy=\"Shop.Example.:8080\"}", 1)));
}

TEST(Mapped, NeverAddsCountersUpOverNativeNames) {
  EXPECT_THAT(Read("r{vhost=\"be_a\"} 1\nr{vhost=\"be_b\"} 2\n", Requests(Metric("r")), MapperOf({{"be_.*", "x"}})),
              ElementsAre(Pair("proxy_http_requests_total{host=\"x\",proxy=\"be_a\"}", 1),
                          Pair("proxy_http_requests_total{host=\"x\",proxy=\"be_b\"}", 2)));
}

TEST(Mapped, ANameThatIsTheHostKeepsItsPlainSeriesWhenAnotherComes) {
  const HostMapper hosts = MapperOf({{"(www\\.)?(.*)", "$2"}});
  const std::string plain = "proxy_http_requests_total{host=\"shop.example\"}";
  EXPECT_THAT(Read("r{vhost=\"shop.example\"} 5\n", Requests(Metric("r")), hosts), ElementsAre(Pair(plain, 5)));
  EXPECT_THAT(Read("r{vhost=\"shop.example\"} 6\nr{vhost=\"www.shop.example\"} 1\n", Requests(Metric("r")), hosts),
              ElementsAre(Pair("proxy_http_requests_total{host=\"shop.example\",proxy=\"www.shop.example\"}", 1),
                          Pair(plain, 6)));
}

TEST(Mapped, ANameThatARuleRenamesCarriesTheLabelProxyFromTheStart) {
  EXPECT_THAT(Read("r{vhost=\"be_a\"} 1\n", Requests(Metric("r")), MapperOf({{"be_.*", "x"}})),
              ElementsAre(Pair("proxy_http_requests_total{host=\"x\",proxy=\"be_a\"}", 1)));
}

TEST(Mapped, AddsGaugesOfAHostUp) {
  const Mapping mapping =
      Of({{&Mapping::in_flight, Metric("f")}, {&Mapping::backends, Metric("n")}, {&Mapping::backends_up, Metric("u")}});
  EXPECT_THAT(Read("f{vhost=\"a1\"} 1\nf{vhost=\"a2\"} 2\nn{vhost=\"a1\"} 3\nn{vhost=\"a2\"} 1\nu{vhost=\"a1\"} 2\n",
                   mapping, MapperOf({{"a.", "a"}})),
              ElementsAre(Pair("proxy_backends_up{host=\"a\"}", 2), Pair("proxy_backends{host=\"a\"}", 4),
                          Pair("proxy_http_requests_in_flight{host=\"a\"}", 3)));
}

TEST(Mapped, TakesTheLargestOfThoseThatCountTheSameRequests) {
  MappedMetric metric = Metric("r");
  metric.largest_of = "handler";
  // The requests of the two servers are different ones.
  EXPECT_THAT(Read("r{vhost=\"a\",server=\"s0\",handler=\"x\"} 20\nr{vhost=\"a\",server=\"s0\",handler=\"y\"} 18\n"
                   "r{vhost=\"a\",server=\"s1\",handler=\"z\"} 7\nr{vhost=\"a\",server=\"s1\",handler=\"y\"} 6\n",
                   Requests(metric)),
              ElementsAre(Pair("proxy_http_requests_total{host=\"a\"}", 27)));
}

TEST(Mapped, TakesOnlySeriesThatMeetEveryCondition) {
  MappedMetric metric = Metric("r");
  metric.where = {{"proto", "http.*"}, {"internal", ""}};
  EXPECT_THAT(
      Read("r{vhost=\"a\",proto=\"http\"} 1\nr{vhost=\"a\",proto=\"https\"} 2\nr{vhost=\"a\",proto=\"xhttp\"} 4\n"
           "r{vhost=\"a\"} 8\nr{vhost=\"a\",proto=\"http\",internal=\"1\"} 16\n",
           Requests(metric)),
      ElementsAre(Pair("proxy_http_requests_total{host=\"a\"}", 3)));
}

TEST(Mapped, PassesOverWhatIsNoCount) {
  EXPECT_THAT(Read("r{vhost=\"a\",m=\"1\"} NaN\nr{vhost=\"a\",m=\"2\"} 2\nr{vhost=\"a\",m=\"3\"} +Inf\n"
                   "r{vhost=\"a\",m=\"4\"} -1\nr{vhost=\"b\"} NaN\n",
                   Requests(Metric("r"))),
              ElementsAre(Pair("proxy_http_requests_total{host=\"a\"}", 2)));
}

TEST(Mapped, TakesTheFirstOfTwoSamplesOfOneSeriesInWhateverOrderOfLabels) {
  EXPECT_THAT(
      Read("r{vhost=\"a\",m=\"1\"} 2\nr{m=\"1\",vhost=\"a\"} 3\nr{vhost=\"a\",m=\"1\"} 4\n", Requests(Metric("r"))),
      ElementsAre(Pair("proxy_http_requests_total{host=\"a\"}", 2)));
}

TEST(Mapped, TakesBothNamesThatAMetricHasInDifferentVersions) {
  const Mapping mapping = Of({{&Mapping::requests, Metric("old")}, {&Mapping::requests, Metric("new")}});
  EXPECT_THAT(Read("old{vhost=\"a\"} 1\n", mapping), ElementsAre(Pair("proxy_http_requests_total{host=\"a\"}", 1)));
  EXPECT_THAT(Read("new{vhost=\"a\"} 2\n", mapping), ElementsAre(Pair("proxy_http_requests_total{host=\"a\"}", 2)));
}

TEST(Mapped, CountsErrorsWhereThereAreNoCodes) {
  EXPECT_THAT(Read("e{vhost=\"a\"} 3\n", Of({{&Mapping::errors, Metric("e")}})),
              ElementsAre(Pair("proxy_http_request_errors_total{host=\"a\"}", 3)));
}

TEST(Mapped, ScalesTimesAndSizes) {
  Mapping mapping = Of({{&Mapping::request_bytes, Metric("in")}, {&Mapping::response_bytes, Metric("out")}});
  mapping.response_bytes[0].scale = 1024;
  EXPECT_THAT(Read("in{vhost=\"a\"} 3\nout{vhost=\"a\"} 2\n", mapping),
              ElementsAre(Pair("proxy_request_bytes_total{host=\"a\"}", 3),
                          Pair("proxy_response_bytes_total{host=\"a\"}", 2048)));
}

TEST(Mapped, GivesAHistogramsBoundsInSecondsAsTheShortestDecimal) {
  EXPECT_THAT(Read("t_bucket{vhost=\"a\",le=\"0.5\"} 1\nt_bucket{vhost=\"a\",le=\"35\"} 2\n"
                   "t_bucket{vhost=\"a\",le=\"3600000\"} 3\nt_bucket{vhost=\"a\",le=\"+Inf\"} 4\n"
                   "t_sum{vhost=\"a\"} 35\nt_count{vhost=\"a\"} 4\n",
                   Latency("t", 0.001)),
              ElementsAre(Pair("proxy_http_request_duration_seconds_bucket{host=\"a\",le=\"+Inf\"}", 4),
                          Pair("proxy_http_request_duration_seconds_bucket{host=\"a\",le=\"0.0005\"}", 1),
                          Pair("proxy_http_request_duration_seconds_bucket{host=\"a\",le=\"0.035\"}", 2),
                          Pair("proxy_http_request_duration_seconds_bucket{host=\"a\",le=\"3600\"}", 3),
                          Pair("proxy_http_request_duration_seconds_count{host=\"a\"}", 4),
                          Pair("proxy_http_request_duration_seconds_sum{host=\"a\"}", 0.035)));
}

TEST(Mapped, AddsHistogramsUpPerNativeName) {
  EXPECT_THAT(Read("t_bucket{vhost=\"a\",m=\"1\",le=\"1\"} 1\nt_bucket{vhost=\"a\",m=\"1\",le=\"+Inf\"} 2\n"
                   "t_bucket{vhost=\"a\",m=\"2\",le=\"1.0\"} 3\nt_bucket{vhost=\"a\",m=\"2\",le=\"+Inf\"} 5\n",
                   Latency("t")),
              ElementsAre(Pair("proxy_http_request_duration_seconds_bucket{host=\"a\",le=\"+Inf\"}", 7),
                          Pair("proxy_http_request_duration_seconds_bucket{host=\"a\",le=\"1\"}", 4),
                          Pair("proxy_http_request_duration_seconds_count{host=\"a\"}", 7)));
}

TEST(Mapped, LeavesOutABoundThatNotAllSeriesHave) {
  EXPECT_THAT(Read("t_bucket{vhost=\"a\",m=\"1\",le=\"1\"} 1\nt_bucket{vhost=\"a\",m=\"1\",le=\"2\"} 2\n"
                   "t_bucket{vhost=\"a\",m=\"1\",le=\"+Inf\"} 2\n"
                   "t_bucket{vhost=\"a\",m=\"2\",le=\"2\"} 3\nt_bucket{vhost=\"a\",m=\"2\",le=\"+Inf\"} 5\n",
                   Latency("t")),
              ElementsAre(Pair("proxy_http_request_duration_seconds_bucket{host=\"a\",le=\"+Inf\"}", 7),
                          Pair("proxy_http_request_duration_seconds_bucket{host=\"a\",le=\"2\"}", 5),
                          Pair("proxy_http_request_duration_seconds_count{host=\"a\"}", 7)));
}

TEST(Mapped, LeavesOutAHistogramThatSaysNothing) {
  EXPECT_THAT(Read("t_bucket{vhost=\"a\",le=\"1\"} 1\nt_sum{vhost=\"a\"} 1\n", Latency("t")), IsEmpty()) << "no +Inf";
  EXPECT_THAT(Read("t_bucket{vhost=\"a\",le=\"1\"} NaN\nt_bucket{vhost=\"a\",le=\"+Inf\"} 1\n", Latency("t")),
              IsEmpty());
  EXPECT_THAT(Read("t_bucket{vhost=\"a\",le=\"x\"} 1\nt_bucket{vhost=\"a\",le=\"+Inf\"} 1\n", Latency("t")), IsEmpty());
  EXPECT_THAT(Read("t_bucket{vhost=\"a\"} 1\nt_bucket{vhost=\"a\",le=\"+Inf\"} 1\n", Latency("t")), IsEmpty());
  EXPECT_THAT(Read("t_bucket{vhost=\"a\",le=\"+Inf\"} 1\nt_sum{vhost=\"a\"} NaN\n", Latency("t")), IsEmpty());
  EXPECT_THAT(Read("t{vhost=\"a\",quantile=\"0.99\"} 1\nt_sum{vhost=\"a\"} 1\nt_count{vhost=\"a\"} 1\n", Latency("t")),
              IsEmpty())
      << "a summary";
}

TEST(Mapped, OneBrokenHistogramLeavesTheOthersWhole) {
  EXPECT_THAT(Read("t_bucket{vhost=\"a\",le=\"+Inf\"} NaN\nt_bucket{vhost=\"b\",le=\"+Inf\"} 1\n", Latency("t")),
              ElementsAre(Pair("proxy_http_request_duration_seconds_bucket{host=\"b\",le=\"+Inf\"}", 1),
                          Pair("proxy_http_request_duration_seconds_count{host=\"b\"}", 1)));
}

TEST(Mapped, NamesBackendsAndCountsThemWhereTheProxyGivesNoNumber) {
  MappedMetric requests = WithBackend("r", "addr");
  requests.code = "code";
  const Mapping mapping =
      Of({{&Mapping::backend_up, WithBackend("up", "addr")}, {&Mapping::backend_requests, requests}});
  EXPECT_THAT(Read("up{vhost=\"a\",addr=\"1\"} 1\nup{vhost=\"a\",addr=\"2\"} 0\nup{vhost=\"a\"} "
                   "1\nup{vhost=\"a\",addr=\"3\"} 4\n"
                   "r{vhost=\"a\",addr=\"1\",code=\"2\"} 9\n",
                   mapping),
              ElementsAre(Pair("proxy_backend_requests_total{backend=\"1\",code=\"2xx\",host=\"a\"}", 9),
                          Pair("proxy_backend_up{backend=\"1\",host=\"a\"}", 1),
                          Pair("proxy_backend_up{backend=\"2\",host=\"a\"}", 0),
                          Pair("proxy_backend_up{backend=\"3\",host=\"a\"}", 1),
                          Pair("proxy_backends_up{host=\"a\"}", 2), Pair("proxy_backends{host=\"a\"}", 3)));
}

TEST(Mapped, GivesFrontendsAsTheyAreCalled) {
  Mapping mapping = Of({{&Mapping::frontend_requests, WithCode("f", "code")}});
  mapping.frontend_requests[0].host = "ep";
  EXPECT_THAT(Read("f{ep=\"Web:80\",code=\"200\"} 2\n", mapping, MapperOf({{".*", "x"}})),
              ElementsAre(Pair("proxy_frontend_http_requests_total{code=\"200\",frontend=\"Web:80\"}", 2)));
}

TEST(Mapped, AMetricMayNameItsOwnLabelOfTheHost) {
  Mapping mapping = Of({{&Mapping::requests, Metric("r")}, {&Mapping::errors, Metric("e")}});
  mapping.errors[0].host = "site";
  EXPECT_THAT(Read("r{vhost=\"a\",site=\"z\"} 1\ne{vhost=\"z\",site=\"a\"} 2\n", mapping),
              ElementsAre(Pair("proxy_http_request_errors_total{host=\"a\"}", 2),
                          Pair("proxy_http_requests_total{host=\"a\"}", 1)));
}

TEST(Mapped, SaysWhichLabelNoSeriesHas) {
  EXPECT_THAT(MessageOf(ReadMapped("r{site=\"a\",code=\"200\"} 1\n", ExpositionFormat::kText, Requests(Metric("r")),
                                   NoRules())),
              AllOf(HasSubstr("\"r\""), HasSubstr("\"vhost\""), HasSubstr("code, site")));
  EXPECT_THAT(Read("r{site=\"x\"} 1\nr{vhost=\"a\"} 2\n", Requests(Metric("r"))),
              ElementsAre(Pair("proxy_http_requests_total{host=\"a\"}", 2)));
}

TEST(Mapped, APageWithoutTheMetricYetIsNoFailure) {
  EXPECT_THAT(Read("up 1\n", Requests(Metric("r"))), IsEmpty());
  EXPECT_THAT(Read("", Requests(Metric("r"))), IsEmpty());
}

TEST(Mapped, TakesAPageWholeOrNotAtAll) {
  EXPECT_THAT(MessageOf(ReadMapped("r{vhost=\"a\"} 1\nr{vhost=\"b\"} x\n", ExpositionFormat::kText,
                                   Requests(Metric("r")), NoRules())),
              HasSubstr("line 2"));
  EXPECT_THAT(MessageOf(ReadMapped("r_total{vhost=\"a\"} 1\n", ExpositionFormat::kOpenMetrics,
                                   Requests(Metric("r_total")), NoRules())),
              HasSubstr("EOF"));
}

TEST(Mapped, ReadsOpenMetrics) {
  EXPECT_THAT(ValuesOf(ReadMapped("# TYPE r counter\nr_total{vhost=\"a\"} 1\nr_created{vhost=\"a\"} 123\n# EOF\n",
                                  ExpositionFormat::kOpenMetrics, Requests(Metric("r_total")), NoRules())),
              ElementsAre(Pair("proxy_http_requests_total{host=\"a\"}", 1)));
}

TEST(Mapped, RefusesAConditionThatIsNoExpression) {
  MappedMetric metric = Metric("r");
  metric.where = {{"m", "("}};
  EXPECT_THAT(MessageOf(ReadMapped("", ExpositionFormat::kText, Requests(metric), NoRules())),
              HasSubstr("mapping: `m`: is no RE2 expression: missing )"));
}

TEST(Mapped, BoundsTheNumberOfSeries) {
  const MappedRules rules = std::move(MappedRules::Make(Requests(Metric("r")))).value();
  const NativeName native_name = [](const MappedRule& /*rule*/, std::string_view /*value*/) { return "a"; };
  MappedSink sink(rules, native_name);
  const auto add = [&sink](std::string_view name, const std::string& number) {
    const std::array<LabelView, 2> labels{{{"vhost", "a"}, {"n", number}}};
    return sink.AddSeries("", 0, name, labels, 1);
  };
  for (std::size_t i = 0; i < kMappedSeriesMax; ++i) ASSERT_TRUE(add("r", std::to_string(i)).ok());
  EXPECT_TRUE(add("r", "0").ok()) << "there already";
  EXPECT_TRUE(add("other", "x").ok()) << "of no interest";
  EXPECT_EQ(add("r", "x").code(), StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace proxy_telemetry

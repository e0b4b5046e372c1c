// mapping: which metrics of a page mean what.
#include <string>
#include <utility>

#include "load.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const std::string kMapping = "scrape_configs[0].mapping";

Mapping GoodMapping(const std::string& keys) {
  return GoodJob({"mapping: {" + keys + "}"}).mapping.value_or(Mapping{});
}

// One wrong mapping; `column` counts within its braces, from 1.
void ExpectBadMapping(const std::string& keys, std::size_t column, const std::string& error) {
  ExpectBadJobs({{{"mapping: {" + keys + "}"}, {"3:" + std::to_string(14 + column) + ": " + kMapping + error}}});
}

TEST(Mapping, TakesEveryKindOfMetric) {
  const ScrapeConfig job = Good(ReadFixture("mapping.yml")).scrape_configs.at(0);
  EXPECT_EQ(job.proxy, ProxyKind::kOpenMetrics);
  ASSERT_TRUE(job.mapping.has_value());
  const Mapping& mapping = *job.mapping;
  EXPECT_EQ(mapping.host, "vhost");
  ASSERT_EQ(mapping.requests.size(), 2U);
  EXPECT_EQ(mapping.requests[0].metric, "edge_requests_total");
  EXPECT_EQ(mapping.requests[0].host, "");
  EXPECT_EQ(mapping.requests[0].code, "status");
  EXPECT_EQ(mapping.requests[0].largest_of, "handler");
  EXPECT_THAT(mapping.requests[0].where, ElementsAre(Pair("kind", "client"), Pair("internal", "|false")));
  EXPECT_EQ(mapping.requests[1].host, "server");
  EXPECT_EQ(mapping.errors.at(0).metric, "edge_errors_total");
  EXPECT_EQ(mapping.latency.at(0).metric, "edge_duration_milliseconds");
  EXPECT_EQ(mapping.latency[0].scale, 0.001);
  EXPECT_EQ(mapping.in_flight.at(0).metric, "edge_in_flight");
  EXPECT_EQ(mapping.in_flight[0].scale, 1);
  EXPECT_EQ(mapping.request_bytes.at(0).scale, 1024);
  EXPECT_EQ(mapping.response_bytes.at(0).scale, 1);
  EXPECT_EQ(mapping.backends.at(0).metric, "edge_backends");
  EXPECT_EQ(mapping.backends_up.at(0).metric, "edge_backends_up");
  EXPECT_EQ(mapping.backend_up.at(0).backend, "upstream");
  EXPECT_EQ(mapping.backend_requests.at(0).backend, "upstream");
  EXPECT_EQ(mapping.backend_requests[0].code, "status");
  EXPECT_EQ(mapping.frontend_requests.at(0).metric, "edge_listener_requests_total");
  EXPECT_EQ(mapping.frontend_requests[0].host, "listener");
}

TEST(Mapping, MakesAJobWithoutProxyOneOfOpenmetrics) {
  EXPECT_EQ(GoodJob({"mapping: {host: h, requests: {metric: m}}"}).proxy, ProxyKind::kOpenMetrics);
  EXPECT_EQ(GoodJob({"proxy: openmetrics", "mapping: {host: h, requests: {metric: m}}"}).proxy,
            ProxyKind::kOpenMetrics);
  for (const std::string proxy : {"auto", "haproxy", "traefik"}) {
    ExpectBadJobs({{{"proxy: " + proxy, "mapping: {host: h, requests: {metric: m}}"},
                    {"4:5: " + kMapping + ": goes with proxy: openmetrics only; a reader of its own needs none"}}});
  }
}

TEST(Mapping, NeedsAHostLabelForAllButFrontends) {
  const std::string none = ": names no label that holds the host; add host: LABEL here or to mapping";
  for (const std::string key :
       {"requests", "errors", "latency", "in_flight", "request_bytes", "response_bytes", "backends", "backends_up"}) {
    GoodMapping(key + ": {metric: m, host: h}");
    GoodMapping("host: h, " + key + ": {metric: m}");
    ExpectBadMapping(key + ": {metric: m}", key.size() + 3, "." + key + none);
    ExpectBadMapping(key + ": [{metric: m, host: h}, {metric: n}]", key.size() + 26, "." + key + "[1]" + none);
  }
  GoodMapping("frontend_requests: {metric: m, frontend: f}");
  ExpectBadMapping("host: h, frontend_requests: {metric: m}", 29,
                   ".frontend_requests: needs frontend, the label that holds the frontend's name");
  ExpectBadMapping("frontend_requests: {metric: m, frontend: f, host: h}", 45,
                   ".frontend_requests.host: unknown key; expected one of metric, frontend, code, where or largest_of");
}

TEST(Mapping, OfBackendsNeedsTheirLabel) {
  for (const std::string key : {"backend_up", "backend_requests"}) {
    ExpectBadMapping("host: h, " + key + ": {metric: m}", key.size() + 12,
                     "." + key + ".backend: required, but missing");
  }
}

TEST(Mapping, KeysWithoutMeaningForAMetricAreUnknown) {
  const std::vector<std::pair<std::string, std::string>> bad{
      {"errors: {metric: m, code: c}", ".errors.code: unknown key; expected one of metric, host, where or largest_of"},
      {"requests: {metric: m, unit: s}",
       ".requests.unit: unknown key; expected one of metric, host, code, where or largest_of"},
      {"latency: {metric: m, backend: b}",
       ".latency.backend: unknown key; expected one of metric, host, unit, where or largest_of"},
      {"backend_requests: {metric: m, backend: b, unit: s}",
       ".backend_requests.unit: unknown key; expected one of metric, host, code, backend, where or largest_of"},
  };
  for (const auto& [keys, error] : bad) {
    ExpectBadMapping("host: h, " + keys, 10 + keys.rfind(", ") + 2, error);
  }
  ExpectBadMapping("host: h, latencies: {metric: m}", 10,
                   ".latencies: unknown key; expected one of host, requests, errors, latency, in_flight, "
                   "request_bytes, response_bytes, backends, backends_up, backend_up, backend_requests or "
                   "frontend_requests");
}

TEST(Mapping, UnitsAreThoseOfTimesAndSizes) {
  for (const auto& [unit, scale] : {std::pair<std::string, double>{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}}) {
    EXPECT_EQ(GoodMapping("host: h, latency: {metric: m, unit: " + unit + "}").latency.at(0).scale, scale);
  }
  for (const auto& [unit, scale] : {std::pair<std::string, double>{"bytes", 1},
                                    {"KB", 1024},
                                    {"KiB", 1024},
                                    {"MB", 1048576},
                                    {"MiB", 1048576},
                                    {"GB", 1073741824},
                                    {"GiB", 1073741824}}) {
    EXPECT_EQ(GoodMapping("host: h, response_bytes: {metric: m, unit: " + unit + "}").response_bytes.at(0).scale,
              scale);
  }
  ExpectBadMapping("host: h, latency: {metric: m, unit: min}", 37,
                   ".latency.unit: must be s, ms, us or ns, not \"min\"");
  ExpectBadMapping("host: h, request_bytes: {metric: m, unit: ms}", 43,
                   ".request_bytes.unit: must be bytes, KB, KiB, MB, MiB, GB or GiB, not \"ms\"");
}

TEST(Mapping, NamesAreCheckedAsNames) {
  EXPECT_EQ(GoodMapping("host: h, requests: {metric: 'a:b_c'}").requests.at(0).metric, "a:b_c");
  ExpectBadMapping("host: h, requests: {metric: a-b}", 29,
                   ".requests.metric: \"a-b\" is not a metric name; use letters, digits, _ and :, no digit first");
  ExpectBadMapping("host: h, requests: {metric: ''}", 29,
                   ".requests.metric: \"\" is not a metric name; use letters, digits, _ and :, no digit first");
  ExpectBadMapping("host: h, latency: {metric: a_bucket}", 28,
                   ".latency.metric: \"a_bucket\" is one part of a histogram; write its name without _bucket");
  GoodMapping("host: h, requests: {metric: tokens_in_bucket}");
  ExpectBadMapping("host: h-h, requests: {metric: m}", 7,
                   ".host: \"h-h\" is not a label name; use letters, digits and _, no digit first");
  ExpectBadMapping("host: h, requests: {metric: m, code: '1'}", 38,
                   ".requests.code: \"1\" is not a label name; use letters, digits and _, no digit first");
  ExpectBadMapping("host: h, requests: {metric: m, where: {a-b: x}}", 40,
                   ".requests.where.a-b: is not a label name; use letters, digits and _, no digit first");
  ExpectBadMapping("host: h, requests: {metric: m, where: {a: '('}}", 43,
                   ".requests.where.a: \"(\" is not a regular expression: \"missing ): (\"");
}

TEST(Mapping, OneLabelCannotSayTwoThings) {
  ExpectBadMapping("requests: {metric: m, host: x, code: x}", 38,
                   ".requests.code: is the label of host already; each needs its own");
  ExpectBadMapping("host: h, backend_up: {metric: m, largest_of: x, backend: x}", 58,
                   ".backend_up.backend: is the label of largest_of already; each needs its own");
}

TEST(Mapping, ThatMapsNothingIsRefused) {
  ExpectBadJobs({
      {{"mapping: {host: h}"},
       {"3:5: " + kMapping + ": maps nothing; name at least one metric, such as requests: {metric: NAME}"}},
      {{"mapping: {host: h, requests: []}"},
       {"3:34: " + kMapping + ".requests: must name at least one metric; leave it out where there is none"}},
      {{"mapping: {host: h, requests: {}}"}, {"3:34: " + kMapping + ".requests.metric: required, but missing"}},
      {{"mapping: {host: h, requests: m}"},
       {"3:34: " + kMapping + ".requests: must be a map of keys, not a single value"}},
      {{"mapping: [x]"}, {"3:14: " + kMapping + ": must be a map of keys, not a list"}},
  });
}

}  // namespace
}  // namespace proxy_telemetry

// Pages of nginx-module-vts that are not whole or not what they should be: refused, with the place and the reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "exporter/proxies.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string Refusal(std::string_view page) { return MessageOf(ReadNginx(page, NoRules())); }

TEST(NginxVtsRefusal, NamesThePlaceOfAValueOfTheWrongType) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({})", "the JSON has no \"serverZones\": that of nginx-module-vts is at .../format/json"},
      {R"({"serverZones":[]})", "/serverZones: must be an object, got a value of type array"},
      {R"({"serverZones":{"a/b":1}})", "/serverZones/a~1b: must be an object, got 1"},
      {R"({"serverZones":{"a":{}}})", "/serverZones/a: has no responses"},
      {R"({"serverZones":{"a":{"responses":1}}})", "/serverZones/a/responses: must be an object, got 1"},
      {R"({"serverZones":{"a":{"responses":{"5xx":"1"}}}})",
       "/serverZones/a/responses/5xx: must be a whole number from 0 to 2^64, got a value of type string"},
      {R"({"serverZones":{"a":{"responses":{},"inBytes":-1}}})",
       "/serverZones/a/inBytes: must be a whole number from 0 to 2^64, got -1"},
      {R"({"serverZones":{"a":{"responses":{},"requestBuckets":{"msecs":[1.5],"counters":[1]}}}})",
       "/serverZones/a/requestBuckets/msecs/0: must be a whole number from 0 to 2^64, got 1.5"},
      {R"({"serverZones":{"a":{"responses":{},"requestBuckets":{"msecs":[1,5],"counters":[1]}}}})",
       "/serverZones/a/requestBuckets: has 2 msecs and 1 counters, which must be as many"},
      {R"({"serverZones":{"a":{"responses":{},"overCounts":1}}})",
       "/serverZones/a/overCounts: must be an object, got 1"},
      {R"({"serverZones":{},"upstreamZones":[]})", "/upstreamZones: must be an object, got a value of type array"},
      {R"({"serverZones":{},"upstreamZones":{"u":{}}})",
       "/upstreamZones/u: must be an array, got a value of type object"},
      {R"({"serverZones":{},"upstreamZones":{"u":[{}]}})", "/upstreamZones/u/0: has no server"},
      {R"({"serverZones":{},"upstreamZones":{"u":[{"server":"s","responses":{},"down":1}]}})",
       "/upstreamZones/u/0/down: must be true or false, got 1"},
  };
  for (const auto& [page, message] : cases) EXPECT_EQ(Refusal(page), message) << page;
}

TEST(NginxVtsRefusal, RefusesJsonWhereverItIsCutOff) {
  const std::string page = ReadFixture("nginx122-vts027.json");
  const std::size_t end = page.rfind('}');
  for (std::size_t size = 0; size <= end; size += 61) EXPECT_NE(Refusal(page.substr(0, size)), "") << size;
  EXPECT_NE(Refusal(page.substr(0, end)), "");
  EXPECT_EQ(Refusal(page.substr(0, end + 1)), "");
}

TEST(NginxVtsRefusal, BoundsDepthAndNumberOfValuesButNotOfThoseItDoesNotKeep) {
  EXPECT_THAT(Refusal("{\"serverZones\":" + std::string(100'000, '[')), HasSubstr("nested deeper than 32"));
  EXPECT_THAT(Refusal("{\"filterZones\":" + std::string(100'000, '[')), HasSubstr("nested deeper than 32"));
  std::string many = "[0";
  for (int i = 0; i < 2'000'000; ++i) many += ",0";
  many += "]";
  EXPECT_THAT(Refusal("{\"x\":" + many + ",\"serverZones\":{}}"), HasSubstr("more than 2000000 values"));
  EXPECT_EQ(Refusal("{\"serverZones\":{\"a\":{\"requestMsecs\":{\"times\":" + many + "},\"responses\":{}}}}"), "");
}

TEST(NginxVtsRefusal, RefusesMetricsWithLineAndReason) {
  EXPECT_THAT(Refusal("nginx_vts_info 1\nnginx_vts_server_requests_total{host=\"a\",code=\"2xx\"} 1e400\n"),
              StartsWith("line 2"));
  EXPECT_THAT(Refusal("nginx_vts_server_requests_total{code=\"2xx\"} 1\n"), HasSubstr("without a host label"));
  EXPECT_THAT(Refusal("nginx_vts_upstream_requests_total{upstream=\"u\"} 1\n"), HasSubstr("upstream and backend"));
  EXPECT_THAT(Refusal("nginx_vts_server_request_duration_seconds_bucket{host=\"a\",le=\"x\"} 1\n"),
              HasSubstr("le must be a number of seconds, got \"x\""));
}

// An exporter beside nginx, or the controller of an ingress.
TEST(NginxVtsRefusal, RefusesAPageOfMetricsThatIsNotTheModules) {
  EXPECT_THAT(Refusal("nginx_http_requests_total 603\n"), HasSubstr("take proxy: openmetrics"));
}

TEST(NginxVtsRefusal, ComplaintsStayShortWhateverThePageHolds) {
  const std::string long_text(100'000, 'x');
  EXPECT_LT(Refusal("{\"" + long_text).size(), 400U);
  EXPECT_LT(Refusal("{\"serverZones\":{\"" + long_text + "\":1}}").size(), 400U);
}

}  // namespace
}  // namespace proxy_telemetry

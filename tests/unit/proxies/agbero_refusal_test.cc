// Pages that are not agbero's, or not whole: refused, with the place and the reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "exporter/proxies.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string Refusal(std::string_view uptime) { return MessageOf(ReadAgbero(uptime, std::nullopt, NoRules())); }

std::string Backend(const std::string& fields) {
  return R"({"hosts":{"a/b~c":{"routes":[{},{"path":"/","backends":[{},{"url":"u",)" + fields + "}]}]}}}";
}

TEST(AgberoRefusal, NamesThePlaceOfAValueOfTheWrongType) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"([])", "/uptime: /: must be an object, got a value of type array"},
      {R"({"hosts":[]})", "/uptime: /hosts: must be an object, got a value of type array"},
      {R"({"hosts":{"a":1}})", "/uptime: /hosts/a: must be an object, got 1"},
      {R"({"hosts":{"a":{"routes":{}}}})", "/uptime: /hosts/a/routes: must be an array, got a value of type object"},
      {R"({"hosts":{"a":{"routes":[null,"x"]}}})",
       "/uptime: /hosts/a/routes/1: must be an object, got a value of type string"},
      {R"({"hosts":{"a":{"proxies":[{"name":1}]}}})", "/uptime: /hosts/a/proxies/0/name: must be a string, got 1"},
      {R"({"hosts":{"a/b~c":{"routes":[{"backends":[{}]}]}}})",
       "/uptime: /hosts/a~1b~0c/routes/0/backends/0: has no url"},
      {R"({"hosts":{"a":{"routes":[{"backends":[{"url":""}]}]}}})",
       "/uptime: /hosts/a/routes/0/backends/0: the backend has an empty name"},
      {R"({"hosts":{"a":{"routes":[{"serverless":[{"kind":"worker"}]}]}}})",
       "/uptime: /hosts/a/routes/0/serverless/0: has no name"},
      {R"({"hosts":{"":{}}})", "/uptime: /hosts: a host has an empty name"},
  };
  for (const auto& [page, message] : cases) EXPECT_EQ(Refusal(page), message) << page;
}

TEST(AgberoRefusal, NamesTheFieldOfABackendThatIsWrong) {
  const std::string place = "/uptime: /hosts/a~1b~0c/routes/1/backends/1";
  const auto refusal = [](const std::string& field) {
    return Refusal(R"({"hosts":{"a/b~c":{"routes":[{},{"path":"/","backends":[{"url":"v"},{"url":"u",)" + field +
                   "}]}]}}}");
  };
  EXPECT_THAT(refusal(R"("alive":"yes")"), StartsWith(place + "/alive: must be true or false"));
  EXPECT_THAT(refusal(R"("health":1)"), StartsWith(place + "/health: must be an object"));
  EXPECT_THAT(refusal(R"("health":{"status":1})"), StartsWith(place + "/health/status: must be a string"));
  EXPECT_THAT(refusal(R"("in_flight":"1")"), StartsWith(place + "/in_flight: must be a number"));
  EXPECT_THAT(refusal(R"("latency_us":[])"), StartsWith(place + "/latency_us: must be an object"));
  EXPECT_THAT(refusal(R"("latency_us":{"count":-1})"), StartsWith(place + "/latency_us/count: must be a whole number"));
  EXPECT_THAT(refusal(R"("latency_us":{"count":1,"p99":-1})"), StartsWith(place + "/latency_us/p99: must be a number"));
  for (const std::string value : {"-1", "1.5", "\"1\"", "true", "1e30", "[]"}) {
    EXPECT_THAT(refusal("\"total_reqs\":" + value), StartsWith(place + "/total_reqs: must be a whole number from 0"))
        << value;
  }
  for (const std::string value : {"0", "1e3", "18446744073709551615", "5.0"}) {
    EXPECT_EQ(refusal("\"total_reqs\":" + value), "") << value;
  }
}

TEST(AgberoRefusal, SaysWhatIsNoUptimePage) {
  EXPECT_THAT(Refusal("{}"), HasSubstr("has no \"hosts\""));
  EXPECT_THAT(Refusal(""), StartsWith("/uptime: bad JSON: "));
  EXPECT_THAT(Refusal("<html>"), StartsWith("/uptime: bad JSON: parse error at line 1, column 1"));
  EXPECT_THAT(Refusal("{\"hosts\":{}} x"), StartsWith("/uptime: bad JSON: "));
  EXPECT_THAT(Refusal("{\"hosts\":{\"\xff\":{}}}"), StartsWith("/uptime: bad JSON: "));
  EXPECT_THAT(Refusal(Backend("\"total_reqs\":1e400")), HasSubstr("bad JSON: number overflow"));
}

TEST(AgberoRefusal, RefusesAPageWhereverItIsCutOff) {
  const std::string page = ReadFixture("agbero-uptime.json");
  const std::size_t end = page.rfind('}');
  for (std::size_t size = 0; size < end; size += 37) EXPECT_NE(Refusal(page.substr(0, size)), "") << size;
  EXPECT_NE(Refusal(page.substr(0, end)), "");
  EXPECT_EQ(Refusal(page.substr(0, end + 1)), "");
}

TEST(AgberoRefusal, BoundsDepthAndNumberOfValues) {
  const std::string deep(1'000'000, '[');
  EXPECT_THAT(Refusal("{\"hosts\":" + deep), HasSubstr("nested deeper than 32"));
  std::string deep_object;
  for (int i = 0; i < 100'000; ++i) deep_object += "{\"a\":";
  EXPECT_THAT(Refusal(deep_object), HasSubstr("nested deeper than 32"));
  std::string many = "{\"x\":[0";
  for (int i = 0; i < 2'000'000; ++i) many += ",0";
  EXPECT_THAT(Refusal(many + "],\"hosts\":{}}"), HasSubstr("more than 2000000 values"));
}

TEST(AgberoRefusal, ComplaintsStayShortWhateverThePageHolds) {
  const std::string long_text(100'000, 'x');
  EXPECT_LT(Refusal("{\"" + long_text).size(), 400U);
  EXPECT_LT(Refusal("{\"hosts\":{\"" + long_text + "\":1}}").size(), 400U);
}

TEST(AgberoRefusal, RefusesMetricsWithLineAndReason) {
  const auto refusal = [](std::string_view metrics) {
    return MessageOf(ReadAgbero(R"({"hosts":{}})", metrics, NoRules()));
  };
  EXPECT_THAT(refusal("go_threads 1\nagbero_active_connections{host=\"a\"} 1e400\n"), StartsWith("/metrics: line 2"));
  EXPECT_THAT(refusal("<html>"), StartsWith("/metrics: line 1"));
  EXPECT_THAT(refusal("agbero_active_connections{x=\"a\"} 1\n"), HasSubstr("without a host label"));
  EXPECT_THAT(refusal("agbero_active_connections{host=\"\xff\"} 1\n"), StartsWith("/metrics: line 1"));
}

}  // namespace
}  // namespace proxy_telemetry

// agbero's /uptime alone. The pages have the shape that its handlers write; the numbers are made up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/proxies.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

Values Read(std::string_view uptime) { return ValuesOf(ReadAgbero(uptime, std::nullopt, NoRules())); }
Values ReadCaptured() { return Read(ReadFixture("agbero-uptime.json")); }

TEST(AgberoUptime, CountsBackendsAndTheAliveOnes) {
  const Values values = ReadCaptured();
  EXPECT_THAT(
      StartingWith(values, "proxy_backends"),
      UnorderedElementsAre(
          Pair("proxy_backends{host=\"shop.localhost\"}", 4), Pair("proxy_backends_up{host=\"shop.localhost\"}", 3),
          Pair("proxy_backends{host=\"idle.localhost\"}", 1), Pair("proxy_backends_up{host=\"idle.localhost\"}", 1),
          Pair("proxy_backends{host=\"db.localhost\"}", 3), Pair("proxy_backends_up{host=\"db.localhost\"}", 2),
          Pair("proxy_backends{host=\"static.localhost\"}", 0),
          Pair("proxy_backends_up{host=\"static.localhost\"}", 0)));
}

TEST(AgberoUptime, CountsRequestsPerBackendWithoutACode) {
  const std::string shop = "\",host=\"shop.localhost\"";
  const std::string db = "\",host=\"db.localhost\"";
  EXPECT_THAT(
      StartingWith(ReadCaptured(), "proxy_backend_requests_total"),
      UnorderedElementsAre(
          Pair("proxy_backend_requests_total{backend=\"http://127.0.0.1:9001" + shop + "}", 900),
          Pair("proxy_backend_requests_total{backend=\"http://127.0.0.1:9002" + shop + "}", 850),
          Pair("proxy_backend_requests_total{backend=\"http://127.0.0.1:9003" + shop + "}", 12),
          Pair("proxy_backend_requests_total{backend=\"http://127.0.0.1:9001" + shop + ",route=\"shop.localhost/api\"}",
               300),
          Pair("proxy_backend_requests_total{backend=\"thumbnail" + shop + "}", 5),
          Pair("proxy_backend_requests_total{backend=\"thumbnail" + shop + ",route=\"shop.localhost/api worker\"}", 40),
          Pair("proxy_backend_requests_total{backend=\"http://127.0.0.1:9010\",host=\"idle.localhost\"}", 0),
          Pair("proxy_backend_requests_total{backend=\"127.0.0.1:7001" + db + "}", 77),
          Pair("proxy_backend_requests_total{backend=\"127.0.0.1:7002" + db + "}", 3),
          Pair("proxy_backend_requests_total{backend=\"127.0.0.1:7001" + db +
                   ",route=\"db.localhost :5353 [src_port]\"}",
               500)));
}

TEST(AgberoUptime, SumsToTheHostsOwnTotal) {
  const Values values = ReadCaptured();
  double shop = 0;
  double db = 0;
  for (const auto& [series, value] : StartingWith(values, "proxy_backend_requests_total")) {
    if (series.find("host=\"shop.localhost\"") != std::string::npos) shop += value;
    if (series.find("host=\"db.localhost\"") != std::string::npos) db += value;
  }
  EXPECT_EQ(shop, 2107);
  EXPECT_EQ(db, 580);
}

TEST(AgberoUptime, GivesQuantilesInSecondsWhereTheWindowIsNotEmpty) {
  EXPECT_THAT(
      StartingWith(ReadCaptured(), "proxy_backend_request_duration_seconds"),
      testing::AllOf(
          testing::Contains(Pair("proxy_backend_request_duration_seconds{backend=\"http://127.0.0.1:9001\",host=\"shop."
                                 "localhost\",quantile=\"0.99\"}",
                                 0.0452)),
          testing::Contains(Pair("proxy_backend_request_duration_seconds{backend=\"http://127.0.0.1:9002\",host=\"shop."
                                 "localhost\",quantile=\"0.9\"}",
                                 0.03)),
          testing::Contains(Pair("proxy_backend_request_duration_seconds{backend=\"http://127.0.0.1:9002\",host=\"shop."
                                 "localhost\",quantile=\"0.5\"}",
                                 0.005)),
          testing::SizeIs(5 * 3)));
}

TEST(AgberoUptime, NeverTakesFailuresForErrors) {
  const std::string before = R"({"hosts":{"a":{"routes":[{"path":"/","backends":[
      {"url":"u","alive":true,"failures":41,"total_reqs":100}]}]}}})";
  const std::string after = R"({"hosts":{"a":{"routes":[{"path":"/","backends":[
      {"url":"u","alive":true,"failures":0,"total_reqs":101}]}]}}})";
  EXPECT_THAT(Read(before),
              ElementsAre(Pair("proxy_backend_requests_total{backend=\"u\",host=\"a\"}", 100),
                          Pair("proxy_backend_up{backend=\"u\",host=\"a\"}", 1),
                          Pair("proxy_backends_up{host=\"a\"}", 1), Pair("proxy_backends{host=\"a\"}", 1)));
  EXPECT_THAT(Read(after),
              ElementsAre(Pair("proxy_backend_requests_total{backend=\"u\",host=\"a\"}", 101),
                          Pair("proxy_backend_up{backend=\"u\",host=\"a\"}", 1),
                          Pair("proxy_backends_up{host=\"a\"}", 1), Pair("proxy_backends{host=\"a\"}", 1)));
}

TEST(AgberoUptime, AddsUpWhatIsInFlightOverHttpBackendsOnly) {
  EXPECT_THAT(StartingWith(ReadCaptured(), "proxy_http_requests_in_flight"),
              UnorderedElementsAre(Pair("proxy_http_requests_in_flight{host=\"shop.localhost\"}", 4),
                                   Pair("proxy_http_requests_in_flight{host=\"idle.localhost\"}", 0)));
}

TEST(AgberoUptime, TakesANegativeInFlightForNone) {
  const Values values = Read(R"({"hosts":{"a":{"routes":[{"backends":[{"url":"u","in_flight":-1}]}]}}})");
  EXPECT_EQ(values.at("proxy_http_requests_in_flight{host=\"a\"}"), 0);
}

TEST(AgberoUptime, GivesServerlessFunctionsRequestsButNoState) {
  const Values values = Read(
      R"({"hosts":{"f.x":{"routes":[{"path":"/f","backends":null,"serverless":[{"name":"fn","total_reqs":9}]}]}}})");
  EXPECT_THAT(values, ElementsAre(Pair("proxy_backend_requests_total{backend=\"fn\",host=\"f.x\"}", 9),
                                  Pair("proxy_backends_up{host=\"f.x\"}", 0), Pair("proxy_backends{host=\"f.x\"}", 0)));
}

// Else a route that takes the same backend would rename the series of the one that had it, whose whole count would
// then be taken for new: agbero keeps its counters over a reload.
TEST(AgberoUptime, ARouteThatComesLaterDoesNotTakeABackendsPlainName) {
  const std::string one = R"({"hosts":{"a":{"routes":[{"path":"/","backends":[{"url":"u","total_reqs":1000}]}]}}})";
  const std::string two = R"({"hosts":{"a":{"routes":[{"path":"/api","backends":[{"url":"u","total_reqs":0}]},
      {"path":"/","backends":[{"url":"u","total_reqs":1001}]}]}}})";
  const std::string plain = "proxy_backend_requests_total{backend=\"u\",host=\"a\"}";
  EXPECT_EQ(Read(one).at(plain), 1000);
  EXPECT_EQ(Read(two).at(plain), 1001);
  EXPECT_EQ(Read(two).at("proxy_backend_requests_total{backend=\"u\",host=\"a\",route=\"a/api\"}"), 0);
}

TEST(AgberoUptime, TakesABackendListedTwiceInOneRouteForOneCounterAndTwoBackends) {
  const Values values = Read(R"({"hosts":{"a":{"routes":[{"path":"/","backends":[
      {"url":"u","total_reqs":5,"alive":true},{"url":"u","total_reqs":5,"alive":true}]}]}}})");
  EXPECT_EQ(SumOf(values, "proxy_backend_requests_total"), 5);
  EXPECT_EQ(values.at("proxy_backends{host=\"a\"}"), 2);
}

TEST(AgberoUptime, KeepsDomainsApartThatRulesMapToOneHost) {
  const std::string uptime = R"({"hosts":{
      "a.x":{"routes":[{"path":"/","backends":[{"url":"u","total_reqs":1}]}]},
      "www.a.x":{"routes":[{"path":"/","backends":[{"url":"u","total_reqs":2}]}]}}})";
  const Values values = ValuesOf(ReadAgbero(uptime, std::nullopt, MapperOf({{"www\\.(.*)", "$1"}})));
  EXPECT_THAT(
      StartingWith(values, "proxy_backend_requests_total"),
      UnorderedElementsAre(Pair("proxy_backend_requests_total{backend=\"u\",host=\"a.x\"}", 1),
                           Pair("proxy_backend_requests_total{backend=\"u\",host=\"a.x\",route=\"www.a.x/\"}", 2)));
  EXPECT_EQ(values.at("proxy_backends{host=\"a.x\"}"), 2);
}

TEST(AgberoUptime, AsksHealthWhereAVersionDoesNotSayAlive) {
  const Values values = Read(R"({"hosts":{"a":{"routes":[{"backends":[
      {"url":"1","health":{"status":"Dead"}},{"url":"2","health":{"status":"Unhealthy"}},
      {"url":"3","health":{"status":"Degraded"}},{"url":"4","health":{}},{"url":"5"},
      {"url":"6","alive":false,"health":{"status":"Healthy"}}]}]}}})");
  EXPECT_EQ(values.at("proxy_backends_up{host=\"a\"}"), 3);
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"3\",host=\"a\"}"), 1);
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"6\",host=\"a\"}"), 0);
}

TEST(AgberoUptime, MayLackAnythingButHosts) {
  EXPECT_THAT(Read(R"({"hosts":{}})"), IsEmpty());
  EXPECT_THAT(Read(R"({"hosts":null})"), IsEmpty());
  EXPECT_THAT(Read(R"({"hosts":{"a":null}})"), IsEmpty());
  EXPECT_THAT(Read(R"({"hosts":{"A.X.:80":{"routes":null,"new_field":[[1]],"proxies":[null]}}})"),
              ElementsAre(Pair("proxy_backends_up{host=\"a.x\"}", 0), Pair("proxy_backends{host=\"a.x\"}", 0)));
}

TEST(AgberoUptime, TakesTheLastOfAKeyThatIsThereTwice) {
  const Values values = Read(R"({"hosts":{"x":{}},"hosts":{"a":{"routes":[{"backends":[
      {"url":"u","total_reqs":1,"total_reqs":2}]}]}}})");
  EXPECT_EQ(SumOf(values, "proxy_backend_requests_total"), 2);
  EXPECT_THAT(StartingWith(values, "proxy_backends{host=\"x\""), IsEmpty());
}

}  // namespace
}  // namespace proxy_telemetry

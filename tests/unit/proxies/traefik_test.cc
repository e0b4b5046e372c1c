// Traefik 3.7 under a load of known outcome, and what its API makes of names. The load on traefik37-routers-*:
// shop.example (also as Shop.Example and with a port) 146x200 48x404 16x500, www.shop.example 27x200 3x500,
// api.example 54x200 6x500, rx7.example 14x200 1x500, older.example 13x200 2x500, w.example 14x200 1x500,
// dead.example 15x502, and 45 requests that no router takes (404).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/proxies.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

Values ReadCaptured(const std::string& run, const HostMapper& hosts = NoRules()) {
  return ValuesOf(ReadTraefik(ReadFixture("traefik37-" + run + "-metrics.prom"),
                              ReadFixture("traefik37-" + run + "-routers.json"),
                              ReadFixture("traefik37-" + run + "-services.json"), hosts));
}

Values Read(const std::string& metrics, std::optional<std::string_view> routers,
            std::optional<std::string_view> services = std::nullopt, const HostMapper& hosts = NoRules()) {
  return ValuesOf(ReadTraefik(metrics, routers, services, hosts));
}

std::string RouterSeries(const std::string& router, int count) {
  return "traefik_router_requests_total{code=\"200\",router=\"" + router + "\",service=\"s@file\"} " +
         std::to_string(count) + "\n";
}

std::string ServiceSeries(const std::string& service, int count) {
  return "traefik_service_requests_total{code=\"200\",service=\"" + service + "\"} " + std::to_string(count) + "\n";
}

std::string Router(const std::string& name, const std::string& rule, const std::string& service = "s") {
  return R"({"name":")" + name + R"(","rule":")" + rule + R"(","service":")" + service + R"("})";
}

TEST(Traefik, GivesWhatTheLoadSawByRouter) {
  const Values values = ReadCaptured("routers");
  EXPECT_THAT(StartingWith(values, "proxy_http_requests_total"),
              UnorderedElementsAre(
                  Pair("proxy_http_requests_total{code=\"200\",host=\"api.example\",proxy=\"api@file\"}", 54),
                  Pair("proxy_http_requests_total{code=\"500\",host=\"api.example\",proxy=\"api@file\"}", 6),
                  Pair("proxy_http_requests_total{code=\"200\",host=\"old.example\",proxy=\"old@file\"}", 13),
                  Pair("proxy_http_requests_total{code=\"500\",host=\"old.example\",proxy=\"old@file\"}", 2),
                  Pair("proxy_http_requests_total{code=\"200\",host=\"rx@file\"}", 14),
                  Pair("proxy_http_requests_total{code=\"500\",host=\"rx@file\"}", 1),
                  Pair("proxy_http_requests_total{code=\"200\",host=\"shop.example\",proxy=\"shop@file\"}", 146),
                  Pair("proxy_http_requests_total{code=\"404\",host=\"shop.example\",proxy=\"shop@file\"}", 48),
                  Pair("proxy_http_requests_total{code=\"500\",host=\"shop.example\",proxy=\"shop@file\"}", 16),
                  Pair("proxy_http_requests_total{code=\"200\",host=\"w.example\",proxy=\"weighted@file\"}", 14),
                  Pair("proxy_http_requests_total{code=\"500\",host=\"w.example\",proxy=\"weighted@file\"}", 1),
                  Pair("proxy_http_requests_total{code=\"200\",host=\"www.shop.example\",proxy=\"shop-www@file\"}", 27),
                  Pair("proxy_http_requests_total{code=\"500\",host=\"www.shop.example\",proxy=\"shop-www@file\"}", 3),
                  Pair("proxy_http_requests_total{code=\"502\",host=\"dead.example\",proxy=\"dead@file\"}", 15)));
  EXPECT_EQ(values.at("proxy_response_bytes_total{host=\"shop.example\",proxy=\"shop@file\"}"), 44120);
  EXPECT_EQ(values.at("proxy_request_bytes_total{host=\"shop.example\",proxy=\"shop@file\"}"), 3000);
}

TEST(Traefik, NeverAddsEntryPointsRoutersAndServices) {
  const Values values = ReadCaptured("routers");
  EXPECT_EQ(SumOf(values, "proxy_http_requests_total"), 360);
  EXPECT_THAT(StartingWith(values, "proxy_frontend_http_requests_total"),
              UnorderedElementsAre(Pair("proxy_frontend_http_requests_total{code=\"200\",frontend=\"web\"}", 268),
                                   Pair("proxy_frontend_http_requests_total{code=\"404\",frontend=\"web\"}", 93),
                                   Pair("proxy_frontend_http_requests_total{code=\"500\",frontend=\"web\"}", 29),
                                   Pair("proxy_frontend_http_requests_total{code=\"502\",frontend=\"web\"}", 15)));
}

TEST(Traefik, HasAHistogramThatCountsTheRequests) {
  const Values values = ReadCaptured("routers");
  EXPECT_EQ(values.at("proxy_http_request_duration_seconds_count{host=\"shop.example\",proxy=\"shop@file\"}"), 210);
  EXPECT_EQ(
      values.at("proxy_http_request_duration_seconds_bucket{host=\"shop.example\",le=\"+Inf\",proxy=\"shop@file\"}"),
      210);
  EXPECT_THAT(values,
              Contains(Key(
                  "proxy_http_request_duration_seconds_bucket{host=\"shop.example\",le=\"0.3\",proxy=\"shop@file\"}")));
}

TEST(Traefik, FallsBackToServicesWhereRoutersAreNotCounted) {
  const Values values = ReadCaptured("plain");
  EXPECT_EQ(SumOf(values, "proxy_http_requests_total"), 360);
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"502\",host=\"dead.example\",proxy=\"dead@file\"}"), 15);
  // Three routers of different hosts use it: whose requests they were, nobody knows.
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"200\",host=\"api@file\"}"), 88);
}

TEST(Traefik, TakesServerUpAndElseServerStatus) {
  const Values values = StartingWith(ReadCaptured("routers"), "proxy_backend");
  EXPECT_EQ(values.at("proxy_backends{host=\"shop.example\"}"), 3);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"shop.example\"}"), 2);
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"http://127.0.0.1:42107\",host=\"shop.example\",proxy=\"shop@file\"}"),
            0);
  // Without a health check Traefik takes a dead server for up.
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"http://127.0.0.1:42107\",host=\"dead.example\",proxy=\"dead@file\"}"),
            1);
  EXPECT_EQ(values.at("proxy_backends{host=\"api.example\"}"), 2);
}

// Traefik shows whether it counts routers with their first request only.
TEST(Traefik, AServiceOfSeveralHostsIsNoHostBeforeTheFirstRequest) {
  const std::string routers = "[" + Router("a@file", "Host(`a`)", "s@file") + "," +
                              Router("b@file", "Host(`b`)", "s@file") + "," + Router("c@file", "Host(`c`)", "t@file") +
                              "]";
  const std::string services = R"([{"name":"s@file","serverStatus":{"http://s":"UP"}},
                                   {"name":"t@file","serverStatus":{"http://t":"UP"}}])";
  const auto backends_up = [&](const std::string& metrics) {
    return StartingWith(Read(metrics, routers, services), "proxy_backends_up");
  };
  EXPECT_THAT(backends_up("traefik_config_reloads_total 1\n"),
              UnorderedElementsAre(Pair("proxy_backends_up{host=\"c\"}", 1)));
  EXPECT_THAT(backends_up(RouterSeries("a@file", 1)),
              UnorderedElementsAre(Pair("proxy_backends_up{host=\"a\"}", 1), Pair("proxy_backends_up{host=\"b\"}", 1),
                                   Pair("proxy_backends_up{host=\"c\"}", 1)));
  EXPECT_THAT(
      backends_up(ServiceSeries("s@file", 1)),
      UnorderedElementsAre(Pair("proxy_backends_up{host=\"c\"}", 1), Pair("proxy_backends_up{host=\"s@file\"}", 1)));
}

TEST(Traefik, AWeightedServiceHasTheServersOfItsParts) {
  const Values values = ReadCaptured("routers");
  EXPECT_EQ(values.at("proxy_backends{host=\"w.example\"}"), 5);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"w.example\"}"), 4);
  EXPECT_THAT(values, Contains(Key("proxy_backend_up{backend=\"http://127.0.0.1:41647\",host=\"w.example\","
                                   "proxy=\"shop@file\"}")));
}

TEST(Traefik, AnEndlessCircleOfServicesEnds) {
  EXPECT_THAT(Read(RouterSeries("a@file", 1), "[" + Router("a@file", "Host(`a`)", "x") + "]",
                   R"([{"name":"x@file","weighted":{"services":[{"name":"y"}]}},
                       {"name":"y@file","weighted":{"services":[{"name":"x"},{"name":"z"}]}},
                       {"name":"z@file","serverStatus":{"http://s":"UP"}}])"),
              Contains(Pair("proxy_backend_up{backend=\"http://s\",host=\"a\",proxy=\"z@file\"}", 1)));
}

TEST(Traefik, WithoutTheApiANameIsItsOwnHost) {
  const Values values = Read(ReadFixture("traefik37-routers-metrics.prom"), std::nullopt);
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"200\",host=\"shop-www@file\"}"), 27);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"shop@file\"}"), 2);
  EXPECT_EQ(SumOf(values, "proxy_http_requests_total"), 360);
}

TEST(Traefik, RulesOfTheConfigurationWinOverTheRoutersRule) {
  const HostMapper hosts = MapperOf({{"shop(-www)?@file", "ours.example"}});
  const Values values = ReadCaptured("routers", hosts);
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"200\",host=\"ours.example\",proxy=\"shop@file\"}"), 146);
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"200\",host=\"ours.example\",proxy=\"shop-www@file\"}"), 27);
  EXPECT_EQ(values.at("proxy_backends{host=\"ours.example\"}"), 3);
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"502\",host=\"dead.example\",proxy=\"dead@file\"}"), 15);
}

TEST(Traefik, ARouterMoreForAHostRenamesNoSeries) {
  const std::string plain = Router("a@file", "Host(`x`)");
  const std::string series = "proxy_http_requests_total{code=\"200\",host=\"x\",proxy=\"a@file\"}";
  EXPECT_THAT(Read(RouterSeries("a@file", 1), "[" + plain + "]"), ElementsAre(Pair(series, 1)));
  EXPECT_THAT(Read(RouterSeries("a@file", 2) + RouterSeries("b@file", 1),
                   "[" + plain + "," + Router("b@file", "Host(`X`)") + "]"),
              UnorderedElementsAre(Pair(series, 2),
                                   Pair("proxy_http_requests_total{code=\"200\",host=\"x\",proxy=\"b@file\"}", 1)));
}

TEST(Traefik, LeavesOutARouterThatIsGoneAndShownOnceMore) {
  const std::string metrics = ReadFixture("traefik37-removed-metrics.prom");
  ASSERT_THAT(metrics, HasSubstr("router=\"dead@file\""));
  std::string routers = ReadFixture("traefik37-routers-routers.json");
  const std::size_t at = routers.find("\"name\":\"dead@file\"");
  ASSERT_NE(at, std::string::npos);
  routers.replace(at, 18, "\"name\":\"late@file\"");
  const Values values = Read(metrics, routers, ReadFixture("traefik37-routers-services.json"));
  EXPECT_THAT(StartingWith(values, "proxy_http_requests_total"), Not(Contains(Key(HasSubstr("dead")))));
  EXPECT_EQ(SumOf(values, "proxy_http_requests_total"), 345);
}

TEST(Traefik, LeavesOutAServiceThatNoRouterUsesAnyMore) {
  EXPECT_THAT(
      Read(ServiceSeries("s@file", 1) + ServiceSeries("old@file", 9), "[" + Router("a@file", "Host(`x`)") + "]"),
      ElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"x\",proxy=\"s@file\"}", 1)));
}

TEST(Traefik, TakesNamesAsTheyAreWhereTheListMayBeCutOff) {
  std::string routers = "[";
  for (int i = 0; i < 100; ++i) routers += Router("r" + std::to_string(i) + "@file", "Host(`h`)") + ",";
  routers.back() = ']';
  EXPECT_THAT(Read(RouterSeries("late@file", 1), routers),
              ElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"late@file\"}", 1)));
  routers.back() = ',';
  routers += Router("r100@file", "Host(`h`)") + "]";
  EXPECT_THAT(Read(RouterSeries("late@file", 1), routers), IsEmpty());
}

TEST(Traefik, DropsAServerThatTheApiNoLongerLists) {
  const std::string states =
      "traefik_service_server_up{service=\"s@file\",url=\"http://old\"} 1\n"
      "traefik_service_server_up{service=\"s@file\",url=\"http://new\"} 0\n";
  EXPECT_THAT(Read(states, "[" + Router("a@file", "Host(`x`)") + "]",
                   R"([{"name":"s@file","serverStatus":{"http://new":"UP"}}])"),
              UnorderedElementsAre(Pair("proxy_backend_up{backend=\"http://new\",host=\"x\",proxy=\"s@file\"}", 0),
                                   Pair("proxy_backends{host=\"x\"}", 1), Pair("proxy_backends_up{host=\"x\"}", 0)));
}

TEST(Traefik, LeavesOutInternalsAndTheEntryPointThatServesUs) {
  EXPECT_THAT(Read(RouterSeries("api@internal", 3) + RouterSeries("a@file", 1) +
                       "traefik_entrypoint_requests_total{code=\"200\",entrypoint=\"traefik\"} 9\n",
                   "[" + Router("api@internal", "PathPrefix(`/api`)", "api@internal") + "," +
                       Router("a@file", "Host(`x`)") + "]",
                   R"([{"name":"api@internal"}])"),
              ElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"x\",proxy=\"a@file\"}", 1)));
}

TEST(Traefik, HasInFlightByServiceInV2AndNoneInV3) {
  EXPECT_THAT(StartingWith(ReadCaptured("routers"), "proxy_http_requests_in_flight"), IsEmpty());
  EXPECT_THAT(StartingWith(ReadCaptured("plain"), "proxy_http_requests_in_flight"), IsEmpty());
  EXPECT_THAT(Read("traefik_service_open_connections{method=\"GET\",protocol=\"http\",service=\"s@docker\"} 2\n"
                   "traefik_service_open_connections{method=\"PUT\",protocol=\"http\",service=\"s@docker\"} 1\n",
                   std::nullopt),
              ElementsAre(Pair("proxy_http_requests_in_flight{host=\"s@docker\"}", 3)));
}

TEST(Traefik, RefusesAnApiThatIsNone) {
  const auto message = [](std::string_view routers, std::string_view services) {
    return MessageOf(ReadTraefik("traefik_config_reloads_total 1\n", routers, services, NoRules()));
  };
  EXPECT_THAT(message("<html>", "[]"), HasSubstr("/api/http/routers: bad JSON"));
  EXPECT_THAT(message("{}", "[]"), HasSubstr("/api/http/routers: /: must be an array"));
  EXPECT_THAT(message("[]", R"([{"name":"a","serverStatus":{"u":1}}])"),
              HasSubstr("/api/http/services: /0/serverStatus/u: must be a string"));
  EXPECT_THAT(message("[" + std::string(1000, '[') + "]", "[]"), HasSubstr("nested deeper"));
  EXPECT_EQ(message("[{},null]", "[null]"), "");
}

}  // namespace
}  // namespace proxy_telemetry

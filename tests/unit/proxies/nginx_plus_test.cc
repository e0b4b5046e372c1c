// NGINX Plus' API, as its documentation shows it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

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
using testing::StartsWith;

Values ReadDocumented(const HostMapper& hosts = NoRules()) {
  return ValuesOf(ReadNginxPlus(ReadFixture("nginx-plus-api8-server_zones.json"),
                                ReadFixture("nginx-plus-api8-upstreams.json"), hosts));
}

std::string Refusal(std::string_view zones, std::optional<std::string_view> upstreams = std::nullopt) {
  return MessageOf(ReadNginxPlus(zones, upstreams, NoRules()));
}

std::string PeerOf(const std::string& state) {
  return R"({"u":{"peers":[{"server":"s","state":")" + state + R"(","responses":{}}]}})";
}

TEST(NginxPlus, GivesRequestsOfAServerZoneByClassAndNotAgainByCode) {
  const std::string shop = "proxy_http_requests_total{code=\"";
  const Values values = ReadDocumented();
  EXPECT_THAT(StartingWith(values, shop + "5"), ElementsAre(Pair(shop + "5xx\",host=\"api.example\"}", 61),
                                                            Pair(shop + "5xx\",host=\"idle.example\"}", 0),
                                                            Pair(shop + "5xx\",host=\"shop.example\"}", 15)));
  EXPECT_EQ(StartingWith(values, "proxy_http_requests_total").size(), 15U);
}

// `requests` has also those that were discarded or are still being worked on.
TEST(NginxPlus, CountsAnswersAndNotRequestsWithoutOne) {
  double shop = 0;
  for (const auto& [series, value] : StartingWith(ReadDocumented(), "proxy_http_requests_total")) {
    if (series.find("shop.example") != std::string::npos) shop += value;
  }
  EXPECT_EQ(shop, 294);
}

TEST(NginxPlus, GivesBytesAndWhatIsInFlight) {
  const Values values = ReadDocumented();
  EXPECT_EQ(values.at("proxy_http_requests_in_flight{host=\"shop.example\"}"), 2);
  EXPECT_EQ(values.at("proxy_request_bytes_total{host=\"shop.example\"}"), 25984);
  EXPECT_EQ(values.at("proxy_response_bytes_total{host=\"api.example\"}"), 18446744073709551615.0);
}

TEST(NginxPlus, GivesNoLatencyForItsTimesAreMeans) {
  EXPECT_THAT(StartingWith(ReadDocumented(), "proxy_http_request_duration_seconds"), IsEmpty());
  EXPECT_THAT(StartingWith(ReadDocumented(), "proxy_backend_request_duration_seconds"), IsEmpty());
}

TEST(NginxPlus, CallsUpOnlyWhatTakesNewRequests) {
  const Values values = ReadDocumented();
  const std::string up = "proxy_backend_up{backend=\"";
  EXPECT_THAT(
      StartingWith(values, up + "10.0.0."),
      ElementsAre(Pair(up + "10.0.0.1:8080\",host=\"shop\"}", 1), Pair(up + "10.0.0.2:8080\",host=\"shop\"}", 0),
                  Pair(up + "10.0.0.3:8080\",host=\"shop\"}", 0), Pair(up + "10.0.0.4:8080\",host=\"shop\"}", 0),
                  Pair(up + "10.0.0.5:8080\",host=\"shop\"}", 0), Pair(up + "10.0.0.6:8080\",host=\"shop\"}", 0)));
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"unix:/run/app.sock\",host=\"shop\"}"), 1);
  EXPECT_EQ(values.at("proxy_backends{host=\"shop\"}"), 7);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"shop\"}"), 2);
}

TEST(NginxPlus, SaysNothingOfAStateThatItDoesNotKnow) {
  const Values values = ValuesOf(ReadNginxPlus("{}", PeerOf("resting"), NoRules()));
  EXPECT_THAT(values, ElementsAre(Pair("proxy_backends{host=\"u\"}", 1)));
}

TEST(NginxPlus, NamesAPeerByItsAddressForSeveralHaveOneName) {
  const Values values = ReadDocumented();
  EXPECT_THAT(values, Not(Contains(Key(HasSubstr("app.internal")))));
  EXPECT_EQ(values.at("proxy_backend_requests_total{backend=\"10.0.0.2:8080\",code=\"2xx\",host=\"shop\"}"), 100);
}

TEST(NginxPlus, PutsUpstreamsAndZonesUnderTheHostsOfRules) {
  const Values values = ReadDocumented(MapperOf({{"(shop|api)(\\.example)?", "$1.test"}}));
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"5xx\",host=\"shop.test\",proxy=\"shop.example\"}"), 15);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"shop.test\"}"), 2);
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"10.0.1.1:9000\",host=\"api.test\",proxy=\"api\"}"), 1);
}

TEST(NginxPlus, MayLackItsUpstreams) {
  const Values values =
      ValuesOf(ReadNginxPlus(ReadFixture("nginx-plus-api8-server_zones.json"), std::nullopt, NoRules()));
  EXPECT_THAT(StartingWith(values, "proxy_backend"), IsEmpty());
  EXPECT_EQ(StartingWith(values, "proxy_http_requests_total").size(), 15U);
}

TEST(NginxPlus, SaysWhatToConfigureWhereItTellsNothing) {
  EXPECT_THAT(Refusal("{}"), HasSubstr("put status_zone into server {}"));
  EXPECT_THAT(Refusal("{}", "{}"), HasSubstr("zone into upstream {}"));
  EXPECT_EQ(Refusal("{}", PeerOf("up")), "");
}

TEST(NginxPlus, NamesThePlaceOfAValueOfTheWrongType) {
  const std::vector<std::pair<std::string, std::string>> zones = {
      {R"([1,2,3])", "http/server_zones: /: must be an object, got a value of type array"},
      {R"({"a":1})", "http/server_zones: /a: must be an object, got 1"},
      {R"({"a":{"sessions":{}}})", "http/server_zones: /a: has no responses"},
      {R"({"a":{"responses":{"2xx":-1}}})",
       "http/server_zones: /a/responses/2xx: must be a whole number from 0 to 2^64, got -1"},
      {R"({"a":{"responses":{},"processing":"x"}})",
       "http/server_zones: /a/processing: must be a whole number from 0 to 2^64, got a value of type string"},
  };
  for (const auto& [page, message] : zones) EXPECT_EQ(Refusal(page), message) << page;
  const std::vector<std::pair<std::string, std::string>> upstreams = {
      {R"([])", "http/upstreams: /: must be an object, got a value of type array"},
      {R"({"u":{}})", "http/upstreams: /u: has no peers"},
      {R"({"u":{"peers":{}}})", "http/upstreams: /u/peers: must be an array, got a value of type object"},
      {R"({"u":{"peers":[{"server":1}]}})", "http/upstreams: /u/peers/0/server: must be a string, got 1"},
      {R"({"u":{"peers":[{"server":"s"}]}})", "http/upstreams: /u/peers/0: has no state"},
      {R"({"u":{"peers":[{"server":"s","state":"up"}]}})", "http/upstreams: /u/peers/0: has no responses"},
  };
  for (const auto& [page, message] : upstreams) EXPECT_EQ(Refusal("{}", page), message) << page;
}

TEST(NginxPlus, IsRefusedWhereverItIsCutOff) {
  const std::string zones = ReadFixture("nginx-plus-api8-server_zones.json");
  const std::string upstreams = ReadFixture("nginx-plus-api8-upstreams.json");
  for (std::size_t size = 0; size <= zones.rfind('}'); ++size) EXPECT_NE(Refusal(zones.substr(0, size)), "") << size;
  for (std::size_t size = 0; size <= upstreams.rfind('}'); size += 7) {
    EXPECT_THAT(Refusal(zones, upstreams.substr(0, size)), StartsWith("http/upstreams: bad JSON")) << size;
  }
}

}  // namespace
}  // namespace proxy_telemetry

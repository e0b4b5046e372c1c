// Angie's API and its Prometheus page, captured from Angie 1.13 at one moment.
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

Values Read(std::string_view page) { return ValuesOf(ReadAngie(page, NoRules())); }
Values ReadStatus() { return Read(ReadFixture("angie113-status.json")); }

std::string Refusal(std::string_view page) { return MessageOf(ReadAngie(page, NoRules())); }

std::string PeerOf(const std::string& state) {
  return R"({"angie":{},"http":{"upstreams":{"u":{"peers":{"s":{"state":")" + state + R"(","responses":{}}}}}}})";
}

TEST(Angie, GivesRequestsOfAServerZoneByExactCode) {
  const std::string requests = "proxy_http_requests_total{code=\"";
  Values shop;
  for (const auto& [series, value] : StartingWith(ReadStatus(), requests)) {
    if (series.find("\"shop.example\"") != std::string::npos) shop.emplace(series, value);
  }
  double sum = 0;
  for (const auto& [series, value] : shop) sum += value;
  EXPECT_EQ(sum, 75);
  EXPECT_EQ(shop.at(requests + "404\",host=\"shop.example\"}"), 10);
  EXPECT_EQ(shop.at(requests + "302\",host=\"shop.example\"}"), 5);
  EXPECT_EQ(shop.size(), 4U);
}

TEST(Angie, GivesWhatIsNoHttpStatusAsOther) {
  EXPECT_THAT(Read(R"({"server_zones":{"a":{"responses":{"200":1,"xxx":2,"new":3}}}})"),
              ElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"a\"}", 1),
                          Pair("proxy_http_requests_total{code=\"other\",host=\"a\"}", 2)));
}

TEST(Angie, GivesAZoneWithoutRequestsNoZeroByCode) {
  const Values values = ReadStatus();
  EXPECT_EQ(values.at("proxy_http_requests_in_flight{host=\"unknown\"}"), 0);
  for (const auto& [series, value] : StartingWith(values, "proxy_http_requests_total")) {
    EXPECT_THAT(series, Not(HasSubstr("\"unknown\""))) << value;
  }
}

TEST(Angie, GivesBytesInAndOut) {
  const Values values = ReadStatus();
  EXPECT_EQ(values.at("proxy_request_bytes_total{host=\"shop.example\"}"), 4980);
  EXPECT_GT(values.at("proxy_response_bytes_total{host=\"shop.example\"}"), 4980);
}

TEST(Angie, GivesPeersTheirState) {
  const Values values = ReadStatus();
  const std::string up = "proxy_backend_up{backend=\"127.0.0.1:";
  EXPECT_EQ(values.at(up + "18101\",host=\"shop\"}"), 1);
  EXPECT_EQ(values.at(up + "18199\",host=\"shop\"}"), 0);  // unavailable
  EXPECT_EQ(values.at(up + "18198\",host=\"shop\"}"), 0);  // down
  EXPECT_EQ(values.at(up + "18197\",host=\"shop\"}"), 1);  // a backup
  EXPECT_EQ(values.at("proxy_backends{host=\"shop\"}"), 5);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"shop\"}"), 3);
}

TEST(Angie, CallsAPeerUpThatStartsSlowlyOrIsBusy) {
  for (const std::string state : {"up", "recovering", "busy"}) {
    EXPECT_EQ(Read(PeerOf(state)).at("proxy_backends_up{host=\"u\"}"), 1) << state;
  }
  for (const std::string state : {"down", "unavailable", "unhealthy", "checking", "draining"}) {
    EXPECT_EQ(Read(PeerOf(state)).at("proxy_backends_up{host=\"u\"}"), 0) << state;
  }
  EXPECT_THAT(Read(PeerOf("resting")), ElementsAre(Pair("proxy_backends{host=\"u\"}", 1)));
}

TEST(Angie, GivesNoLatencyForItsTimesAreMeans) {
  for (const auto& [series, value] : ReadStatus()) EXPECT_THAT(series, Not(HasSubstr("duration"))) << value;
}

TEST(Angie, PartHttpGivesTheSameAsTheWholeStatus) {
  EXPECT_EQ(Read(ReadFixture("angie113-status-http.json")), ReadStatus());
}

TEST(Angie, PrometheusPageGivesTheSameAsTheApi) { EXPECT_EQ(Read(ReadFixture("angie113-all.prom")), ReadStatus()); }

TEST(Angie, PrometheusPageKnowsTheNumbersOfStates) {
  for (int state = 0; state <= 9; ++state) {
    const Values values = Read("angie_http_upstreams_peers_state{upstream=\"u\",peer=\"s\"} " + std::to_string(state));
    const bool is_known = state >= 1 && state <= 8;
    const bool is_up = state == 1 || state == 4 || state == 8;
    const auto up = values.find("proxy_backends_up{host=\"u\"}");
    EXPECT_EQ(up != values.end(), is_known) << state;
    EXPECT_TRUE(up == values.end() || up->second == (is_up ? 1 : 0)) << state;
  }
}

TEST(Angie, LocationZonesCountTheRequestsOfServerZonesOnceMoreAndAreDropped) {
  EXPECT_THAT(Read(R"({"server_zones":{},"location_zones":{"l":{"responses":{"200":1}}}})"), IsEmpty());
  EXPECT_THAT(Read("angie_http_location_zones_responses{zone=\"l\",code=\"200\"} 1\n"), IsEmpty());
}

TEST(Angie, PutsUpstreamsAndZonesUnderTheHostsOfRules) {
  const Values values = ValuesOf(ReadAngie(ReadFixture("angie113-status.json"), MapperOf({{"shop", "shop.example"}})));
  EXPECT_EQ(values.at("proxy_backends_up{host=\"shop.example\"}"), 3);
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"404\",host=\"shop.example\"}"), 10);
  EXPECT_THAT(values, Not(Contains(Key("proxy_backends{host=\"shop\"}"))));
}

TEST(AngieRefusal, NamesThePlaceOfAValueOfTheWrongType) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"angie":{}})",
       "the JSON has neither \"http\" nor \"server_zones\": the location must have `api /status/;` or "
       "`api /status/http/;`"},
      {R"({"http":1})", "/http: must be an object, got 1"},
      {R"({"server_zones":1})", "/server_zones: must be an object, got 1"},
      {R"({"server_zones":{"a":{}}})", "/server_zones/a: has no responses"},
      {R"({"server_zones":{"a":{"responses":{"200":true}}}})",
       "/server_zones/a/responses/200: must be a whole number from 0 to 2^64, got a value of type boolean"},
      {R"({"server_zones":{"a":{"responses":{},"data":1}}})", "/server_zones/a/data: must be an object, got 1"},
      {R"({"server_zones":{"a":{"responses":{},"requests":{"processing":-1}}}})",
       "/server_zones/a/requests/processing: must be a whole number from 0 to 2^64, got -1"},
      {R"({"http":{"upstreams":{"u":{}}}})", "/http/upstreams/u: has no peers"},
      {R"({"http":{"upstreams":{"u":{"peers":{"s":{}}}}}})", "/http/upstreams/u/peers/s: has no state"},
      {R"({"http":{"upstreams":{"u":{"peers":{"s":{"state":1}}}}}})",
       "/http/upstreams/u/peers/s/state: must be a string, got 1"},
  };
  for (const auto& [page, message] : cases) EXPECT_EQ(Refusal(page), message) << page;
}

TEST(AngieRefusal, RefusesJsonWhereverItIsCutOff) {
  const std::string page = ReadFixture("angie113-status.json");
  for (std::size_t size = 0; size <= page.rfind('}'); size += 3) EXPECT_NE(Refusal(page.substr(0, size)), "") << size;
  EXPECT_NE(Refusal(page.substr(0, page.rfind('}'))), "");
}

TEST(AngieRefusal, RefusesMetricsWithTheReason) {
  EXPECT_THAT(Refusal("angie_http_server_zones_responses{code=\"200\"} 1\n"), HasSubstr("without a zone label"));
  EXPECT_THAT(Refusal("angie_http_upstreams_peers_state{upstream=\"u\"} 1\n"), HasSubstr("upstream and peer"));
  EXPECT_THAT(Refusal("angie_connections_active 1\nx 1e400\n"), StartsWith("line 2"));
  EXPECT_THAT(Refusal("up 1\n"), HasSubstr("take proxy: openmetrics"));
}

TEST(AngieRefusal, SaysWhatLocationItWants) {
  EXPECT_THAT(Refusal("<html>"), HasSubstr("`api /status/;`"));
  EXPECT_THAT(Refusal(""), HasSubstr("`api /status/;`"));
}

}  // namespace
}  // namespace proxy_telemetry

// nginx-module-vts: captured pages of an nginx with two sites, and of one with servers outside any upstream {}.
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

Values Read(std::string_view page) { return ValuesOf(ReadNginx(page, NoRules())); }
Values ReadJson() { return Read(ReadFixture("nginx122-vts027.json")); }
Values ReadProm() { return Read(ReadFixture("nginx122-vts027.prom")); }

// A page with one zone, one upstream of one server, and what else is given.
std::string PageOf(const std::string& zone, const std::string& server, const std::string& more = "") {
  return R"({"nginxVersion":"1.22.1","serverZones":{"a.x":{)" + zone + R"("responses":{"2xx":1}}})" + more +
         R"(,"upstreamZones":{"u":[{"server":"s",)" + server + R"("responses":{"2xx":1}}]}})";
}

// Those of the other page with the same key must have its value; counts what both have.
std::size_t CountEqual(const Values& values, const Values& other, std::string_view prefix) {
  std::size_t equal = 0;
  for (const auto& [series, value] : StartingWith(values, prefix)) {
    const auto found = other.find(series);
    if (found == other.end()) continue;
    EXPECT_EQ(value, found->second) << series;
    ++equal;
  }
  return equal;
}

TEST(NginxVts, GivesRequestsOfAServerZoneByClass) {
  const std::string shop = "proxy_http_requests_total{code=\"";
  EXPECT_THAT(StartingWith(ReadJson(), "proxy_http_requests_total"),
              UnorderedElementsAre(
                  Pair(shop + "1xx\",host=\"api.example\"}", 0), Pair(shop + "2xx\",host=\"api.example\"}", 190),
                  Pair(shop + "3xx\",host=\"api.example\"}", 0), Pair(shop + "4xx\",host=\"api.example\"}", 107),
                  Pair(shop + "5xx\",host=\"api.example\"}", 3), Pair(shop + "1xx\",host=\"shop.example\"}", 0),
                  Pair(shop + "2xx\",host=\"shop.example\"}", 123), Pair(shop + "3xx\",host=\"shop.example\"}", 85),
                  Pair(shop + "4xx\",host=\"shop.example\"}", 77), Pair(shop + "5xx\",host=\"shop.example\"}", 15)));
}

TEST(NginxVts, DropsTheZoneThatIsTheSumOfAllOthers) {
  for (const Values& values : {ReadJson(), ReadProm()}) {
    for (const auto& [series, value] : values) EXPECT_THAT(series, Not(HasSubstr("host=\"*\""))) << value;
  }
  EXPECT_EQ(SumOf(ReadJson(), "proxy_http_requests_total"), 600);
}

TEST(NginxVts, DropsFilterZonesWhichCountRequestsOnceMore) {
  const std::string page = ReadFixture("nginx122-vts027.json");
  ASSERT_NE(page.find("\"filterZones\":{\"host::*\""), std::string::npos);
  ASSERT_NE(ReadFixture("nginx122-vts027.prom").find("nginx_vts_filter_requests_total{"), std::string::npos);
  EXPECT_EQ(SumOf(ReadJson(), "proxy_http_requests_total"), 600);
  EXPECT_EQ(SumOf(ReadProm(), "proxy_http_requests_total"), 601);
}

TEST(NginxVts, GivesBytesInAndOut) {
  const Values values = ReadJson();
  EXPECT_EQ(values.at("proxy_request_bytes_total{host=\"shop.example\"}"), 25984);
  EXPECT_EQ(values.at("proxy_response_bytes_total{host=\"shop.example\"}"), 50217);
}

TEST(NginxVts, GivesTheHistogramInSecondsWithInfFromTheRequestCounter) {
  const std::string bucket = "proxy_http_request_duration_seconds_bucket{host=\"shop.example\",le=\"";
  EXPECT_THAT(
      StartingWith(ReadJson(), bucket),
      UnorderedElementsAre(Pair(bucket + "0.005\"}", 94), Pair(bucket + "0.01\"}", 94), Pair(bucket + "0.05\"}", 172),
                           Pair(bucket + "0.1\"}", 227), Pair(bucket + "0.5\"}", 300), Pair(bucket + "1\"}", 300),
                           Pair(bucket + "5\"}", 300), Pair(bucket + "+Inf\"}", 300)));
  EXPECT_EQ(ReadJson().at("proxy_http_request_duration_seconds_sum{host=\"shop.example\"}"), 24.623);
  EXPECT_EQ(ReadJson().at("proxy_http_request_duration_seconds_count{host=\"shop.example\"}"), 300);
}

TEST(NginxVts, GivesNoHistogramWhereNoBucketsAreConfigured) {
  const Values values =
      Read(PageOf(R"("requestCounter":1,"requestMsecCounter":5,"requestBuckets":{"msecs":[],"counters":[]},)", ""));
  EXPECT_THAT(StartingWith(values, "proxy_http_request_duration_seconds"), IsEmpty());
}

TEST(NginxVts, GivesServersOfUpstreamsTheirStateAndRequests) {
  const Values values = ReadJson();
  EXPECT_EQ(values.at("proxy_backends{host=\"shop\"}"), 3);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"shop\"}"), 2);
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"127.0.0.1:18101\",host=\"shop\"}"), 1);
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"127.0.0.1:18199\",host=\"shop\"}"), 0);
  EXPECT_EQ(SumOf(values, "proxy_backend_requests_total{backend=\"127.0.0.1:18102\",code=\"2xx\",host=\"api\"}"), 177);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"api\"}"), 2);
}

TEST(NginxVts, PutsAnUpstreamUnderTheHostThatARuleMakesOfItsName) {
  const Values values =
      ValuesOf(ReadNginx(ReadFixture("nginx122-vts027.json"), MapperOf({{"shop|api", "$0.example"}})));
  EXPECT_EQ(values.at("proxy_backends_up{host=\"shop.example\"}"), 2);
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"127.0.0.1:18199\",host=\"shop.example\",proxy=\"shop\"}"), 0);
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"2xx\",host=\"shop.example\"}"), 123);
  EXPECT_THAT(values, Not(Contains(Key("proxy_backends{host=\"shop\"}"))));
}

// A zone shows up with its first request, and nginx keeps the counters of the others: were these renamed then, their
// whole count would be taken for an increase.
TEST(NginxVts, LabelsOfAZoneDoNotDependOnOtherZonesOfItsHost) {
  const auto page = [](const std::string& zones) { return R"({"nginxVersion":"1","serverZones":{)" + zones + "}}"; };
  const std::string a = R"("a.x":{"responses":{"2xx":1000000}})";
  const std::string b = R"("b.x":{"responses":{"2xx":1}})";
  const HostMapper mapper = MapperOf({{".*\\.x", "x"}});
  const Values before = ValuesOf(ReadNginx(page(a), mapper));
  const Values after = ValuesOf(ReadNginx(page(a + "," + b), mapper));
  EXPECT_THAT(before, ElementsAre(Pair("proxy_http_requests_total{code=\"2xx\",host=\"x\",proxy=\"a.x\"}", 1000000)));
  EXPECT_THAT(after, ElementsAre(Pair("proxy_http_requests_total{code=\"2xx\",host=\"x\",proxy=\"a.x\"}", 1000000),
                                 Pair("proxy_http_requests_total{code=\"2xx\",host=\"x\",proxy=\"b.x\"}", 1)));
}

TEST(NginxVts, KeepsZonesApartThatDifferInCaseOnly) {
  const std::string page =
      R"({"nginxVersion":"1","serverZones":{"A.x":{"responses":{"2xx":1}},"a.x":{"responses":{"2xx":2}}}})";
  EXPECT_THAT(Read(page), ElementsAre(Pair("proxy_http_requests_total{code=\"2xx\",host=\"a.x\",proxy=\"A.x\"}", 1),
                                      Pair("proxy_http_requests_total{code=\"2xx\",host=\"a.x\"}", 2)));
}

// What a proxy_pass names without an upstream {} has requests, but the module knows nothing of its state.
TEST(NginxVts, GivesServersOutsideAnyUpstreamRequestsButNoState) {
  for (const std::string fixture : {"nginx-vts-nogroups.json", "nginx-vts-nogroups.prom"}) {
    const Values values = Read(ReadFixture(fixture));
    EXPECT_EQ(
        SumOf(values, "proxy_backend_requests_total{backend=\"127.0.0.1:18101\",code=\"2xx\",host=\"::nogroups\""), 13)
        << fixture;
    EXPECT_THAT(values, Not(Contains(Key("proxy_backends{host=\"::nogroups\"}"))));
    EXPECT_THAT(StartingWith(values, "proxy_backend_up{backend=\"127.0.0.1:18101\",host=\"::nogroups\""), IsEmpty());
  }
}

TEST(NginxVts, PutsAServerOutsideAnyUpstreamUnderTheHostThatARuleMakesOfItsAddress) {
  const HostMapper mapper = MapperOf({{"127\\.0\\.0\\.1:18101", "direct.example"}});
  const Values values = ValuesOf(ReadNginx(ReadFixture("nginx-vts-nogroups.json"), mapper));
  EXPECT_EQ(values.at("proxy_backend_requests_total{backend=\"127.0.0.1:18101\",code=\"5xx\",host=\"direct.example\","
                      "proxy=\"127.0.0.1:18101\"}"),
            7);
  EXPECT_THAT(values, Not(Contains(Key(HasSubstr("nogroups")))));
}

TEST(NginxVts, CountsAServerMarkedDownAndABackupAsBackends) {
  const Values values = Read(ReadFixture("nginx-vts-nogroups.json"));
  EXPECT_EQ(values.at("proxy_backends{host=\"shop\"}"), 5);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"shop\"}"), 3);
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"127.0.0.1:18198\",host=\"shop\"}"), 0);
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"127.0.0.1:18197\",host=\"shop\"}"), 1);
}

// Versions up to 0.2.7 compare 0 failures with a limit of 0; nginx itself never takes such a server out.
TEST(NginxVts, DoesNotBelieveThatAServerWithoutALimitOfFailuresIsDown) {
  const Values values = Read(PageOf("", R"("weight":1,"maxFails":0,"down":true,)"));
  EXPECT_EQ(values.at("proxy_backends{host=\"u\"}"), 1);
  EXPECT_THAT(values, Not(Contains(Key("proxy_backends_up{host=\"u\"}"))));
  EXPECT_THAT(StartingWith(values, "proxy_backend_up"), IsEmpty());
  EXPECT_EQ(Read(PageOf("", R"("weight":1,"maxFails":0,"down":false,)")).at("proxy_backends_up{host=\"u\"}"), 1);
}

TEST(NginxVts, DoesNotCountAServerThatItsUpstreamHasNoMore) {
  const Values values = Read(PageOf("", R"("weight":0,"maxFails":0,"down":false,)"));
  EXPECT_THAT(StartingWith(values, "proxy_backends"), IsEmpty());
  EXPECT_EQ(values.at("proxy_backend_requests_total{backend=\"s\",code=\"2xx\",host=\"u\"}"), 1);
}

// An upstream may list an address twice; the module has one counter for both and shows it twice.
TEST(NginxVts, TakesAnAddressThatIsThereTwiceForOneCounterAndTwoBackends) {
  const std::string server = R"({"server":"s","weight":1,"maxFails":1,"down":false,"responses":{"2xx":7}})";
  const Values values =
      Read(R"({"nginxVersion":"1","serverZones":{},"upstreamZones":{"u":[)" + server + "," + server + "]}}");
  EXPECT_EQ(values.at("proxy_backend_requests_total{backend=\"s\",code=\"2xx\",host=\"u\"}"), 7);
  EXPECT_EQ(values.at("proxy_backends{host=\"u\"}"), 2);
}

// On a machine of 32 bits 4 GiB of answers are enough.
TEST(NginxVts, AddsWhatACounterOf32BitsHasWrappedAroundTo) {
  const Values values = Read(PageOf(R"("requestCounter":5,"requestMsecCounter":5,"outBytes":100,
      "requestBuckets":{"msecs":[5],"counters":[4]},
      "overCounts":{"maxIntegerSize":4294967295,"outBytes":2,"requestCounter":1,"2xx":1},)",
                                    ""));
  EXPECT_EQ(values.at("proxy_response_bytes_total{host=\"a.x\"}"), 100 + 2 * 4294967296.0);
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"2xx\",host=\"a.x\"}"), 1 + 4294967296.0);
  EXPECT_THAT(StartingWith(values, "proxy_http_request_duration_seconds"), IsEmpty());
}

TEST(NginxVts, SaysNothingOfRequestsInFlight) {
  EXPECT_THAT(StartingWith(ReadJson(), "proxy_http_requests_in_flight"), IsEmpty());
}

// Both of one run; between them one request to the default server was made.
TEST(NginxVts, PrometheusPageGivesWhatTheJsonGivesButForTheStateOfServers) {
  const Values json = ReadJson();
  const Values prom = ReadProm();
  for (const std::string prefix :
       {"proxy_http_requests_total", "proxy_http_request_duration_seconds", "proxy_request_bytes_total",
        "proxy_response_bytes_total", "proxy_backend_requests_total"}) {
    EXPECT_EQ(CountEqual(json, prom, prefix), StartingWith(json, prefix).size()) << prefix;
  }
  for (const auto& [series, value] : prom) {
    EXPECT_TRUE(json.contains(series) || series.find("host=\"_\"") != std::string::npos) << series << " " << value;
  }
  EXPECT_THAT(StartingWith(prom, "proxy_backend_up"), IsEmpty());
  EXPECT_THAT(StartingWith(prom, "proxy_backends"), IsEmpty());
}

// nginx takes any byte from 0x80 on in a Host header, and the module writes it as it came.
TEST(NginxVts, AHostHeaderThatIsNoUtf8DoesNotMakeThePageUnreadable) {
  const std::string page =
      "{\"nginxVersion\":\"1\",\"serverZones\":{\"caf\xff\":{\"responses\":{\"2xx\":1}},"
      "\"a.x\":{\"responses\":{\"2xx\":2}}},\"filterZones\":{\"h\":{\"\xc3\":1}}}";
  const Values values = Read(page);
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"2xx\",host=\"a.x\"}"), 2);
  EXPECT_EQ(values.size(), 2U);
  EXPECT_EQ(values.begin()->first, R"(proxy_http_requests_total{code="2xx",host="a.x"})");
  EXPECT_EQ(values.rbegin()->first, R"(proxy_http_requests_total{code="2xx",host="caf\\xff",proxy="caf\\xFF"})");
}

}  // namespace
}  // namespace proxy_telemetry

// Caddy under a load of known outcome. caddy211-perhost: shop.example 117x200 48x404 15x500, the same site asked for
// with its port 27x200 3x500, api.example 54x200 6x500 30x410, dead.example 15x502; 15 requests for an unknown host.
// The others had the same load, but that the 500s lie a little differently.
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

constexpr const char* kNewPage = "caddy_config_last_reload_successful 1\n";

Values ReadCaptured(const std::string& run, const HostMapper& hosts = NoRules()) {
  return ValuesOf(ReadCaddy(ReadFixture(run + "-metrics.prom"), ReadFixture(run + "-upstreams.json"),
                            ReadFixture(run + "-servers.json"), hosts));
}

Values Read(const std::string& metrics, std::optional<std::string_view> upstreams = std::nullopt,
            std::optional<std::string_view> servers = std::nullopt) {
  return ValuesOf(ReadCaddy(metrics, upstreams, servers, NoRules()));
}

TEST(Caddy, GivesWhatTheLoadSawByHost) {
  const Values values = ReadCaptured("caddy211-perhost");
  EXPECT_THAT(StartingWith(values, "proxy_http_requests_total"),
              UnorderedElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"shop.example\"}", 117),
                                   Pair("proxy_http_requests_total{code=\"404\",host=\"shop.example\"}", 48),
                                   Pair("proxy_http_requests_total{code=\"500\",host=\"shop.example\"}", 15),
                                   Pair("proxy_http_requests_total{code=\"200\",host=\"api.example\"}", 54),
                                   Pair("proxy_http_requests_total{code=\"410\",host=\"api.example\"}", 30),
                                   Pair("proxy_http_requests_total{code=\"500\",host=\"api.example\"}", 6),
                                   Pair("proxy_http_requests_total{code=\"502\",host=\"dead.example\"}", 15),
                                   Pair("proxy_http_requests_total{code=\"200\",host=\"_other\"}", 27),
                                   Pair("proxy_http_requests_total{code=\"500\",host=\"_other\"}", 3)));
  EXPECT_EQ(values.at("proxy_http_request_duration_seconds_count{host=\"shop.example\"}"), 180);
  EXPECT_EQ(values.at("proxy_response_bytes_total{host=\"shop.example\"}"), 35415);
  EXPECT_EQ(values.at("proxy_http_requests_in_flight{host=\"api.example\"}"), 0);
}

TEST(Caddy, TakesAHostWithItsPortForTheSameHost) {
  const Values values = Read(ReadFixture("caddy211-catchall-metrics.prom"));
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"200\",host=\"shop.example\"}"), 146);
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"500\",host=\"shop.example\"}"), 16);
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"200\",host=\"unknown.example\"}"), 15);
}

TEST(Caddy, WithoutTheLabelTheServerIsTheHost) {
  const Values values = ReadCaptured("caddy211-plain");
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"200\",host=\"srv0\"}"), 199);
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"502\",host=\"srv0\"}"), 15);
  EXPECT_EQ(SumOf(values, "proxy_http_requests_total"), 315);
  EXPECT_EQ(values.at("proxy_backends{host=\"srv0\"}"), 3);
}

TEST(Caddy, NeverAddsHandlersUp) {
  EXPECT_THAT(StartingWith(Read(ReadFixture("caddy262-nohost-multihandler.prom")), "proxy_http_requests_total"),
              ElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"srv0\"}", 20)));
}

TEST(Caddy, CountsProxyMadeErrorsOnceBefore28) {
  const Values values = ReadCaptured("caddy262-sites");
  EXPECT_EQ(SumOf(values, "proxy_http_requests_total"), 315);
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"5xx\",host=\"srv0\"}"), 15);
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"500\",host=\"srv0\"}"), 25);
}

TEST(Caddy, CountsProxyMadeErrorsOnceFrom28On) {
  EXPECT_EQ(SumOf(ReadCaptured("caddy211-plain"), "proxy_http_requests_total"), 315);
  // 2.8 has nothing on its page that says so, but numbers that meet.
  EXPECT_THAT(
      StartingWith(
          Read("caddy_http_requests_total{server=\"srv0\",handler=\"subroute\"} 21\n"
               "caddy_http_requests_in_flight{server=\"srv0\",handler=\"subroute\"} 1\n"
               "caddy_http_request_errors_total{server=\"srv0\",handler=\"subroute\"} 10\n"
               "caddy_http_request_duration_seconds_count{server=\"srv0\",handler=\"subroute\",code=\"200\"} 10\n"
               "caddy_http_request_duration_seconds_count{server=\"srv0\",handler=\"subroute\",code=\"502\"} 10\n"),
          "proxy_http_requests_total"),
      UnorderedElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"srv0\"}", 10),
                           Pair("proxy_http_requests_total{code=\"502\",host=\"srv0\"}", 10)));
}

TEST(Caddy, KnowsNoClassOfErrorsBefore28WhereAHandlerMayHaveMade404s) {
  const std::string page = ReadFixture("caddy262-502.prom");
  const auto requests = [&page](std::optional<std::string_view> servers) {
    return StartingWith(Read(page, std::nullopt, servers), "proxy_http_requests_total");
  };
  EXPECT_THAT(requests(std::nullopt),
              UnorderedElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"srv0\"}", 10),
                                   Pair("proxy_http_requests_total{host=\"srv0\"}", 10)));
  EXPECT_THAT(requests(R"({"srv0":{"routes":[{"handle":[{"handler":"file_server"}]}]}})"),
              Contains(Pair("proxy_http_requests_total{host=\"srv0\"}", 10)));
  EXPECT_THAT(requests(R"({"srv0":{"routes":[{"handle":[{"handler":"reverse_proxy"}]}]}})"),
              Contains(Pair("proxy_http_requests_total{code=\"5xx\",host=\"srv0\"}", 10)));
}

TEST(Caddy, AttributesUpstreamsByTheRoutesOfTheConfiguration) {
  EXPECT_THAT(
      StartingWith(ReadCaptured("caddy211-perhost"), "proxy_backend"),
      UnorderedElementsAre(
          Pair("proxy_backend_up{backend=\"127.0.0.1:43125\",host=\"api.example\"}", 1),
          Pair("proxy_backend_up{backend=\"127.0.0.1:43347\",host=\"api.example\"}", 1),
          Pair("proxy_backend_up{backend=\"127.0.0.1:43125\",host=\"shop.example\"}", 1),
          Pair("proxy_backend_up{backend=\"127.0.0.1:43347\",host=\"shop.example\"}", 1),
          Pair("proxy_backend_up{backend=\"127.0.0.1:44007\",host=\"shop.example\"}", 0),
          Pair("proxy_backend_up{backend=\"127.0.0.1:44007\",host=\"dead.example\"}", 0),
          Pair("proxy_backends{host=\"api.example\"}", 2), Pair("proxy_backends{host=\"shop.example\"}", 3),
          Pair("proxy_backends{host=\"dead.example\"}", 1), Pair("proxy_backends_up{host=\"api.example\"}", 2),
          Pair("proxy_backends_up{host=\"shop.example\"}", 2), Pair("proxy_backends_up{host=\"dead.example\"}", 0)));
}

constexpr std::string_view kOneHost =
    "caddy_http_requests_total{handler=\"h\",host=\"a.x\",server=\"s\"} 1\n"
    "caddy_http_requests_in_flight{handler=\"h\",host=\"a.x\",server=\"s\"} 0\n";

TEST(Caddy, DropsUpstreamsThatAreGone) {
  const Values values = ReadCaptured("caddy211-reloaded");
  EXPECT_THAT(values, Not(Contains(Key(HasSubstr("dead.example")))));
  const std::string page = std::string(kOneHost) +
                           "caddy_reverse_proxy_upstreams_healthy{upstream=\"old:1\"} 1\n"
                           "caddy_reverse_proxy_upstreams_healthy{upstream=\"b:1\"} 1\n";
  const std::string servers =
      R"({"s":{"routes":[{"match":[{"host":["a.x"]}],"handle":[{"handler":"reverse_proxy","upstreams":[{"dial":"b:1"},{"dial":"gone:1"}]}]}]}})";
  EXPECT_THAT(
      StartingWith(Read(page, R"([{"address":"b:1"}])", servers), "proxy_backend"),
      UnorderedElementsAre(Pair("proxy_backend_up{backend=\"b:1\",host=\"a.x\"}", 1),
                           Pair("proxy_backends{host=\"a.x\"}", 1), Pair("proxy_backends_up{host=\"a.x\"}", 1)));
}

TEST(Caddy, DoesNotKnowHowManyAreUpWhileOneIsUnknown) {
  const std::string servers =
      R"({"s":{"routes":[{"match":[{"host":["a.x"]}],"handle":[{"handler":"reverse_proxy","upstreams":[{"dial":"b:1"}]}]}]}})";
  EXPECT_THAT(StartingWith(Read(std::string(kOneHost), std::nullopt, servers), "proxy_backend"),
              ElementsAre(Pair("proxy_backends{host=\"a.x\"}", 1)));
}

TEST(Caddy, ARouteWithoutAHostServesThoseThatNoRouteNames) {
  const std::string servers =
      R"({"s":{"routes":[{"match":[{"host":["b.x"]}],"handle":[{"handler":"static_response"}]},
                         {"match":[{"host":["*.x"]}],"handle":[{"handler":"reverse_proxy","upstreams":[{"dial":"wild:1"}]}]},
                         {"handle":[{"handler":"subroute","routes":[{"handle":[{"handler":"invoke","name":"n"}]}]}]}],
               "named_routes":{"n":{"handle":[{"handler":"reverse_proxy","upstreams":[{"dial":"any:1"}]},
                                              {"handler":"invoke","name":"n"}]}}}})";
  const std::string page = std::string(kOneHost) +
                           "caddy_http_requests_in_flight{handler=\"h\",host=\"b.x\",server=\"s\"} 0\n"
                           "caddy_http_requests_in_flight{handler=\"h\",host=\"_other\",server=\"s\"} 0\n";
  EXPECT_THAT(
      StartingWith(Read(page, std::nullopt, servers), "proxy_backend"),
      UnorderedElementsAre(Pair("proxy_backends{host=\"a.x\"}", 2), Pair("proxy_backends{host=\"_other\"}", 1)));
}

TEST(Caddy, AnswersWithoutAnyApp) {
  EXPECT_THAT(Read("caddy_admin_http_requests_total{code=\"200\"} 1\n", "null", "null"), IsEmpty());
}

TEST(Caddy, RefusesAnAdminApiThatIsNone) {
  EXPECT_THAT(MessageOf(ReadCaddy(kNewPage, std::nullopt, "[]", NoRules())),
              HasSubstr("/config/apps/http/servers: /: must be an object"));
  EXPECT_THAT(MessageOf(ReadCaddy(kNewPage, "{}", std::nullopt, NoRules())),
              HasSubstr("/reverse_proxy/upstreams: /: must be an array"));
  EXPECT_THAT(
      MessageOf(ReadCaddy(kNewPage, std::nullopt, R"({"s":{"routes":[{"handle":[{"handler":1}]}]}})", NoRules())),
      HasSubstr("/s/routes/0/handle/0/handler: must be a string"));
}

TEST(Caddy, BoundsWhatNamedRoutesMayMultiply) {
  std::string named;
  for (int i = 0; i < 10; ++i) {
    named += (i == 0 ? "" : ",") + std::string("\"n") + std::to_string(i) + "\":{\"handle\":[";
    for (int k = 0; k < 20; ++k)
      named += (k == 0 ? "" : ",") + std::string(R"({"handler":"invoke","name":"n)") + std::to_string(i + 1) + "\"}";
    named += "]}";
  }
  EXPECT_THAT(MessageOf(ReadCaddy(
                  kNewPage, std::nullopt,
                  R"({"s":{"routes":[{"handle":[{"handler":"invoke","name":"n0"}]}],"named_routes":{)" + named + "}}}",
                  NoRules())),
              HasSubstr("more than 200000 routes"));
}

}  // namespace
}  // namespace proxy_telemetry

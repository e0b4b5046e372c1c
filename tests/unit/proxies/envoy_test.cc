// Envoy 1.40 under a load of known outcome. On both captured pages: shop.example (in four spellings) 173x200 48x404
// 19x500 of two live backends, api.example 81x200 9x500, dead.example 15x503, and 15 requests that no route takes
// (404). On envoy140-vhosts-* the virtual hosts "shop.example" and "api_site" have a virtual cluster for all paths.
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
  return ValuesOf(ReadEnvoy(ReadFixture("envoy140-" + run + "-usedonly.prom"),
                            ReadFixture("envoy140-" + run + "-clusters.json"), hosts));
}

Values Read(const std::string& metrics, std::optional<std::string_view> clusters = std::nullopt,
            const HostMapper& hosts = NoRules()) {
  return ValuesOf(ReadEnvoy(metrics, clusters, hosts));
}

TEST(Envoy, GivesWhatTheLoadSawByCluster) {
  const Values values = ReadCaptured("clusters");
  EXPECT_THAT(StartingWith(values, "proxy_http_requests_total"),
              UnorderedElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"shop\"}", 173),
                                   Pair("proxy_http_requests_total{code=\"404\",host=\"shop\"}", 48),
                                   Pair("proxy_http_requests_total{code=\"500\",host=\"shop\"}", 19),
                                   Pair("proxy_http_requests_total{code=\"200\",host=\"api\"}", 81),
                                   Pair("proxy_http_requests_total{code=\"500\",host=\"api\"}", 9),
                                   Pair("proxy_http_requests_total{code=\"503\",host=\"dead\"}", 15)));
  EXPECT_EQ(values.at("proxy_http_requests_in_flight{host=\"shop\"}"), 0);
}

TEST(Envoy, NeverAddsWhatExternalInternalAndListenersRepeat) {
  EXPECT_EQ(SumOf(ReadCaptured("clusters"), "proxy_http_requests_total"), 345);
  EXPECT_THAT(Read("envoy_cluster_upstream_rq{envoy_response_code=\"200\",envoy_cluster_name=\"a\"} 1\n"
                   "envoy_cluster_external_upstream_rq{envoy_response_code=\"200\",envoy_cluster_name=\"a\"} 2\n"
                   "envoy_cluster_internal_upstream_rq{envoy_response_code=\"200\",envoy_cluster_name=\"a\"} 4\n"
                   "envoy_cluster_canary_upstream_rq{envoy_response_code=\"200\",envoy_cluster_name=\"a\"} 8\n"
                   "envoy_cluster_retry_upstream_rq{envoy_response_code=\"503\",envoy_cluster_name=\"a\"} 16\n"
                   "envoy_cluster_zone_x_y_upstream_rq{envoy_response_code=\"200\",envoy_cluster_name=\"a\"} 32\n"
                   "envoy_cluster_b_external_upstream_rq{envoy_response_code=\"200\",envoy_cluster_name=\"a\"} 64\n"),
              ElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"a\"}", 1)));
}

TEST(Envoy, GivesConnectionManagersAsFrontendsButNotTheAdmins) {
  EXPECT_THAT(StartingWith(ReadCaptured("clusters"), "proxy_frontend"),
              ElementsAre(Pair("proxy_frontend_http_requests_total{code=\"2xx\",frontend=\"ingress_http\"}", 254),
                          Pair("proxy_frontend_http_requests_total{code=\"4xx\",frontend=\"ingress_http\"}", 63),
                          Pair("proxy_frontend_http_requests_total{code=\"5xx\",frontend=\"ingress_http\"}", 43)));
}

TEST(Envoy, GivesMillisecondsAsSeconds) {
  const Values values = ReadCaptured("clusters");
  const std::string name = "proxy_http_request_duration_seconds";
  EXPECT_EQ(values.at(name + "_count{host=\"api\"}"), 90);
  EXPECT_THAT(values, Contains(Key(name + "_bucket{host=\"api\",le=\"0.0005\"}")));
  EXPECT_THAT(values, Contains(Key(name + "_bucket{host=\"api\",le=\"3600\"}")));
  EXPECT_EQ(values.at(name + "_bucket{host=\"api\",le=\"0.5\"}"), 90);
  EXPECT_NEAR(values.at(name + "_sum{host=\"api\"}"), 7.4, 0.5);
  EXPECT_EQ(Read("envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=\"a\",le=\"+Inf\"} 3\n"
                 "envoy_cluster_upstream_rq_time_sum{envoy_cluster_name=\"a\"} 15.1000000000000014210854715202\n")
                .at(name + "_sum{host=\"a\"}"),
            0.0151);
}

TEST(Envoy, TakesBytesFromTheClusterForBytesToTheClient) {
  const Values values = ReadCaptured("clusters");
  // 60 bytes of request line and headers, 300 of body and more of headers.
  EXPECT_GT(values.at("proxy_response_bytes_total{host=\"api\"}"), 24345);
  EXPECT_LT(values.at("proxy_request_bytes_total{host=\"api\"}"), 24345);
}

TEST(Envoy, GivesWhatTheLoadSawByVirtualHost) {
  const Values values = ReadCaptured("vhosts");
  EXPECT_THAT(StartingWith(values, "proxy_http_requests_total"),
              UnorderedElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"shop.example\"}", 173),
                                   Pair("proxy_http_requests_total{code=\"404\",host=\"shop.example\"}", 48),
                                   Pair("proxy_http_requests_total{code=\"500\",host=\"shop.example\"}", 19),
                                   Pair("proxy_http_requests_total{code=\"200\",host=\"api_site\"}", 81),
                                   Pair("proxy_http_requests_total{code=\"500\",host=\"api_site\"}", 9)));
  EXPECT_EQ(values.at("proxy_http_request_duration_seconds_count{host=\"shop.example\"}"), 240);
}

TEST(Envoy, GivesNoRequestTwiceUnderAVirtualHostAndItsCluster) {
  EXPECT_THAT(StartingWith(ReadCaptured("vhosts"), "proxy_backend_requests_total"), IsEmpty());
  EXPECT_THAT(StartingWith(ReadCaptured("vhosts"), "proxy_response_bytes_total"), IsEmpty());
  EXPECT_EQ(ReadCaptured("vhosts").at("proxy_backends_up{host=\"shop\"}"), 2);
}

TEST(Envoy, AVirtualHostThatCountsNothingIsNone) {
  EXPECT_THAT(
      Read("envoy_vhost_vcluster_upstream_rq_total{envoy_virtual_cluster=\"other\",envoy_virtual_host=\"v\"} 0\n"
           "envoy_vhost_vcluster_upstream_rq_retry{envoy_virtual_cluster=\"other\",envoy_virtual_host=\"v\"} 0\n"
           "envoy_vhost_route_upstream_rq{envoy_response_code=\"200\",envoy_route=\"r\",envoy_virtual_host=\"v\"} 1\n"
           "envoy_cluster_upstream_rq{envoy_response_code=\"200\",envoy_cluster_name=\"a\"} 1\n"),
      ElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"a\"}", 1)));
}

TEST(Envoy, AddsTheVirtualClustersOfAVirtualHostUp) {
  EXPECT_THAT(
      Read("envoy_vhost_vcluster_upstream_rq{envoy_response_code=\"200\",envoy_virtual_cluster=\"a\",envoy_virtual_"
           "host=\"v\"} 1\n"
           "envoy_vhost_vcluster_upstream_rq{envoy_response_code=\"200\",envoy_virtual_cluster=\"other\",envoy_virtual_"
           "host=\"v\"} 2\n"
           "envoy_vhost_x_y_vcluster_a_upstream_rq{envoy_response_code=\"200\",envoy_virtual_host=\"w\"} 4\n"
           "envoy_vhost_x_y_vcluster_other_upstream_rq{envoy_response_code=\"200\",envoy_virtual_host=\"w\"} 8\n"),
      ElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"v\"}", 3),
                  Pair("proxy_http_requests_total{code=\"200\",host=\"w.x.y\"}", 12)));
}

TEST(Envoy, PutsANameWithDotsTogetherAgain) {
  EXPECT_EQ(ReadCaptured("clusters").at("proxy_backends_up{host=\"idle.dotted\"}"), 1);
  const std::string page =
      "envoy_cluster_my_site_com_upstream_rq{envoy_response_code=\"200\",envoy_cluster_name=\"shop\"} 1\n";
  EXPECT_THAT(Read(page), ElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"shop.my.site.com\"}", 1)));
  const std::string clusters = R"({"cluster_statuses":[{"name":"shop.my-site.com"}]})";
  EXPECT_THAT(StartingWith(Read(page, clusters), "proxy_http_requests_total"),
              ElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"shop.my-site.com\"}", 1)));
  EXPECT_THAT(Read(page, R"({"cluster_statuses":[]})"), IsEmpty()) << "a cluster that there is not";
}

TEST(Envoy, AClusterMayBeCalledInternal) {
  const std::string page =
      "envoy_cluster_internal_upstream_rq{envoy_response_code=\"200\",envoy_cluster_name=\"api\"} 1\n"
      "envoy_cluster_internal_internal_upstream_rq{envoy_response_code=\"200\",envoy_cluster_name=\"api\"} 1\n";
  EXPECT_THAT(
      StartingWith(Read(page, R"({"cluster_statuses":[{"name":"api.internal"}]})"), "proxy_http_requests_total"),
      ElementsAre(Pair("proxy_http_requests_total{code=\"200\",host=\"api.internal\"}", 1)));
}

TEST(Envoy, TakesClassesWhereExactCodesAreLeftOut) {
  EXPECT_THAT(Read("envoy_cluster_upstream_rq_xx{envoy_response_code_class=\"5\",envoy_cluster_name=\"a\"} 2\n"),
              ElementsAre(Pair("proxy_http_requests_total{code=\"5xx\",host=\"a\"}", 2)));
  EXPECT_THAT(Read("envoy_cluster_upstream_rq_xx{envoy_response_code_class=\"5\",envoy_cluster_name=\"a\"} 2\n"
                   "envoy_cluster_upstream_rq{envoy_response_code=\"503\",envoy_cluster_name=\"a\"} 2\n"),
              ElementsAre(Pair("proxy_http_requests_total{code=\"503\",host=\"a\"}", 2)));
}

TEST(Envoy, TellsTheStateOfEveryEndpoint) {
  const Values values = ReadCaptured("clusters");
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"127.0.0.1:34395\",host=\"shop\"}"), 1);
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"127.0.0.1:57765\",host=\"shop\"}"), 0) << "failed its health check";
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"127.0.0.1:57765\",host=\"dead\"}"), 0) << "ejected as an outlier";
  EXPECT_EQ(values.at("proxy_backends{host=\"shop\"}"), 3);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"shop\"}"), 2);
  EXPECT_EQ(values.at("proxy_backend_requests_total{backend=\"127.0.0.1:34395\",host=\"shop\"}"), 120);
  EXPECT_EQ(values.at("proxy_backend_requests_total{backend=\"127.0.0.1:57765\",host=\"shop\"}"), 0);
}

TEST(Envoy, KnowsEveryFlagOfAnEndpointAndEveryFormOfAnAddress) {
  const auto endpoint = [](const std::string& address, const std::string& health) {
    return R"({"address":{)" + address + R"(},"health_status":{)" + health + "}}";
  };
  const std::string clusters =
      R"({"cluster_statuses":[{"name":"a:b","host_statuses":[)" +
      endpoint(R"("socket_address":{"address":"::1","port_value":80})", R"("eds_health_status":"UNKNOWN")") + "," +
      endpoint(R"("pipe":{"path":"/x"})", R"("eds_health_status":"DEGRADED","failed_active_degraded_check":true)") +
      "," + endpoint(R"("envoy_internal_address":{"server_listener_name":"l"})", R"("eds_health_status":"DRAINING")") +
      "," + endpoint(R"("pipe":{"path":"/y"})", R"("pending_active_hc":true)") + "," +
      endpoint(R"("pipe":{"path":"/z"})", R"("failed_outlier_check":false)") + "," + endpoint(R"("later":{})", "") +
      R"(]}]})";
  const std::string cluster = "\",host=\"a_b\"}";
  EXPECT_THAT(
      Read("envoy_server_live 1\n", clusters),
      UnorderedElementsAre(
          Pair("proxy_backend_up{backend=\"[::1]:80" + cluster, 1), Pair("proxy_backend_up{backend=\"/x" + cluster, 1),
          Pair("proxy_backend_up{backend=\"l" + cluster, 0), Pair("proxy_backend_up{backend=\"/y" + cluster, 0),
          Pair("proxy_backend_up{backend=\"/z" + cluster, 1), Pair("proxy_backends{host=\"a_b\"}", 5),
          Pair("proxy_backends_up{host=\"a_b\"}", 3)));
}

TEST(Envoy, WithoutClustersTheMembershipTells) {
  const Values values = Read(ReadFixture("envoy140-clusters-usedonly.prom"));
  EXPECT_EQ(values.at("proxy_backends{host=\"shop\"}"), 3);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"shop\"}"), 2);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"dead\"}"), 0);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"idle.dotted\"}"), 1);
  EXPECT_THAT(StartingWith(values, "proxy_backend_up"), IsEmpty());
}

TEST(Envoy, AClusterThatARuleRenamesCarriesTheLabelProxy) {
  const Values values = ReadCaptured("clusters", MapperOf({{"shop|api", "x"}}));
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"200\",host=\"x\",proxy=\"shop\"}"), 173);
  EXPECT_EQ(values.at("proxy_backend_requests_total{backend=\"127.0.0.1:34395\",host=\"x\",proxy=\"api\"}"), 45);
  EXPECT_EQ(values.at("proxy_backends{host=\"x\"}"), 5);
  EXPECT_EQ(values.at("proxy_backends_up{host=\"x\"}"), 4);
}

TEST(Envoy, RefusesClustersThatAreNone) {
  EXPECT_THAT(
      MessageOf(ReadEnvoy("envoy_server_live 1\n", "shop::default_priority::max_connections::1024\n", NoRules())),
      HasSubstr("/clusters: bad JSON"));
  EXPECT_THAT(
      MessageOf(ReadEnvoy(
          "envoy_server_live 1\n",
          R"({"cluster_statuses":[{"name":"a","host_statuses":[{"address":{"pipe":{"path":"x"}},"stats":[{"name":"rq_total","value":"-1"}]}]}]})",
          NoRules())),
      HasSubstr("/cluster_statuses/0/host_statuses/0/stats/0: must be a count"));
}

}  // namespace
}  // namespace proxy_telemetry

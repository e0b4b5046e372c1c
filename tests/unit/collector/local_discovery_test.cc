// FindLocalProxies() on servers of known content, and what it says about each kind.
#include "exporter/local_discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "exporter/relabel.h"
#include "test_server.h"

namespace proxy_telemetry {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const char* const kCsv = "# pxname,svname,qcur,\nbe,BACKEND,0,\n";
const char* const kStub =
    "Active connections: 1 \nserver accepts handled requests\n 3 3 3 \nReading: 0 Writing: 1 Waiting: 0 \n";

// A server with these pages and no others.
TestServer::Script Pages(std::map<std::string, std::string> pages) {
  return [pages = std::move(pages)](const std::string& path) {
    const auto it = pages.find(path);
    return it == pages.end() ? TestServer::NotFound() : TestServer::Ok(it->second);
  };
}

std::vector<std::string> Found(const std::vector<LocalProxy>& places) {
  std::vector<std::string> found;
  for (const LocalProxy& proxy : FindLocalProxies(places)) {
    found.push_back(std::string(ProxyKindName(proxy.kind)) + " " + proxy.address);
  }
  return found;
}

// What of all kinds is found where only this page is.
std::vector<std::string> KindsAt(const std::string& path, const std::string& page) {
  const TestServer server(Pages({{path, page}}));
  std::vector<std::string> kinds;
  for (const ProxyKind kind : kProxyKinds) {
    if (kind == ProxyKind::kAuto || kind == ProxyKind::kOpenMetrics) continue;
    if (!Found({{kind, server.address()}}).empty()) kinds.emplace_back(ProxyKindName(kind));
  }
  return kinds;
}

TEST(LocalDiscovery, KnowsEachProxyByThePagesItUsuallyHas) {
  const std::vector<std::string> none;
  const auto only = [](const char* kind) { return std::vector<std::string>{kind}; };
  EXPECT_EQ(KindsAt("/stats;csv", kCsv), only("haproxy"));
  EXPECT_EQ(KindsAt("/haproxy?stats;csv", kCsv), only("haproxy"));
  EXPECT_EQ(KindsAt("/uptime", "{\"system\":{},\"hosts\":{}}"), only("agbero"));
  for (const char* path : {"/stub_status", "/nginx_status", "/basic_status"}) {
    EXPECT_EQ(KindsAt(path, kStub), only("nginx")) << path;
  }
  EXPECT_EQ(KindsAt("/status/format/json", "{\"hostName\":\"x\",\"nginxVersion\":\"1.22.1\",\"connections\":{}}"),
            only("nginx"));
  EXPECT_EQ(KindsAt("/status/", "{\"angie\":{\"version\":\"1.12.1\"}}"), only("angie"));
  EXPECT_EQ(KindsAt("/server-status?auto",
                    "localhost\nServerVersion: Apache\nBusyWorkers: 1\nIdleWorkers: 4\nScoreboard: W____\n"),
            only("apache"));
  EXPECT_EQ(KindsAt("/stats/prometheus?usedonly", "# TYPE envoy_server_live gauge\nenvoy_server_live{} 1\n"),
            only("envoy"));
  EXPECT_EQ(KindsAt("/metrics", "# HELP caddy_http_requests_total x\n"), only("caddy"));
  EXPECT_EQ(KindsAt("/metrics", "# HELP somebody_else_total x\n"), none);
}

TEST(LocalDiscovery, LooksBehindTheSeriesOfARuntimeForTheNamesThatTell) {
  std::string page;
  while (page.size() < 20'000) page += "# HELP go_gc_duration_seconds x\ngo_gc_duration_seconds{quantile=\"0\"} 1\n";
  EXPECT_EQ(KindsAt("/metrics", page + "traefik_config_reloads_total 1\n"), std::vector<std::string>{"traefik"});
  EXPECT_THAT(KindsAt("/metrics", page), IsEmpty());
  // A page without end is cut where enough has been seen.
  while (page.size() < 1'000'000) page += page;
  EXPECT_EQ(KindsAt("/metrics", "traefik_config_reloads_total 1\n" + page), std::vector<std::string>{"traefik"});
}

TEST(LocalDiscovery, BelievesNoPageThatItsReaderCouldNotRead) {
  EXPECT_THAT(KindsAt("/stats;csv", "# HELP haproxy_up x\nhaproxy_up 1\n"), IsEmpty());
  EXPECT_THAT(KindsAt("/uptime", "# HELP agbero_up x\nagbero_up 1\n"), IsEmpty());
  // Whatever is asked, a backend answers.
  const TestServer site([](const std::string&) { return TestServer::Ok("<!doctype html><p>Hello"); });
  std::vector<LocalProxy> places;
  for (const LocalProxy& place : UsualPlaces()) places.push_back({place.kind, site.address()});
  EXPECT_THAT(Found(places), IsEmpty());
}

TEST(LocalDiscovery, TellsProxiesOfOnePortApartAndTakesTheFirstPlaceOfEachKind) {
  const TestServer nginx(Pages({{"/nginx_status", kStub}}));
  const TestServer haproxy(Pages({{"/;csv", kCsv}}));
  const TestServer second(Pages({{"/stats;csv", kCsv}}));
  const std::vector<LocalProxy> places{
      {ProxyKind::kHaproxy, nginx.address()},  {ProxyKind::kNginx, nginx.address()},
      {ProxyKind::kApache, nginx.address()},   {ProxyKind::kHaproxy, haproxy.address()},
      {ProxyKind::kHaproxy, second.address()}, {ProxyKind::kNginx, second.address()}};
  EXPECT_THAT(Found(places), testing::ElementsAre("nginx " + nginx.address(), "haproxy " + haproxy.address()));
}

TEST(LocalDiscovery, WaitsForAllPlacesAtOnceAndForNoneLongerThanItsTime) {
  const TestServer hanging([](const std::string&) { return std::string(); });
  const TestServer haproxy(Pages({{"/stats;csv", kCsv}}));
  std::vector<LocalProxy> places(20, {ProxyKind::kNginx, hanging.address()});
  places.push_back({ProxyKind::kHaproxy, haproxy.address()});
  EXPECT_THAT(Found(places), testing::ElementsAre("haproxy " + haproxy.address()));
}

TEST(LocalDiscovery, FollowsNoRedirect) {
  const TestServer elsewhere(Pages({{"/", kStub}}));
  const TestServer server([&elsewhere](const std::string&) {
    return "HTTP/1.1 302 Found\r\nLocation: http://" + elsewhere.address() +
           "/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  });
  EXPECT_THAT(Found({{ProxyKind::kNginx, server.address()}}), IsEmpty());
  EXPECT_GT(server.requests(), 0);
  EXPECT_EQ(elsewhere.requests(), 0);
}

TEST(LocalDiscovery, LooksOnThisMachineOnlyAndForEveryKind) {
  std::set<ProxyKind> kinds;
  for (const LocalProxy& place : UsualPlaces()) {
    EXPECT_TRUE(place.address.starts_with("unix:/") || place.address.starts_with("127.0.0.1:")) << place.address;
    kinds.insert(place.kind);
  }
  EXPECT_EQ(kinds.size(), kProxyKinds.size() - 2);
  const std::vector<std::string> addresses = LocalProxyPlaces();
  EXPECT_EQ(std::set<std::string>(addresses.begin(), addresses.end()).size(), addresses.size());
}

TEST(HowToTellMore, GivesTheLinesThatMakeEachProxyTellMore) {
  const auto how = [](ProxyKind kind) { return HowToTellMore({kind, "127.0.0.1:1"}, {true, {}}); };
  EXPECT_THAT(how(ProxyKind::kNginx), HasSubstr("\nlog_format proxy_telemetry escape=json '{\"host\":\"$host\","));
  EXPECT_THAT(how(ProxyKind::kNginx), HasSubstr("\naccess_log syslog:server=unix:/run/proxy-telemetry/access.sock,"));
  EXPECT_THAT(how(ProxyKind::kHaproxy), HasSubstr("\nlog 127.0.0.1:19090 len 8192 format raw"));
  EXPECT_THAT(how(ProxyKind::kHaproxy), HasSubstr("\nlog-format '{\"host\":"));
  EXPECT_THAT(how(ProxyKind::kApache), HasSubstr("\nCustomLog "));
  EXPECT_THAT(how(ProxyKind::kTraefik), HasSubstr("addRoutersLabels=true"));
  EXPECT_THAT(how(ProxyKind::kCaddy), HasSubstr("\nmetrics {\n  per_host\n}"));
  EXPECT_THAT(how(ProxyKind::kEnvoy), HasSubstr("\nvirtual_clusters: "));
  EXPECT_EQ(how(ProxyKind::kAgbero), "");
}

TEST(HowToTellMore, NamesTheJobOnlyWhereTheSocketIsNotThereAnyway) {
  const LocalProxy proxy{ProxyKind::kNginx, "127.0.0.1:1"};
  EXPECT_THAT(HowToTellMore(proxy, {true, {}}), Not(HasSubstr("access_log: {")));
  EXPECT_THAT(HowToTellMore(proxy, {false, {}}),
              HasSubstr("access_log: {listen: \"unixgram:/run/proxy-telemetry/access.sock\"}"));
}

TEST(ConfigForLocalProxies, ListensForTheLogsOfThoseThatTellLittleWithoutOne) {
  const std::vector<LocalProxy> caddy{{ProxyKind::kCaddy, "127.0.0.1:2019"}};
  EXPECT_EQ(ConfigForLocalProxies(caddy, {true, {}}).scrape_configs.size(), 1U);
  const std::vector<LocalProxy> nginx{{ProxyKind::kNginx, "127.0.0.1:80"}};
  EXPECT_EQ(ConfigForLocalProxies(nginx, {false, {}}).scrape_configs.size(), 1U);
  const std::vector<LocalProxy> both{{ProxyKind::kHaproxy, "127.0.0.1:8404"}, {ProxyKind::kNginx, "127.0.0.1:80"}};
  const Config config = ConfigForLocalProxies(both, {true, {}});
  ASSERT_EQ(config.scrape_configs.size(), 4U);
  EXPECT_TRUE(config.scrape_configs[0].metric_relabel_configs.empty());
  EXPECT_EQ(config.scrape_configs[1].access_log->listen, "udp://127.0.0.1:19090");
  EXPECT_EQ(config.scrape_configs[3].access_log->listen, "unixgram:/run/proxy-telemetry/access.sock");
}

TEST(ConfigForLocalProxies, RequestsThatALogTellsAreNotCountedAgain) {
  const Config config = ConfigForLocalProxies(
      {{ProxyKind::kHaproxy, "127.0.0.1:8404"}, {ProxyKind::kNginx, "127.0.0.1:80"}}, {false, {ProxyKind::kHaproxy}});
  const auto relabeler = Relabeler::Make(config.scrape_configs[0].metric_relabel_configs);
  ASSERT_TRUE(relabeler.ok());
  for (const char* name : {"proxy_http_requests_total", "proxy_backend_requests_total", "proxy_response_bytes_total"}) {
    EXPECT_FALSE(relabeler->Apply(Labels(std::vector<Label>{{"__name__", name}}))) << name;
  }
  for (const char* name : {"proxy_backends_up", "proxy_backend_up", "proxy_frontend_http_requests_total"}) {
    EXPECT_TRUE(relabeler->Apply(Labels(std::vector<Label>{{"__name__", name}}))) << name;
  }
  EXPECT_TRUE(config.scrape_configs[2].metric_relabel_configs.empty());
}

}  // namespace
}  // namespace proxy_telemetry

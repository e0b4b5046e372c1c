#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "exporter/proxies.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

TEST(SniffPage, KnowsRealPages) {
  const std::vector<std::pair<std::string, PageKind>> cases = {
      {"haproxy26-stats.csv", PageKind::kHaproxyCsv},
      {"haproxy26-sock-show_stat.txt", PageKind::kHaproxyCsv},
      {"haproxy26-metrics.prom", PageKind::kExposition},
      {"caddy262-directive-metrics.om", PageKind::kExposition},
      {"nginx122-vts027.prom", PageKind::kExposition},
      {"agbero-uptime.json", PageKind::kAgberoUptime},
      {"agbero-metrics.prom", PageKind::kExposition},
      {"nginx122-stub_status.txt", PageKind::kNginxStub},
      {"nginx122-vts027.json", PageKind::kNginxVts},
      {"nginx-vts-nogroups.json", PageKind::kNginxVts},
      {"angie113-status.json", PageKind::kAngie},
      {"angie113-status-http.json", PageKind::kAngie},
      {"angie113-all.prom", PageKind::kExposition},
      {"apache24-server-status.txt", PageKind::kApache},
      {"apache24-server-status-states.txt", PageKind::kApache},
      {"apache24-server-status-not-extended.txt", PageKind::kApache},
      {"apache24-server-status.html", PageKind::kHtml},
  };
  for (const auto& [fixture, kind] : cases) {
    EXPECT_EQ(SniffPage(ReadFixture(fixture)), kind) << fixture;
    EXPECT_EQ(SniffPage(ReadFixture(fixture).substr(0, kSniffBytes)), kind) << fixture;
  }
}

TEST(SniffPage, KnowsSmallPages) {
  const std::vector<std::pair<std::string, PageKind>> cases = {
      {"", PageKind::kUnknown},
      {"\n\n", PageKind::kUnknown},
      {"# pxname,svname,x\n", PageKind::kHaproxyCsv},
      {"# pxname,xsvname\n", PageKind::kUnknown},
      {"# just a comment\n", PageKind::kUnknown},
      {"# just a comment\n\nup 1\n", PageKind::kExposition},
      {"# HELP x y", PageKind::kExposition},
      {"# EOF\n", PageKind::kExposition},
      {"x{a=\"b\"} 1", PageKind::kExposition},
      {"x -1.5 123", PageKind::kExposition},
      {"x NaN", PageKind::kExposition},
      {"two words", PageKind::kUnknown},
      {"word", PageKind::kUnknown},
      {" \n<!doctype HTML>", PageKind::kHtml},
      {"<HTML lang=en>", PageKind::kHtml},
      {"<p>", PageKind::kUnknown},
      {"{\"hosts\":{}}", PageKind::kAgberoUptime},
      {"  {\n\"timestamp\":1,\"system\":{}", PageKind::kAgberoUptime},
      {"{\"hostName\":\"x\"}", PageKind::kUnknown},
      {"[{\"hosts\":1}]", PageKind::kUnknown},
      {"Active connections: 1 \nserver accepts handled requests\n", PageKind::kUnknown},
      {"ServerVersion: Apache/2.4", PageKind::kUnknown},
  };
  for (const auto& [page, kind] : cases) EXPECT_EQ(SniffPage(page), kind) << page;
}

TEST(SniffPage, KnowsNginxsSmallPages) {
  const std::vector<std::pair<std::string, PageKind>> cases = {
      {"Active connections: 1 \nserver accepts handled requests\n 1 1 1 \nReading: 0 Writing: 1 Waiting: 0 \n",
       PageKind::kNginxStub},
      {"Active connections: 1 \nserver accepts handled requests request_time\n 1 1 1 9 \nReading: 0",
       PageKind::kNginxStub},
      {"Active connections: 1 \n", PageKind::kUnknown},
      {"{\"nginxVersion\":\"1.22.1\"", PageKind::kNginxVts},
      {"{\"serverZones\":{}}", PageKind::kNginxVts},
      {"{\"angie\":{}}", PageKind::kAngie},
      {"{\r\n\t\"server_zones\": {", PageKind::kAngie},
      {"{\"http\":{\"server_zones\":{}}}", PageKind::kUnknown},
      {"BusyWorkers: 1\nIdleWorkers: 4\nScoreboard: W____\n", PageKind::kApache},
      {"a\nScoreboard: W____\n", PageKind::kUnknown},
  };
  for (const auto& [page, kind] : cases) EXPECT_EQ(SniffPage(page), kind) << page;
}

// A host may be called like the mark of another proxy, and a mark may be a text.
TEST(SniffPage, LooksForMarksAtTheTopOfJsonAlone) {
  const std::vector<std::pair<std::string, PageKind>> cases = {
      {R"({"hosts":{"angie":{},"server_zones":{},"nginxVersion":1}})", PageKind::kAgberoUptime},
      {R"({"angie":{"hosts":{}}})", PageKind::kAngie},
      {R"({"a":{"hosts":{}}})", PageKind::kUnknown},
      {R"({"a":"hosts","b":["hosts",{"hosts":1}]})", PageKind::kUnknown},
      {R"({"a":"\"{","hosts":{}})", PageKind::kAgberoUptime},
      {R"({"a\":\"hosts":1})", PageKind::kUnknown},
      {R"({"a":{}} {"hosts":1})", PageKind::kUnknown},
      {R"({"a":[1,2],"hosts":{}})", PageKind::kAgberoUptime},
      {R"({"hosts)", PageKind::kUnknown},
      {R"({"hosts\)", PageKind::kUnknown},
      {R"({]]})", PageKind::kUnknown},
  };
  for (const auto& [page, kind] : cases) EXPECT_EQ(SniffPage(page), kind) << page;
}

TEST(SniffPage, LooksAtNoMoreThanTheBeginning) {
  EXPECT_EQ(SniffPage(std::string(kSniffBytes, ' ') + "# HELP x y\n"), PageKind::kUnknown);
}

TEST(ProxyOfExposition, LooksForNamesThatOnlyOneProxyHas) {
  EXPECT_EQ(ProxyOfExposition(ReadFixture("agbero-metrics.prom")), ProxyKind::kAgbero);
  EXPECT_EQ(ProxyOfExposition("go_threads 1\nagbero_active_connections{host=\"a\"} 0\n"), ProxyKind::kAgbero);
  EXPECT_EQ(ProxyOfExposition("# TYPE agbero_active_connections gauge\n"), ProxyKind::kAgbero);
  EXPECT_EQ(ProxyOfExposition(ReadFixture("haproxy26-metrics.prom")), ProxyKind::kHaproxy);
  EXPECT_EQ(ProxyOfExposition(ReadFixture("nginx122-vts027.prom")), ProxyKind::kNginx);
  EXPECT_EQ(ProxyOfExposition(ReadFixture("angie113-all.prom")), ProxyKind::kAngie);
  EXPECT_EQ(ProxyOfExposition("nginx_http_requests_total 1\n"), ProxyKind::kOpenMetrics);
  EXPECT_EQ(ProxyOfExposition("x{a=\"agbero_\"} 1\n# about agbero_ things\n"), ProxyKind::kOpenMetrics);
  EXPECT_EQ(ProxyOfExposition(""), ProxyKind::kOpenMetrics);
}

}  // namespace
}  // namespace proxy_telemetry

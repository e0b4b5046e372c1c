#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "exporter/proxies.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

TEST(SniffPage, KnowsRealPages) {
  const std::vector<std::pair<std::string, PageKind>> cases = {
      {"haproxy26-stats.csv", PageKind::kHaproxyCsv},    {"haproxy26-sock-show_stat.txt", PageKind::kHaproxyCsv},
      {"haproxy26-metrics.prom", PageKind::kExposition}, {"caddy262-directive-metrics.om", PageKind::kExposition},
      {"nginx122-vts027.prom", PageKind::kExposition},   {"agbero-uptime.json", PageKind::kAgberoUptime},
      {"agbero-metrics.prom", PageKind::kExposition},
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

TEST(SniffPage, LooksAtNoMoreThanTheBeginning) {
  EXPECT_EQ(SniffPage(std::string(kSniffBytes, ' ') + "# HELP x y\n"), PageKind::kUnknown);
}

TEST(IsAgberoExposition, LooksForAgberosOwnSeries) {
  EXPECT_TRUE(IsAgberoExposition(ReadFixture("agbero-metrics.prom")));
  EXPECT_TRUE(IsAgberoExposition("go_threads 1\nagbero_active_connections{host=\"a\"} 0\n"));
  EXPECT_TRUE(IsAgberoExposition("# TYPE agbero_active_connections gauge\n"));
  EXPECT_FALSE(IsAgberoExposition(ReadFixture("haproxy26-metrics.prom")));
  EXPECT_FALSE(IsAgberoExposition("x{a=\"agbero_\"} 1\n# about agbero_ things\n"));
  EXPECT_FALSE(IsAgberoExposition(""));
}

}  // namespace
}  // namespace proxy_telemetry

// A reader finds nothing in another proxy's page, which must not look like a proxy without traffic.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "exporter/proxies.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

using testing::HasSubstr;

// The message of each reader of expositions that looks for its proxy's own series.
std::map<std::string, std::string> MessagesOf(const std::string& page) {
  return {{"traefik", MessageOf(ReadTraefik(page, std::nullopt, std::nullopt, NoRules()))},
          {"envoy", MessageOf(ReadEnvoy(page, std::nullopt, NoRules()))},
          {"caddy", MessageOf(ReadCaddy(page, std::nullopt, std::nullopt, NoRules()))},
          {"nginx", MessageOf(ReadNginx(page, NoRules()))},
          {"angie", MessageOf(ReadAngie(page, NoRules()))}};
}

TEST(PageOwner, ThePageOfAnotherProxyIsRefusedWithTheNameOfThat) {
  const std::map<std::string, std::string> fixtures = {{"traefik", "traefik37-routers-metrics.prom"},
                                                       {"envoy", "envoy140-vhosts-usedonly.prom"},
                                                       {"caddy", "caddy211-perhost-metrics.prom"},
                                                       {"haproxy", "haproxy26-metrics.prom"}};
  for (const auto& [owner, fixture] : fixtures) {
    for (const auto& [reader, message] : MessagesOf(ReadFixture(fixture))) {
      if (reader == owner) {
        EXPECT_EQ(message, "") << owner;
      } else if (reader == "nginx" || reader == "angie") {
        EXPECT_THAT(message, HasSubstr("take proxy: openmetrics for it")) << owner;
      } else {
        EXPECT_THAT(message, HasSubstr("not a page of " + reader + "; take proxy: " + owner + " for it")) << owner;
      }
    }
  }
}

TEST(PageOwner, APageThatIsNoProxysIsRefused) {
  for (const auto& [page, wanted] : std::map<std::string, std::string>{
           {"<!DOCTYPE html><html>", "HTML page"}, {"", "empty"}, {"{}", "\"{}\""}, {"hello\n", "\"hello\""}}) {
    const auto messages = MessagesOf(page);
    for (const std::string reader : {"traefik", "envoy", "caddy"}) {
      EXPECT_THAT(messages.at(reader), HasSubstr(wanted)) << reader;
    }
  }
  for (const auto& [reader, message] : MessagesOf("# TYPE node_load1 gauge\nnode_load1 0.5\nx{a=\"caddy_\"} 1\n")) {
    EXPECT_THAT(message, HasSubstr("take proxy: openmetrics for it")) << reader;
  }
}

// Its series come with the first request to the admin endpoint.
TEST(PageOwner, ACaddyBefore29ThatIsNewHasNoSeriesOfItsOwnButItsApi) {
  const std::string page = "# TYPE go_threads gauge\ngo_threads 7\npromhttp_metric_handler_requests_total 0\n";
  EXPECT_EQ(MessageOf(ReadCaddy(page, "null", "null", NoRules())), "");
  EXPECT_NE(MessageOf(ReadCaddy(page, "null", std::nullopt, NoRules())), "");
  EXPECT_NE(MessageOf(ReadCaddy(page + "traefik_config_reloads_total 1\n", "null", "null", NoRules())), "");
  EXPECT_NE(MessageOf(ReadCaddy("<html>", "null", "null", NoRules())), "");
}

}  // namespace
}  // namespace proxy_telemetry

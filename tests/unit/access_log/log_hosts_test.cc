#include "logs/log_hosts.h"

#include <gtest/gtest.h>

#include <string>

namespace proxy_telemetry {
namespace {

constexpr std::int64_t kNowMs = 1'700'000'000'000;

HostMapper MapperOf(const std::vector<HostRule>& rules = {}) {
  auto mapper = HostMapper::Make(rules);
  EXPECT_TRUE(mapper.ok());
  return std::move(*mapper);
}

void CountRequest(LogHosts& hosts, std::string_view spelling, std::int64_t now_ms = kNowMs) {
  AccessRecord record;
  record.status = 200;
  hosts.Of(spelling, now_ms).Count(record, now_ms);
}

TEST(LogHosts, SpellingsOfOneHostAreOneHost) {
  LogHosts hosts(MapperOf(), {"nginx", 10, 0});
  LogHost& host = hosts.Of("Shop.Example.:8080", kNowMs);
  EXPECT_EQ(host.name, "shop.example");
  EXPECT_EQ(&hosts.Of("shop.example", kNowMs), &host);
  EXPECT_EQ(&hosts.Of("Shop.Example.:8080", kNowMs), &host);
  EXPECT_EQ(hosts.size(), 1);
}

TEST(LogHosts, RulesDecideFirst) {
  LogHosts hosts(MapperOf({{"(.*)\\.internal", "$1.example"}}), {"nginx", 10, 0});
  EXPECT_EQ(hosts.Of("shop.internal", kNowMs).name, "shop.example");
}

TEST(LogHosts, ALineWithoutAHostIsAboutTheProxyAsAWhole) {
  LogHosts hosts(MapperOf(), {"nginx", 10, 0});
  EXPECT_EQ(hosts.Of("", kNowMs).name, "nginx");
}

TEST(LogHosts, WhatCannotBeANameIsFolded) {
  LogHosts hosts(MapperOf(), {"nginx", 10, 0});
  EXPECT_EQ(hosts.Of(std::string(kHostNameBytesMax, 'a'), kNowMs).name.size(), kHostNameBytesMax);
  EXPECT_EQ(hosts.folded(), 0);
  for (const std::string& name : {std::string(kHostNameBytesMax + 1, 'a'), std::string("a b"), std::string("a\x01"),
                                  std::string("\xff\xfe"), std::string("a\x7f")}) {
    EXPECT_EQ(hosts.Of(name, kNowMs).name, kOtherHost) << name;
  }
  EXPECT_EQ(hosts.folded(), 5);
}

TEST(LogHosts, TheLimitFoldsNewHostsAndLeavesKnownOnesAlone) {
  LogHosts hosts(MapperOf(), {"nginx", 2, 0});
  CountRequest(hosts, "a");
  CountRequest(hosts, "b");
  CountRequest(hosts, "c");
  CountRequest(hosts, "C:80");
  CountRequest(hosts, "a");
  EXPECT_EQ(hosts.Of("a", kNowMs).requests[1], 2);
  EXPECT_EQ(hosts.Of("b", kNowMs).requests[1], 1);
  EXPECT_EQ(hosts.folded(), 2);
  EXPECT_EQ(hosts.Restore(std::string(kOtherHost), kNowMs).requests[1], 2);
  EXPECT_EQ(hosts.size(), 3);
}

TEST(LogHosts, WithoutALimitEveryHostHasAPlace) {
  LogHosts hosts(MapperOf(), {"nginx", 0, 0});
  for (int i = 0; i < 20'000; ++i) CountRequest(hosts, "h" + std::to_string(i));
  EXPECT_EQ(hosts.size(), 20'000);
  EXPECT_EQ(hosts.folded(), 0);
}

TEST(LogHosts, ASilentHostFreesItsPlaceAndABusyOneDoesNot) {
  constexpr std::int64_t kSilenceMs = 1000;
  LogHosts hosts(MapperOf(), {"nginx", 2, kSilenceMs});
  CountRequest(hosts, "silent", kNowMs);
  CountRequest(hosts, "busy", kNowMs + 500);
  CountRequest(hosts, "new", kNowMs + kSilenceMs - 1);
  EXPECT_EQ(hosts.folded(), 1);
  CountRequest(hosts, "new", kNowMs + kSilenceMs);
  EXPECT_EQ(hosts.folded(), 1);
  EXPECT_EQ(hosts.Of("new", kNowMs + kSilenceMs).requests[1], 1);
  EXPECT_EQ(hosts.Of("busy", kNowMs + kSilenceMs).requests[1], 1);
}

TEST(LogHosts, ExpiryForgetsSpellingsToo) {
  LogHosts hosts(MapperOf(), {"nginx", 0, 1000});
  CountRequest(hosts, "a", kNowMs);
  hosts.Expire(kNowMs + 1000);
  EXPECT_EQ(hosts.size(), 0);
  CountRequest(hosts, "a", kNowMs + 1000);
  EXPECT_EQ(hosts.Of("a", kNowMs + 1000).requests[1], 1);
}

TEST(LogHosts, AFloodOfNamesLeavesNoMoreThanTheLimitBehind) {
  LogHosts hosts(MapperOf(), {"nginx", 100, 1'000'000});
  CountRequest(hosts, "shop.example");
  for (int i = 0; i < 100'000; ++i) CountRequest(hosts, "flood-" + std::to_string(i));
  CountRequest(hosts, "shop.example");
  EXPECT_EQ(hosts.size(), 101);
  EXPECT_EQ(hosts.Of("shop.example", kNowMs).requests[1], 2);
  EXPECT_EQ(hosts.folded(), 100'000 - 99);
}

TEST(LogHosts, OtherRulesApplyFromThenOn) {
  LogHosts hosts(MapperOf(), {"nginx", 10, 0});
  CountRequest(hosts, "a");
  hosts.Configure(MapperOf({{"a", "b"}}), {"nginx", 10, 0});
  CountRequest(hosts, "a");
  EXPECT_EQ(hosts.Restore("a", kNowMs).requests[1], 1);
  EXPECT_EQ(hosts.Restore("b", kNowMs).requests[1], 1);
}

TEST(LogHost, CountsByClassOfItsStatus) {
  LogHost host;
  for (const int status : {100, 200, 204, 301, 404, 499, 500, 599, 0, 999}) {
    AccessRecord record;
    record.status = status;
    host.Count(record, kNowMs);
  }
  EXPECT_EQ(host.requests, (std::array<std::uint64_t, 6>{1, 2, 1, 2, 2, 2}));
  EXPECT_EQ(host.RequestCount(), 10);
  EXPECT_FALSE(host.tells_request_bytes);
  EXPECT_EQ(host.upstream_durations, nullptr);
}

}  // namespace
}  // namespace proxy_telemetry

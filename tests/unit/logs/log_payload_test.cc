// Logs that real proxies wrote, to the exact counts of the load that made them.
#include <gtest/gtest.h>

#include "log_lines.h"

namespace proxy_telemetry {
namespace {

using Requests = std::map<std::pair<std::string, int>, int>;

const Requests kNginxRequests = {{{"shop.example", 200}, 146},  {{"shop.example", 302}, 70},
                                 {{"shop.example", 404}, 70},   {{"shop.example", 500}, 14},
                                 {{"api.example", 200}, 195},   {{"api.example", 404}, 105},
                                 {{"unknown.example", 421}, 1}, {{"evil\"quote\\.example", 421}, 1}};

void ExpectNginxJson(const LogSums& sums) {
  EXPECT_EQ(sums.requests, kNginxRequests);
  EXPECT_EQ(sums.unreadable, 0);
  EXPECT_EQ(sums.other, 0);
  EXPECT_EQ(sums.with_seconds, 602);
  EXPECT_EQ(sums.with_upstream, 600);
  EXPECT_NEAR(sums.seconds, 60.023, 1e-9);
  EXPECT_NEAR(sums.upstream_seconds, 60.071, 1e-9);
  EXPECT_EQ(sums.response_bytes, 99422);
  EXPECT_EQ(sums.request_bytes, 53138);
}

TEST(LogPayload, OfNginxAsJsonIsCountedToTheByte) {
  ExpectNginxJson(SumsOf("nginx122-access-json.log", "json", ProxyKind::kNginx));
}

TEST(LogPayload, IsReadTheSameWithoutKnowingTheProxy) {
  ExpectNginxJson(SumsOf("nginx122-access-json.log", "json", ProxyKind::kAuto));
}

TEST(LogPayload, OfNginxOverSyslogIsTheSameAsItsFile) {
  ExpectNginxJson(SumsOf("nginx122-syslog.log", "json", ProxyKind::kNginx));
}

TEST(LogPayload, OfNginxIsReadByTheDirectiveThatWroteIt) {
  ExpectNginxJson(SumsOf("nginx122-access-json.log",
                         R"(log_format json escape=json '{"ts":"$msec","host":"$host","server_name":"$server_name",'
         '"method":"$request_method","uri":"$uri","status":$status,"bytes_sent":$bytes_sent,'
         '"body_bytes_sent":$body_bytes_sent,"request_length":$request_length,"request_time":$request_time,'
         '"upstream_addr":"$upstream_addr","upstream_status":"$upstream_status",'
         '"upstream_response_time":"$upstream_response_time","upstream_connect_time":"$upstream_connect_time",'
         '"conn_active":$connections_active}';)",
                         ProxyKind::kNginx));
}

// The port is the host's, until hosts are normalised.
Requests WithPort(const Requests& requests, const std::string& port) {
  Requests with_port;
  for (const auto& [key, count] : requests) with_port[{key.first + port, key.second}] = count;
  return with_port;
}

TEST(LogPayload, OfNginxAsVhostCombinedHasTheRequestTimeBehindIt) {
  const LogSums sums = SumsOf("nginx122-access-vcombined.log", "vhost_combined", ProxyKind::kNginx);
  EXPECT_EQ(sums.requests, WithPort(kNginxRequests, ":18300"));
  EXPECT_EQ(sums.unreadable, 0);
  EXPECT_EQ(sums.with_seconds, 602);
  EXPECT_NEAR(sums.seconds, 60.023, 1e-9);
  EXPECT_EQ(sums.with_upstream, 0);
  EXPECT_EQ(sums.request_bytes, 0);
}

TEST(LogPayload, OfNginxIsReadByItsOwnFormatString) {
  const LogSums sums =
      SumsOf("nginx122-access-vcombined.log",
             R"($host:$server_port $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent )"
             R"("$http_referer" "$http_user_agent" $request_time)",
             ProxyKind::kNginx);
  EXPECT_EQ(sums.requests, kNginxRequests);
  EXPECT_EQ(sums.unreadable, 0);
  EXPECT_NEAR(sums.seconds, 60.023, 1e-9);
  EXPECT_EQ(sums.response_bytes,
            SumsOf("nginx122-access-vcombined.log", "vhost_combined", ProxyKind::kNginx).response_bytes);
}

TEST(LogPayload, OfHaproxyOverRfc5424HasItsNoticesPassedOver) {
  for (const ProxyKind proxy : {ProxyKind::kHaproxy, ProxyKind::kAuto}) {
    const LogSums sums = SumsOf("haproxy26-syslog.log", "json", proxy);
    const Requests wanted = {{{"shop.example", 200}, 136}, {{"shop.example", 302}, 66}, {{"shop.example", 404}, 84},
                             {{"shop.example", 500}, 14},  {{"api.example", 200}, 177}, {{"api.example", 404}, 107},
                             {{"api.example", 500}, 16},   {{"down.example", 503}, 3},  {{"nobody.example", 503}, 3}};
    EXPECT_EQ(sums.requests, wanted);
    EXPECT_EQ(sums.unreadable, 0);
    // Five notices, and the empty lines between the datagrams.
    EXPECT_EQ(sums.other, 1222 - 606);
    EXPECT_EQ(sums.with_seconds, 606);
    EXPECT_NEAR(sums.seconds, 36.876, 1e-9);
    // The six 503 that HAProxy made itself have -1.
    EXPECT_EQ(sums.with_upstream, 600);
    EXPECT_NEAR(sums.upstream_seconds, 33.79, 1e-9);
    EXPECT_EQ(sums.response_bytes, 93232);
    EXPECT_EQ(sums.request_bytes, 57810);
  }
}

TEST(LogPayload, OfOneSocketForNginxAndHaproxyCountsBoth) {
  const LogSums sums = SumsOf("uds-dgram-nginx+haproxy.log", "json", ProxyKind::kAuto);
  const Requests wanted = {{{"shop.example", 200}, 48}, {{"shop.example", 302}, 34}, {{"shop.example", 404}, 34},
                           {{"shop.example", 500}, 5},  {{"api.example", 200}, 74},  {{"api.example", 404}, 41},
                           {{"api.example", 500}, 5}};
  EXPECT_EQ(sums.requests, wanted);
  EXPECT_EQ(sums.unreadable, 0);
  EXPECT_EQ(sums.with_seconds, 241);
  EXPECT_NEAR(sums.seconds, 5.549 + 12.99, 1e-9);
  EXPECT_NEAR(sums.upstream_seconds, 5.531 + 12.991, 1e-9);
  EXPECT_EQ(sums.response_bytes, 18431 + 19938);
  EXPECT_EQ(sums.request_bytes, 11188 + 16827);
}

TEST(LogPayload, OfCaddyHasItsHostInTheRequestAndSeconds) {
  for (const ProxyKind proxy : {ProxyKind::kCaddy, ProxyKind::kAuto}) {
    const LogSums sums = SumsOf("caddy262-access.json", "json", proxy);
    const Requests wanted = {{{"shop.example", 200}, 125}, {{"shop.example", 302}, 77}, {{"shop.example", 404}, 83},
                             {{"shop.example", 500}, 15},  {{"api.example", 200}, 182}, {{"api.example", 404}, 98},
                             {{"api.example", 500}, 20}};
    EXPECT_EQ(sums.requests, wanted);
    EXPECT_EQ(sums.unreadable, 0);
    EXPECT_EQ(sums.with_seconds, 600);
    EXPECT_NEAR(sums.seconds, 48.850528, 1e-5);
    EXPECT_EQ(sums.response_bytes, 7318);
  }
}

TEST(LogPayload, OfApacheHasMicroseconds) {
  for (const ProxyKind proxy : {ProxyKind::kApache, ProxyKind::kAuto}) {
    const LogSums sums = SumsOf("apache24-access-json.log", "json", proxy);
    const Requests wanted = {{{"shop.example", 200}, 132}, {{"shop.example", 302}, 69}, {{"shop.example", 404}, 86},
                             {{"shop.example", 500}, 13},  {{"api.example", 200}, 189}, {{"api.example", 404}, 96},
                             {{"api.example", 500}, 15},   {{"localhost", 200}, 3}};
    EXPECT_EQ(sums.requests, wanted);
    EXPECT_EQ(sums.unreadable, 0);
    EXPECT_NEAR(sums.seconds, 40.861768, 1e-5);
    EXPECT_EQ(sums.with_upstream, 0);
    EXPECT_EQ(sums.response_bytes, 130622);
    EXPECT_EQ(sums.request_bytes, 53653);
  }
}

// What LOGS.md has users paste, as the real programs then wrote it: 12 requests for each of two hosts, one for a
// backend that is dead, one whose client went away.
Requests Loaded(const std::string& api, int dead, int gone) {
  Requests requests;
  for (const std::string& host : {std::string("shop.example"), api}) {
    requests[{host, 200}] = 7;
    requests[{host, 404}] = 3;
    requests[{host, 500}] = 2;
  }
  ++requests[{"shop.example", dead}];
  ++requests[{"shop.example", gone}];
  return requests;
}

TEST(LogPayload, OfNginxAsLogsMdHasItPassesOverItsErrorLogInTheSameSocket) {
  const LogSums sums = SumsOf("nginx122-unixgram-with-errors.log", "json", ProxyKind::kNginx);
  EXPECT_EQ(sums.requests, Loaded("api.example", 502, 499));
  EXPECT_EQ(sums.other, 2);
  EXPECT_EQ(sums.unreadable, 0);
  EXPECT_EQ(sums.with_seconds, 26);
}

TEST(LogPayload, OfNginxWithTimesIsReadByTheDirectiveOfLogsMd) {
  const LogSums json = SumsOf("nginx122-unixgram-with-errors.log", "json", ProxyKind::kNginx);
  const LogSums sums =
      SumsOf("nginx122-access-timed.log",
             R"(log_format timed '$host $remote_addr - $remote_user [$time_local] "$request" $status $bytes_sent '
                          '"$http_referer" "$http_user_agent" $request_time $request_length "$upstream_response_time"';)",
             ProxyKind::kNginx);
  EXPECT_EQ(sums.requests, json.requests);
  EXPECT_EQ(sums.unreadable, 0);
  EXPECT_EQ(sums.seconds, json.seconds);
  EXPECT_EQ(sums.upstream_seconds, json.upstream_seconds);
  EXPECT_EQ(sums.request_bytes, json.request_bytes);
  EXPECT_EQ(sums.response_bytes, json.response_bytes);
}

TEST(LogPayload, OfHaproxyAsLogsMdHasItIsCounted) {
  const LogSums sums = SumsOf("haproxy26-unixgram-raw.log", "json", ProxyKind::kHaproxy);
  Requests wanted = Loaded("API.example:8080", 503, 200);
  // A connection without a request, which `option dontlognull` leaves out.
  wanted[{"", 400}] = 1;
  EXPECT_EQ(sums.requests, wanted);
  EXPECT_EQ(sums.unreadable, 0);
  EXPECT_EQ(sums.with_seconds, 27);
  EXPECT_EQ(sums.with_upstream, 25);
}

TEST(LogPayload, OfCaddyBesideItsOwnLogCountsAFailedRequestOnce) {
  for (const ProxyKind proxy : {ProxyKind::kCaddy, ProxyKind::kAuto}) {
    const LogSums sums = SumsOf("caddy211-access-and-own.json", "json", proxy);
    EXPECT_EQ(sums.requests, Loaded("API.example:8080", 502, 499));
    EXPECT_EQ(sums.other, 18);
    EXPECT_EQ(sums.unreadable, 0);
    EXPECT_EQ(sums.with_seconds, 26);
    EXPECT_EQ(sums.request_bytes, 8 * 50);
  }
}

TEST(LogPayload, OfTraefikBesideItsOwnLogIsCounted) {
  for (const ProxyKind proxy : {ProxyKind::kTraefik, ProxyKind::kAuto}) {
    const LogSums sums = SumsOf("traefik37-access-and-own.json", "json", proxy);
    // Traefik takes the port off.
    EXPECT_EQ(sums.requests, Loaded("API.example", 502, 499));
    EXPECT_EQ(sums.other, 12);
    EXPECT_EQ(sums.unreadable, 0);
    EXPECT_EQ(sums.with_seconds, 26);
    EXPECT_LT(sums.seconds, 10);
    EXPECT_EQ(sums.request_bytes, 8 * 50);
  }
}

TEST(LogPayload, OfEnvoyAsLogsMdHasItIsCounted) {
  for (const ProxyKind proxy : {ProxyKind::kEnvoy, ProxyKind::kAuto}) {
    const LogSums sums = SumsOf("envoy140-access.json", "json", proxy);
    EXPECT_EQ(sums.requests, Loaded("API.example:8080", 503, 0));
    EXPECT_EQ(sums.unreadable, 0);
    EXPECT_EQ(sums.with_seconds, 26);
    EXPECT_LT(sums.seconds, 10);
    EXPECT_EQ(sums.request_bytes, 8 * 50);
  }
}

TEST(LogPayload, OfApacheAsVhostCombinedHasItsServersName) {
  const LogSums sums = SumsOf("apache24-access-vcombined.log", "vhost_combined", ProxyKind::kApache);
  const Requests wanted = {
      {{"localhost:80", 200}, 15}, {{"localhost:80", 404}, 6}, {{"localhost:80", 500}, 4}, {{"localhost:80", 503}, 1}};
  EXPECT_EQ(sums.requests, wanted);
  EXPECT_EQ(sums.unreadable, 0);
  EXPECT_EQ(sums.with_seconds, 0);
}

}  // namespace
}  // namespace proxy_telemetry

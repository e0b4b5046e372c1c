// Traps of JSON access logs.
#include <gtest/gtest.h>

#include "log_lines.h"
#include "logs/json_scan.h"

namespace proxy_telemetry {
namespace {

std::string Line(const std::string& members) { return R"({"host":"a.example","status":200,)" + members + "}"; }

TEST(JsonLine, TakesNumbersInQuotesToo) {
  const ReadLine read =
      ReadJson(R"({"host":"a","status":"404","request_time":"0.002","bytes_sent":"17","request_length":"5"})");
  EXPECT_EQ(read.status, 404);
  EXPECT_EQ(read.seconds, 0.002);
  EXPECT_EQ(read.response_bytes, 17);
  EXPECT_EQ(read.request_bytes, 5);
}

TEST(JsonLine, LeavesAbsentWhatIsNotTold) {
  for (const char* none : {"null", "\"-\"", "\"\"", "-1", "\"-1\"", "", "-"}) {
    const ReadLine read =
        ReadJson(Line(R"("Ta":)" + std::string(none) + R"(,"Tr":)" + none + R"(,"bytes_sent":)" + none));
    EXPECT_EQ(read.status, 200) << none;
    EXPECT_EQ(read.seconds, std::nullopt) << none;
    EXPECT_EQ(read.upstream_seconds, std::nullopt) << none;
    EXPECT_EQ(read.response_bytes, std::nullopt) << none;
  }
}

TEST(JsonLine, WithoutAStatusSentHasStatusZero) {
  for (const char* none : {"0", "\"000\"", "000", "\"-\"", "-", "-1", "null", "1000", "\"\""}) {
    const ReadLine read = ReadJson(R"({"host":"a","status":)" + std::string(none) + "}");
    EXPECT_EQ(read.outcome, LineOutcome::kRecord) << none;
    EXPECT_EQ(read.status, 0) << none;
  }
  EXPECT_EQ(ReadJson(R"({"host":"a","status":499})").status, 499);
}

TEST(JsonLine, PrefersTheClientsHostToTheServersName) {
  EXPECT_EQ(ReadJson(R"({"server_name":"s","vhost":"v","http_host":"hh","host":"h","status":200})").host, "h");
  EXPECT_EQ(ReadJson(R"({"host":"-","http_host":"","vhost":"v","server_name":"s","status":200})").host, "v");
  EXPECT_EQ(ReadJson(R"({"host":null,"server_name":"s","status":200})").host, "s");
  EXPECT_EQ(ReadJson(R"({"server_name":"_","status":200})").host, "");
  EXPECT_EQ(ReadJson(R"({"host":{"name":"machine"},"http_host":"hh","status":200})").host, "hh");
}

TEST(JsonLine, PrefersAllBytesSentToThoseOfTheBody) {
  EXPECT_EQ(ReadJson(Line(R"("bytes_sent":165,"body_bytes_sent":17)")).response_bytes, 165);
  EXPECT_EQ(ReadJson(Line(R"("body_bytes_sent":17,"bytes_sent":165)")).response_bytes, 165);
  EXPECT_EQ(ReadJson(Line(R"("bytes_sent":null,"body_bytes_sent":17)")).response_bytes, 17);
}

TEST(JsonLine, TakesTheLastOfTwoMembersOfOneNameAsJsonReadersDo) {
  EXPECT_EQ(ReadJson(R"({"host":"a","host":"b","status":200,"status":500})").host, "b");
  EXPECT_EQ(ReadJson(R"({"host":"a","status":200,"status":500})").status, 500);
  EXPECT_EQ(ReadJson(R"({"host":"a","status":500,"status":"OK"})").status, 500);
}

TEST(JsonLine, UndoesEscapesInTheHostAndInNames) {
  EXPECT_EQ(ReadJson(R"({"host":"evil\"quote\\.example","status":421})").host, "evil\"quote\\.example");
  EXPECT_EQ(ReadJson(R"({"host":"caf\xc3\xa9","status":421})").host, "caf\xc3\xa9");
  EXPECT_EQ(ReadJson(R"({"h\u006fst":"\ud83d\ude00","status":421})").host, "\xf0\x9f\x98\x80");
  EXPECT_EQ(ReadJson(R"({"request":{"h\u006fst":"b"},"status":421})").host, "b");
  EXPECT_EQ(ReadJson("{\"host\":\"\xff\",\"status\":421}").host, "\xff");
}

TEST(JsonLine, IsReadWithWhiteSpaceAnywhere) {
  const ReadLine read = ReadJson(" { \"host\" : \"a\" ,\t\"status\" : 200 } \r\n");
  EXPECT_EQ(read.host, "a");
  EXPECT_EQ(read.status, 200);
}

TEST(JsonLine, ThatIsCutOffAnywhereIsUnreadable) {
  const std::string line =
      R"({"host":"a.example","l":[1,{"x":"y"}],"status":200,"request":{"headers":{"A":["b\"c"]},"host":"h"},"Ta":1})";
  ASSERT_EQ(ReadJson(line).outcome, LineOutcome::kRecord);
  for (std::size_t size = 1; size < line.size(); ++size) {
    const ReadLine read = ReadJson(line.substr(0, size));
    ASSERT_EQ(read.outcome, LineOutcome::kUnreadable) << size;
    ASSERT_NE(read.problem.find("cut off"), std::string::npos) << size << " " << read.problem;
  }
}

TEST(JsonLine, ThatGoesOnBehindItsObjectIsUnreadable) {
  for (const char* rest : {"x", "{}", "}", ",", "\"", " 1"}) {
    EXPECT_EQ(ReadJson(R"({"host":"a","status":200})" + std::string(rest)).outcome, LineOutcome::kUnreadable) << rest;
  }
}

TEST(JsonLine, WithAListWithoutQuotesIsUnreadableAndSaysWhy) {
  const ReadLine read = ReadJson(Line(R"("upstream_response_time":0.000, 0.002)"));
  EXPECT_EQ(read.outcome, LineOutcome::kUnreadable);
  EXPECT_NE(read.problem.find("quotes"), std::string::npos);
}

TEST(JsonLine, MayBeNestedToItsLimit) {
  const auto nested = [](int depth, char open, char close) {
    return Line("\"x\":" + std::string(static_cast<std::size_t>(depth - 1), open) +
                std::string(static_cast<std::size_t>(depth - 1), close));
  };
  EXPECT_EQ(ReadJson(nested(kLogDepthMax, '[', ']')).outcome, LineOutcome::kRecord);
  EXPECT_EQ(ReadJson(nested(kLogDepthMax + 1, '[', ']')).outcome, LineOutcome::kUnreadable);
  EXPECT_EQ(ReadJson(Line("\"x\":" + std::string(60'000, '['))).outcome, LineOutcome::kUnreadable);
  std::string objects = "\"x\":";
  for (int i = 0; i < kLogDepthMax; ++i) objects += "{\"a\":";
  EXPECT_NE(ReadJson(Line(objects)).problem.find("32"), std::string::npos);
}

TEST(JsonLine, WithoutAStatusSaysSo) {
  const ReadLine read = ReadJson(R"({"host":"a","request_time":0.1})");
  EXPECT_EQ(read.outcome, LineOutcome::kUnreadable);
  EXPECT_NE(read.problem.find("status"), std::string::npos);
}

constexpr std::string_view kCaddyError =
    R"({"level":"error","ts":1.5,"logger":"http.log.error.log0","msg":"dial tcp 127.0.0.1:9: connect: connection refused",)"
    R"("request":{"method":"GET","host":"shop.example","uri":"/"},"duration":0.0004,"status":502,"err_id":"x"})";
constexpr std::string_view kCaddyRoundTrip =
    R"({"level":"debug","ts":1.5,"logger":"http.handlers.reverse_proxy","msg":"upstream roundtrip","duration":0.1,)"
    R"("request":{"host":"shop.example"},"status":200})";
constexpr std::string_view kCaddyStart =
    R"({"level":"info","ts":1.5,"logger":"admin","msg":"admin endpoint started","address":"localhost:2019"})";

TEST(JsonLine, OfCaddysOtherLoggersIsNoRequest) {
  for (const ProxyKind proxy : {ProxyKind::kCaddy, ProxyKind::kAuto, ProxyKind::kNginx}) {
    for (const std::string_view line : {kCaddyError, kCaddyRoundTrip, kCaddyStart}) {
      EXPECT_EQ(ReadJson(line, proxy).outcome, LineOutcome::kOther) << line;
    }
  }
}

TEST(JsonLine, OfCaddyForAHostThatNoSiteHasHasStatusZero) {
  const ReadLine read = ReadJson(
      R"({"level":"info","logger":"http.log.access","msg":"handled request","request":{"host":"x"},"duration":0.00001,"size":0,"status":0})",
      ProxyKind::kCaddy);
  EXPECT_EQ(read.status, 0);
  EXPECT_EQ(read.host, "x");
  EXPECT_EQ(read.seconds, 0.00001);
}

TEST(JsonLine, OfCaddyMayHaveItsTimeAsText) {
  EXPECT_EQ(
      ReadJson(R"({"logger":"http.log.access.log0","request":{"host":"x"},"duration":"4.7ms","status":200})").seconds,
      0.0047);
}

TEST(JsonLine, OfTraefikHasNanoseconds) {
  constexpr std::string_view kLine =
      R"({"ClientHost":"1.2.3.4","DownstreamContentSize":17,"DownstreamStatus":200,"Duration":4718956,"OriginContentSize":17,)"
      R"("OriginDuration":4000000,"OriginStatus":500,"Overhead":718956,"RequestContentSize":3,"RequestHost":"shop.example",)"
      R"("RouterName":"shop@file","level":"info","msg":"","time":"2026-11-22T09:30:41Z"})";
  for (const ProxyKind proxy : {ProxyKind::kTraefik, ProxyKind::kAuto}) {
    const ReadLine read = ReadJson(kLine, proxy);
    EXPECT_EQ(read.host, "shop.example");
    EXPECT_EQ(read.status, 200);
    EXPECT_EQ(read.seconds, 0.004718956);
    EXPECT_EQ(read.upstream_seconds, 0.004);
    EXPECT_EQ(read.response_bytes, 17);
    EXPECT_EQ(read.request_bytes, 3);
  }
}

TEST(JsonLine, OfTraefiksOwnLogIsNoRequest) {
  constexpr std::string_view kLine =
      R"({"level":"error","time":"2026-11-22T09:30:41Z","message":"EntryPoint doesn't exist"})";
  EXPECT_EQ(ReadJson(kLine, ProxyKind::kTraefik).outcome, LineOutcome::kOther);
  EXPECT_EQ(ReadJson(kLine, ProxyKind::kAuto).outcome, LineOutcome::kOther);
}

TEST(JsonLine, OfEnvoyHasMilliseconds) {
  constexpr std::string_view kLine =
      R"({":authority":"shop.example","response_code":200,"duration":47,"upstream_service_time":"46","bytes_sent":17,)"
      R"("bytes_received":3,"response_flags":"-"})";
  for (const ProxyKind proxy : {ProxyKind::kEnvoy, ProxyKind::kAuto}) {
    const ReadLine read = ReadJson(kLine, proxy);
    EXPECT_EQ(read.host, "shop.example");
    EXPECT_EQ(read.seconds, 0.047);
    EXPECT_EQ(read.upstream_seconds, 0.046);
    EXPECT_EQ(read.response_bytes, 17);
    EXPECT_EQ(read.request_bytes, 3);
  }
}

TEST(JsonLine, ReadsADurationByTheProxyAndNotAtAllWhereNobodyKnows) {
  const std::string line = Line(R"("duration":2)");
  EXPECT_EQ(ReadJson(line, ProxyKind::kNginx).seconds, 2);
  EXPECT_EQ(ReadJson(line, ProxyKind::kAngie).seconds, 2);
  EXPECT_EQ(ReadJson(line, ProxyKind::kCaddy).seconds, 2);
  EXPECT_EQ(ReadJson(line, ProxyKind::kEnvoy).seconds, 0.002);
  EXPECT_EQ(ReadJson(line, ProxyKind::kHaproxy).seconds, 0.002);
  EXPECT_EQ(ReadJson(line, ProxyKind::kApache).seconds, std::nullopt);
  EXPECT_EQ(ReadJson(line, ProxyKind::kAuto).seconds, std::nullopt);
  EXPECT_EQ(ReadJson(Line(R"("duration":2,"Tr":1)")).seconds, 0.002);
  EXPECT_EQ(ReadJson(Line(R"("duration":2,"body_bytes_sent":1)")).seconds, 2);
  // Two proxies' names in one line.
  EXPECT_EQ(ReadJson(Line(R"("duration":2,"Tr":1,"body_bytes_sent":1)")).seconds, std::nullopt);
}

TEST(JsonLine, OfHaproxyReadsNginxNamesInMilliseconds) {
  const std::string line =
      Line(R"("upstream_response_time":"12","bytes_read":154,"bytes_uploaded":76,"session_duration":"15")");
  const ReadLine read = ReadJson(line, ProxyKind::kHaproxy);
  EXPECT_EQ(read.upstream_seconds, 0.012);
  EXPECT_EQ(read.seconds, 0.015);
  EXPECT_EQ(read.response_bytes, 154);
  EXPECT_EQ(read.request_bytes, 76);
  EXPECT_EQ(ReadJson(Line(R"("bytes_read":3)"), ProxyKind::kCaddy).request_bytes, 3);
  EXPECT_EQ(ReadJson(Line(R"("bytes_read":3)")).request_bytes, std::nullopt);
  EXPECT_EQ(ReadJson(Line(R"("bytes_read":3)")).response_bytes, std::nullopt);
}

TEST(JsonLine, OfHaproxyPrefersTheActiveTimeToTheTotal) {
  EXPECT_EQ(ReadJson(Line(R"("Ta":5,"Tt":900)")).seconds, 0.005);
  EXPECT_EQ(ReadJson(Line(R"("Tt":900,"Ta":5)")).seconds, 0.005);
  EXPECT_EQ(ReadJson(Line(R"("Tt":900,"Ta":-1)")).seconds, 0.9);
}

TEST(LineFields, AreFoundByTheirNameAlone) {
  const LineFields& fields = LineFields::Get();
  for (const LineFieldRow& row : LineFieldRows()) {
    const LogName* const name = fields.Find(row.name);
    ASSERT_NE(name, nullptr) << row.name;
    for (std::size_t kind = 0; kind < kLogKinds; ++kind) {
      if ((row.kinds >> kind & 1U) != 0) {
        EXPECT_EQ(name->by_kind[kind], row.meaning) << row.name;
      }
    }
    EXPECT_EQ(fields.Find(std::string(row.name) + "x"), nullptr);
  }
  for (const char* other : {"", "HOST", "upstream_status", "OriginStatus2", "uri"})
    EXPECT_EQ(fields.Find(other), nullptr);
}

// A second row of a name for the same proxy would silently win.
TEST(LineFields, MeanOneThingPerProxy) {
  for (const LineFieldRow& a : LineFieldRows()) {
    for (const LineFieldRow& b : LineFieldRows()) {
      if (&a != &b && a.name == b.name) {
        EXPECT_EQ(a.kinds & b.kinds, 0U) << a.name;
      }
    }
  }
}

}  // namespace
}  // namespace proxy_telemetry

#include <gtest/gtest.h>

#include "log_lines.h"
#include "logs/log_notice.h"

namespace proxy_telemetry {
namespace {

TEST(LineParser, RefusesLinesBeyondItsLimit) {
  const std::string head = R"({"host":"a","status":200,"uri":")";
  const auto line = [&head](std::size_t size) { return head + std::string(size - head.size() - 2, 'a') + "\"}"; };
  EXPECT_EQ(ReadJson(line(kLogLineBytesMax)).outcome, LineOutcome::kRecord);
  const ReadLine read = ReadJson(line(kLogLineBytesMax + 1));
  EXPECT_EQ(read.outcome, LineOutcome::kUnreadable);
  EXPECT_NE(read.problem.find(std::to_string(kLogLineBytesMax)), std::string::npos);
}

TEST(LineParser, ReadsAnotherFormatAsUnreadableAndNotAsSomethingElse) {
  constexpr std::string_view kCombined = R"(1.2.3.4 - - [22/Nov/2026:09:30:53 +0000] "GET / HTTP/1.1" 421 173 "-" "-")";
  EXPECT_EQ(ReadJson(kCombined).outcome, LineOutcome::kUnreadable);
  EXPECT_EQ(Read("combined", ProxyKind::kAuto, R"({"host":"a","status":200})").outcome, LineOutcome::kUnreadable);
  // HAProxy's own httplog.
  constexpr std::string_view kHttplog =
      R"(127.0.0.1:38796 [22/Nov/2026:09:29:51.677] fe_http be_shop/s1 0/0/0/1/1 200 154 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1")";
  EXPECT_EQ(ReadJson(kHttplog).outcome, LineOutcome::kUnreadable);
}

TEST(LineParser, PassesOverNotices) {
  for (const char* notice :
       {"", "Server be_shop/s3dead is DOWN, reason: Layer4 connection problem, info: \"Connection refused\"",
        "Backup Server a/b is UP.", "backend be_down has no server available!",
        "Connect from 1.2.3.4:5 to 1.2.3.4:6 (s/HTTP)", "Proxy fe_http stopped (cumulated conns: FE: 12, BE: 0).",
        "Health check for server a/b failed, reason: x",
        "2026/11/22 09:30:41 [error] 12#12: *5 connect() failed (111: Connection refused), host: \"a\"",
        "127.0.0.1:4242 [22/Nov/2026:09:30:41.123] fe/1: SSL handshake failure"}) {
    for (const char* format : {"json", "combined", "$host $status"}) {
      EXPECT_EQ(Read(format, ProxyKind::kAuto, notice).outcome, LineOutcome::kOther) << format << " " << notice;
    }
  }
  EXPECT_FALSE(IsProxyNotice("Serverx"));
  EXPECT_FALSE(IsProxyNotice("2026/11/22 09:30:41 error"));
}

TEST(LineParser, MakesHostsThatOutliveItsOwnMove) {
  LineParser parser = ParserOf("json");
  LineParser moved = std::move(parser);
  EXPECT_EQ(Read(moved, R"({"host":"a\u0041","status":200})").host, "aA");
  LineParser assigned = ParserOf("combined");
  assigned = std::move(moved);
  EXPECT_EQ(Read(assigned, R"({"host":"b","status":200})").host, "b");
}

}  // namespace
}  // namespace proxy_telemetry

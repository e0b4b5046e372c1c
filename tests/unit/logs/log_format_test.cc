#include "logs/log_format.h"

#include <gtest/gtest.h>

#include "log_lines.h"

namespace proxy_telemetry {
namespace {

ReadLine ReadAs(const std::string& format, std::string_view line) { return Read(format, ProxyKind::kNginx, line); }

std::string ErrorOf(std::string_view format) {
  const Result<LineFormat> parsed = ParseLineFormat(format);
  return parsed.ok() ? "" : parsed.status().message();
}

constexpr std::string_view kCombined =
    R"(203.0.113.9 - bob [22/Nov/2026:09:30:53 +0000] "GET /a?b HTTP/1.1" 404 173 "http://x/" "Mozilla/5.0 (X11; [x]) \x22y\x22")";

TEST(CombinedFormat, HasNoHostAndNoTime) {
  const ReadLine read = ReadAs("combined", kCombined);
  EXPECT_EQ(read.outcome, LineOutcome::kRecord);
  EXPECT_EQ(read.host, "");
  EXPECT_EQ(read.status, 404);
  EXPECT_EQ(read.response_bytes, 173);
  EXPECT_EQ(read.seconds, std::nullopt);
}

TEST(CombinedFormat, MayHaveOneRequestTimeBehindIt) {
  EXPECT_EQ(ReadAs("combined", std::string(kCombined) + " 0.012").seconds, 0.012);
  EXPECT_EQ(ReadAs("combined", std::string(kCombined) + " 12.345").seconds, 12.345);
  // Apache's %D or %T, or nobody knows.
  for (const char* more : {" 1407", " 0.012 0.010", " \"0.012\"", " -", " 0.12", " rt=0.012"}) {
    const ReadLine read = ReadAs("combined", std::string(kCombined) + more);
    EXPECT_EQ(read.status, 404) << more;
    EXPECT_EQ(read.seconds, std::nullopt) << more;
  }
  EXPECT_EQ(ReadAs("combined", std::string(kCombined) + "x").outcome, LineOutcome::kUnreadable);
}

TEST(CombinedFormat, ReadsApachesEscapedQuotes) {
  const ReadLine read =
      ReadAs("vhost_combined",
             R"(shop.example:80 1.2.3.4 - "" [22/Nov/2026:09:30:53 +0000] "GET /\"x\" 200 1 \"\\" 500 - "\"" "a\\")");
  EXPECT_EQ(read.outcome, LineOutcome::kRecord);
  EXPECT_EQ(read.host, "shop.example:80");
  EXPECT_EQ(read.status, 500);
  EXPECT_EQ(read.response_bytes, std::nullopt);
}

TEST(CombinedFormat, IsUnreadableWhereverItIsCutOff) {
  for (std::size_t size = 1; size < kCombined.size(); ++size) {
    ASSERT_EQ(ReadAs("combined", kCombined.substr(0, size)).outcome, LineOutcome::kUnreadable) << size;
  }
}

TEST(CombinedFormat, TakesAHostInBracketsWhole) {
  const std::string line = "[2001:db8::1]:443 " + std::string(kCombined);
  EXPECT_EQ(ReadAs("vhost_combined", line).host, "[2001:db8::1]:443");
}

TEST(LineFormat, SplitsAHostFromItsPort) {
  const std::string format = "$host:$server_port $status";
  EXPECT_EQ(ReadAs(format, "a.example:80 200").host, "a.example");
  EXPECT_EQ(ReadAs(format, "[2001:db8::1]:80 200").host, "[2001:db8::1]");
  EXPECT_EQ(ReadAs(format, "[2001:db8::1 200").outcome, LineOutcome::kUnreadable);
}

TEST(LineFormat, IsTakenAsNginxConfHasIt) {
  for (const char* format :
       {"$host $status", "  $host $status\n", "${host} ${status}", "'$host ' '$status'", "'$host '\n    \"$status\";",
        "log_format main '$host $status';", "log_format main escape=json '$host ' '$status' ;",
        "log_format\tmain escape=default '$host' ' $status'", "escape=none '$host $status'",
        "log_format main $host' ' $status;"}) {
    if (std::string_view(format).ends_with("$host' ' $status;")) {
      // An unquoted piece goes to the next blank, as in nginx: its quotes are text.
      EXPECT_NE(ErrorOf(format), "") << format;
      continue;
    }
    const ReadLine read = ReadAs(format, "a.example 404");
    EXPECT_EQ(read.host, "a.example") << format;
    EXPECT_EQ(read.status, 404) << format;
  }
}

TEST(LineFormat, UndoesTheEscapesOfItsQuotes) {
  EXPECT_EQ(ReadAs(R"('"$host" it\'s \t$status')", "\"a\" it's \t200").status, 200);
  EXPECT_EQ(ReadAs(R"(log_format m "\"$host\" \q $status";)", "\"a\" \\q 200").status, 200);
}

TEST(LineFormat, KeepsQuotesThatBelongToALine) {
  EXPECT_EQ(ReadAs(R"("$host" "$status")", R"("a" "200")").status, 200);
}

TEST(LineFormat, MindsEscapesOnlyWhereThereAreAny) {
  EXPECT_EQ(ReadAs(R"(escape=json '"$host" $status')", R"("a\"b\\" 200)").host, "a\"b\\");
  EXPECT_EQ(ReadAs(R"(escape=default '"$host" $status')", R"("a\x22b\x5C" 200)").host, "a\"b\\");
  EXPECT_EQ(ReadAs(R"(escape=none '"$host" $status')", R"("a\" 200)").host, "a\\");
  EXPECT_EQ(ReadAs(R"(escape=none '"$host" $status')", R"("a\x22" 200)").host, R"(a\x22)");
}

TEST(LineFormat, GoesOnWithARequestToItsProtocol) {
  const std::string format = "$host $request $status $request_time";
  EXPECT_EQ(ReadAs(format, "a GET /x y z HTTP/1.1 200 0.010").status, 200);
  EXPECT_EQ(ReadAs(format, "a GET / HTTP/2.0 200 0.010").seconds, 0.01);
  EXPECT_EQ(ReadAs(format, "a - 400 0.010").status, 400);
  EXPECT_EQ(ReadAs(format, "a GET /x y 200 0.010").outcome, LineOutcome::kUnreadable);
}

TEST(LineFormat, KnowsTheBlankInTheLocalTime) {
  EXPECT_EQ(ReadAs("$time_local $host $status", "22/Nov/2026:09:30:53 +0000 a 200").host, "a");
}

TEST(LineFormat, TakesListsOfTriesWhole) {
  const std::string format = "$upstream_response_time $upstream_addr $status $request_time";
  const ReadLine read = ReadAs(format, "0.001, 0.002 : 0.003 127.0.0.1:1, unix:/x : 127.0.0.1:2 200 0.007");
  EXPECT_DOUBLE_EQ(read.upstream_seconds.value_or(-1), 0.006);
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.seconds, 0.007);
  EXPECT_EQ(ReadAs(format, "- - 499 0.007").upstream_seconds, std::nullopt);
  EXPECT_EQ(ReadAs(format, "0.002 : - 127.0.0.1:1 200 0.007").upstream_seconds, 0.002);
  EXPECT_EQ(ReadAs("$upstream_response_time,$status", "0.001, 0.002,200").status, 200);
  EXPECT_EQ(ReadAs("$upstream_response_time, $status", "0.001, 200").status, 200);
}

TEST(LineFormat, PrefersHostToHttpHostAndServerName) {
  EXPECT_EQ(ReadAs("$server_name $http_host $host $status", "s hh h 200").host, "h");
  EXPECT_EQ(ReadAs("$server_name $http_host $status", "s - 200").host, "s");
  EXPECT_EQ(ReadAs("$bytes_sent $body_bytes_sent $request_length $status", "165 17 69 200").response_bytes, 165);
  EXPECT_EQ(ReadAs("$bytes_sent $body_bytes_sent $request_length $status", "165 17 69 200").request_bytes, 69);
}

TEST(LineFormat, WithoutAStatusCountsRequestsWithoutACode) {
  const ReadLine read = ReadAs(R"($host "$request")", R"(a "GET / HTTP/1.1")");
  EXPECT_EQ(read.outcome, LineOutcome::kRecord);
  EXPECT_EQ(read.status, 0);
}

TEST(LineFormat, WithSomethingElseAtTheStatusIsUnreadable) {
  const ReadLine read = ReadAs("$host $status", "a OK");
  EXPECT_EQ(read.outcome, LineOutcome::kUnreadable);
  EXPECT_NE(read.problem.find("$status"), std::string::npos);
  EXPECT_EQ(ReadAs("$host $status", "a -").status, 0);
  EXPECT_EQ(ReadAs("$host $status", "a 000").status, 0);
}

TEST(LineFormat, SaysWhereALineCeasedToFit) {
  EXPECT_NE(ReadAs("$host|$status|$request_time", "a|200").problem.find("$status"), std::string::npos);
  EXPECT_NE(ReadAs("x $status", "y 200").problem.find("begin"), std::string::npos);
  EXPECT_NE(ReadAs("$status end", "200 end, really").problem.find("follows"), std::string::npos);
}

TEST(LineFormat, IsRefusedWhereItCannotCountRequests) {
  EXPECT_NE(ErrorOf("$host $request_time").find("add $status"), std::string::npos);
  EXPECT_NE(ErrorOf("jsn").find("vhost_combined"), std::string::npos);
  EXPECT_NE(ErrorOf("").find("vhost_combined"), std::string::npos);
  EXPECT_NE(ErrorOf("%v %h %>s").find("log_format"), std::string::npos);
}

TEST(LineFormat, IsRefusedWhereVariablesThatCountTouch) {
  EXPECT_NE(ErrorOf("$host$uri $status").find("$host ends and $uri begins"), std::string::npos);
  EXPECT_NE(ErrorOf("$scheme${host} $status"), "");
  EXPECT_NE(ErrorOf("$status$request_time"), "");
  EXPECT_EQ(ErrorOf("$request_uri$is_args$args $status"), "");
  EXPECT_EQ(ReadAs("$host $request_uri$is_args$args $status", "a /x?y 200").status, 200);
}

TEST(LineFormat, IsRefusedWithWhatIsWrongInIt) {
  EXPECT_NE(ErrorOf("$ $status").find("`$`"), std::string::npos);
  EXPECT_NE(ErrorOf("${host $status"), "");
  EXPECT_NE(ErrorOf("$status $"), "");
  EXPECT_NE(ErrorOf("'$status").find("closed"), std::string::npos);
  EXPECT_NE(ErrorOf("'$host''$status'").find("blank"), std::string::npos);
  EXPECT_NE(ErrorOf("escape=html '$status'").find("json"), std::string::npos);
  EXPECT_NE(ErrorOf("'$status'; '$host'").find(";"), std::string::npos);
  EXPECT_NE(ErrorOf("log_format"), "");
  EXPECT_NE(ErrorOf("log_format main"), "");
}

TEST(LineFormat, IsBounded) {
  EXPECT_EQ(ErrorOf("$status " + std::string(kLogFormatBytesMax - 8, 'x')), "");
  EXPECT_NE(ErrorOf("$status " + std::string(kLogFormatBytesMax - 7, 'x')).find(std::to_string(kLogFormatBytesMax)),
            std::string::npos);
}

}  // namespace
}  // namespace proxy_telemetry

// The traps of HAProxy's statistics, one test each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/proxies.h"
#include "haproxy_csv.h"
#include "snapshot_view.h"

namespace proxy_telemetry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

Values Read(const HaproxyCsv& page) { return ValuesOf(ReadHaproxyCsv(page.text(), NoRules())); }

TEST(HaproxyTraps, NeverAddsFrontendBackendAndServerRows) {
  const Values values = ValuesOf(ReadHaproxyCsv(ReadFixture("haproxy26-stats-2.csv"), NoRules()));
  EXPECT_EQ(SumOf(values, "proxy_http_requests_total"), 300 + 300 + 3);
  EXPECT_EQ(SumOf(values, "proxy_backend_requests_total"), 300 + 300);
  EXPECT_EQ(SumOf(values, "proxy_frontend_http_requests_total"), 606);
}

TEST(HaproxyTraps, CountsProxyMadeErrorsForTheHostAndNotForAServer) {
  const Values values = ValuesOf(ReadHaproxyCsv(ReadFixture("haproxy26-stats-2.csv"), NoRules()));
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"5xx\",host=\"be_down\"}"), 3);
  EXPECT_EQ(SumOf(values, "proxy_backend_requests_total{backend=\"d1\""), 0);
  EXPECT_EQ(SumOf(values, "proxy_backend_requests_total{backend=\"d2\""), 0);
}

TEST(HaproxyTraps, ShowsRequestsWithoutABackendOnlyAtTheFrontend) {
  const Values values = ValuesOf(ReadHaproxyCsv(ReadFixture("haproxy26-stats-2.csv"), NoRules()));
  double host_errors = 0;
  for (const auto& [series, value] : StartingWith(values, "proxy_http_requests_total{code=\"5xx\"")) {
    host_errors += value;
  }
  EXPECT_EQ(host_errors, 33);
  EXPECT_EQ(values.at("proxy_frontend_http_requests_total{code=\"5xx\",frontend=\"fe_http\"}"), 36);
}

TEST(HaproxyTraps, TakesStatusAndNotActForUp) {
  const Values values = Read(HaproxyCsv().Server("be", "dead", "DOWN", {{"act", "1"}}).Backend("be"));
  EXPECT_EQ(values.at("proxy_backend_up{backend=\"dead\",host=\"be\"}"), 0);
}

TEST(HaproxyTraps, KnowsEverySpellingOfAStatus) {
  const std::vector<std::pair<std::string, double>> spellings = {
      {"UP", 1},           {"UP 1/3", 1},    {"no check", 1},      {"DOWN", 0},
      {"DOWN 1/2", 0},     {"MAINT", 0},     {"MAINT (via x)", 0}, {"MAINT (resolution)", 0},
      {"DRAIN", 0},        {"DRAIN 1/2", 0}, {"NOLB", 0},          {"NOLB 1/2", 0},
      {"DOWN (agent)", 0}, {"", 0},          {"UPSIDE", 0},        {"up", 0}};
  for (const auto& [status, up] : spellings) {
    const Values values = Read(HaproxyCsv().Server("be", "s", status).Backend("be"));
    EXPECT_EQ(values.at("proxy_backend_up{backend=\"s\",host=\"be\"}"), up) << status;
    EXPECT_EQ(values.at("proxy_backends_up{host=\"be\"}"), up) << status;
    EXPECT_EQ(values.at("proxy_backends{host=\"be\"}"), 1) << status;
  }
}

TEST(HaproxyTraps, DropsABackendThatIsOnlyAStickTable) {
  const std::string page = ReadFixture("haproxy26-stats-2.csv");
  ASSERT_NE(page.find("\nt_host,BACKEND,"), std::string::npos);
  for (const auto& [series, value] : ValuesOf(ReadHaproxyCsv(page, NoRules()))) {
    EXPECT_EQ(series.find("t_host"), std::string::npos) << series;
  }
}

TEST(HaproxyTraps, LeavesOutTheFrontendOfTheStatistics) {
  for (const std::string fixture : {"haproxy26-stats.csv", "haproxy26-stats-2.csv", "haproxy26-sock-show_stat.txt"}) {
    const Values values = ValuesOf(ReadHaproxyCsv(ReadFixture(fixture), NoRules()));
    EXPECT_THAT(StartingWith(values, "proxy_frontend_http_requests_total"), SizeIs(6)) << "fe_http alone, " << fixture;
  }
}

TEST(HaproxyTraps, LeavesOutTheFrontendOfTheStatisticsOnItsVeryFirstScrape) {
  HaproxyCsv::Cells cells = Answers(0);
  cells["req_tot"] = "1";
  cells["intercepted"] = "1";
  EXPECT_THAT(Read(HaproxyCsv().Frontend("stats", cells)), IsEmpty());
}

TEST(HaproxyTraps, LeavesOutTheStatisticsAlsoAfterABrowserAskedForAnIcon) {
  HaproxyCsv::Cells frontend = Answers(20, 0, 1);
  frontend["intercepted"] = "20";
  const Values values = Read(HaproxyCsv().Frontend("stats", frontend).Backend("stats", Answers(0, 0, 1)));
  EXPECT_THAT(values, IsEmpty());
}

TEST(HaproxyTraps, KeepsAFrontendThatAlsoAnswersAMonitor) {
  HaproxyCsv::Cells cells = Answers(100);
  cells["intercepted"] = "40";
  EXPECT_EQ(
      Read(HaproxyCsv().Frontend("fe", cells)).at("proxy_frontend_http_requests_total{code=\"2xx\",frontend=\"fe\"}"),
      100);
}

TEST(HaproxyTraps, TakesResponsesAndNotConnectionsForRequests) {
  HaproxyCsv::Cells cells = Answers(3);
  cells["stot"] = "6";
  cells["req_tot"] = "4";
  const Values values = Read(HaproxyCsv().Server("be", "s", "UP", cells).Backend("be", cells));
  EXPECT_EQ(SumOf(values, "proxy_http_requests_total"), 3);
  EXPECT_EQ(SumOf(values, "proxy_backend_requests_total"), 3);
}

TEST(HaproxyTraps, FindsColumnsByNameInAnyOrder) {
  const HaproxyCsv page = HaproxyCsv({"hrsp_5xx", "status", "-", "type", "new_column", "svname", "scur", "pxname"})
                              .Server("be", "s", "UP", {{"hrsp_5xx", "7"}, {"new_column", "what"}, {"-", "-"}})
                              .Backend("be", {{"hrsp_5xx", "9"}, {"scur", "2"}});
  EXPECT_THAT(Read(page), ElementsAre(Pair("proxy_backend_requests_total{backend=\"s\",code=\"5xx\",host=\"be\"}", 7),
                                      Pair("proxy_backend_up{backend=\"s\",host=\"be\"}", 1),
                                      Pair("proxy_backends_up{host=\"be\"}", 1), Pair("proxy_backends{host=\"be\"}", 1),
                                      Pair("proxy_http_requests_in_flight{host=\"be\"}", 2),
                                      Pair("proxy_http_requests_total{code=\"5xx\",host=\"be\"}", 9)));
}

TEST(HaproxyTraps, TakesAnAnswerOfUnknownClassAsOther) {
  HaproxyCsv::Cells cells = Answers(1);
  cells["hrsp_other"] = "5";
  const Values values = Read(HaproxyCsv().Server("be", "s", "UP").Backend("be", cells));
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"other\",host=\"be\"}"), 5);
}

TEST(HaproxyTraps, IgnoresListenerRowsAndTypesOfLaterVersions) {
  const Values values = Read(HaproxyCsv()
                                 .Row({{"pxname", "fe"}, {"svname", "sock-1"}, {"type", "3"}, {"status", "OPEN"}})
                                 .Row({{"pxname", "fe"}, {"svname", "what"}, {"type", "9"}, {"scur", "no number"}})
                                 .Server("be", "s", "UP")
                                 .Backend("be"));
  EXPECT_EQ(values.at("proxy_backends{host=\"be\"}"), 1);
  EXPECT_THAT(StartingWith(values, "proxy_backend_up"), SizeIs(1));
}

TEST(HaproxyTraps, TakesTheFirstOfTwoRowsOfOneBackend) {
  const Values values = Read(HaproxyCsv()
                                 .Frontend("fe", Answers(1))
                                 .Frontend("fe", Answers(2))
                                 .Server("be", "s", "UP")
                                 .Backend("be", Answers(10))
                                 .Backend("be", Answers(99)));
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"2xx\",host=\"be\"}"), 10);
  EXPECT_EQ(values.at("proxy_frontend_http_requests_total{code=\"2xx\",frontend=\"fe\"}"), 1);
}

TEST(HaproxyTraps, KeepsAFrontendAndABackendOfOneNameApart) {
  const Values values =
      Read(HaproxyCsv().Frontend("app", Answers(5)).Server("app", "s", "UP").Backend("app", Answers(4)));
  EXPECT_EQ(values.at("proxy_frontend_http_requests_total{code=\"2xx\",frontend=\"app\"}"), 5);
  EXPECT_EQ(values.at("proxy_http_requests_total{code=\"2xx\",host=\"app\"}"), 4);
}

TEST(HaproxyTraps, GivesNoSeriesForWhatAVersionDoesNotTell) {
  const Values values = Read(HaproxyCsv({"pxname", "svname", "status", "type"}).Server("be", "s", "UP").Backend("be"));
  EXPECT_THAT(values, ElementsAre(Pair("proxy_backend_up{backend=\"s\",host=\"be\"}", 1),
                                  Pair("proxy_backends_up{host=\"be\"}", 1), Pair("proxy_backends{host=\"be\"}", 1)));
}

TEST(HaproxyTraps, ReadsCountersBeyondTwoToTheFiftyThree) {
  const Values values = Read(HaproxyCsv().Server("be", "s", "UP").Backend("be", {{"bin", "18446744073709551615"}}));
  EXPECT_EQ(values.at("proxy_request_bytes_total{host=\"be\"}"), 18446744073709551615.0);
}

}  // namespace
}  // namespace proxy_telemetry
